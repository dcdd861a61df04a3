// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a trained model is shown instead of its own data, and what is not there at all: tables of other names,
// pictures that cannot be read, folders and weights that are missing.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::has_engine;
using graft::tests::Json;
using graft::tests::json_lines;
using graft::tests::plain_picture;
using graft::tests::Printed;
using graft::tests::slurp;
using Texts = std::vector<std::string>;

constexpr const char* birds = R"(
graft: 1
name: birds
data:
  use: csv
  root: birds
  csv: labels.csv
  categories: [species]
  scalars: [weight]
  units: [grams]
  split: {val: 0.5}
  image: {size: 32, resize: stretch}
backbone: {use: resnet18, until: layer1}
heads:
  species: {use: classification, target: species}
  weight: {use: regression, target: weight}
train: {batch: 4, epochs: 1}
)";

/// A table of so many rows, each with a picture of its own.
void write_table(const CommandLine& line, const std::string& name, int rows) {
    std::string table = "file,species,weight\n";
    for (int row = 0; row < rows; ++row) {
        const std::string file = name + std::to_string(row) + ".ppm";
        table += file + "," + (row % 2 == 0 ? "wren" : "tit") + "," + std::to_string(10 + row) + "\n";
        line.folder.write("birds/" + file, plain_picture());
    }
    line.folder.write("birds/" + name + ".csv", table);
}

/// In a folder a run that was trained on a table.
struct TrainedOnTable {
    TrainedOnTable() {
        write_table(line, "labels", 12);
        line.folder.write("birds.yaml", birds);
        const Printed printed = line.graft({"run", "birds.yaml", "--out", "run"});
        CAPTURE(printed.err);
        REQUIRE(printed.exit_code == 0);
    }

    CommandLine line;
};

std::string message_of(const CommandLine& line, const Texts& words, int code) {
    const Printed printed = line.graft(words);
    CHECK(printed.exit_code == code);
    return printed.err;
}

}  // namespace

// Proves: another table beside the same pictures is evaluated, every row of it; every score is printed; what
// is no option of the data set is refused with the reason.
TEST_CASE("eval with another table") {
    if (!has_engine()) {
        return;
    }
    const TrainedOnTable made;
    const CommandLine& line = made.line;
    write_table(line, "other", 5);
    const Printed text = line.graft({"eval", "run", "--set", "data.csv=other.csv"});
    CAPTURE(text.err);
    CHECK(text.exit_code == 0);
    CHECK(text.out.find("5 samples\n") == 0);
    for (const char* score :
         {"  loss ", "  species/accuracy ", "  species/recall/tit ", "  weight/mae ", "  weight/rmse "}) {
        CAPTURE(score);
        CHECK(text.out.find(score) != std::string::npos);
    }
    CHECK(text.out.find("species: confusion matrix (rows: truth, columns: prediction)\n") !=
          std::string::npos);
    const std::string refused =
        message_of(line, {"eval", "run", "--set", "data.image.size=64", "--set", "train.batch=2"}, 2);
    CHECK(refused.find("'data.image' cannot be replaced: the model sees pictures as it did in training") !=
          std::string::npos);
    CHECK(refused.find("'train.batch' is no option of the data set, and a trained model keeps all else") !=
          std::string::npos);
    CHECK(message_of(line, {"eval", "run", "--set", "data.cvs=other.csv"}, 2).find("did you mean 'csv'?") !=
          std::string::npos);
    CHECK(message_of(line, {"eval", "run", "--set", "data.csv=nowhere.csv"}, 4).find("nowhere.csv") !=
          std::string::npos);
}

// Proves: predict takes the pictures of such a table, a line each; one whose picture is damaged, or missing,
// is a line with an error, and the exit code says so; a folder with what is no picture likewise.
TEST_CASE("predict with another table, and with pictures that cannot be read") {
    if (!has_engine()) {
        return;
    }
    const TrainedOnTable made;
    const CommandLine& line = made.line;
    write_table(line, "other", 3);
    const Printed whole = line.graft({"predict", "run", "--set", "data.csv=other.csv", "--json"});
    CAPTURE(whole.err);
    CHECK(whole.exit_code == 0);
    REQUIRE(json_lines(whole.out).size() == 3);
    CHECK(json_lines(whole.out)[2]["image"] == "other2.ppm");
    line.folder.write("birds/other1.ppm", "P6 40 24 255\nshort");
    const Printed partly = line.graft({"predict", "run", "--set", "data.csv=other.csv", "--json"});
    CHECK(partly.exit_code == 4);
    const auto lines = json_lines(partly.out);
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].contains("heads"));
    CHECK(lines[1].contains("error"));
    CHECK(lines[2].contains("heads"));
    CHECK(lines[3]["error"]["text"] == "1 of 3 images could not be read; the others were predicted");
    line.folder.write("some/a.ppm", plain_picture());
    line.folder.write("some/b.jpg", "no picture");
    line.folder.write("some/deeper/c.ppm", plain_picture());
    const Printed folder = line.graft({"predict", "run", "some", "--json"});
    CHECK(folder.exit_code == 4);
    REQUIRE(json_lines(folder.out).size() == 4);
    CHECK(json_lines(folder.out)[1]["image"] == "some/b.jpg");
    CHECK(json_lines(folder.out)[1].contains("error"));
}

// Proves: a run begins in a folder of its own: one that holds anything is refused and left as it is.
TEST_CASE("run refuses a folder that is not empty") {
    if (!has_engine()) {
        return;
    }
    const TrainedOnTable made;
    const CommandLine& line = made.line;
    CHECK(message_of(line, {"run", "birds.yaml", "--out", "run"}, 2) ==
          "error: 'run' is a run already, and runs are never overwritten\n"
          "  name another folder with --out, or go on with `graft run --resume run`\n");
    line.folder.write("thesis/chapter.txt", "mine");
    CHECK(message_of(line, {"run", "birds.yaml", "--out", "thesis"}, 2) ==
          "error: 'thesis' is not empty ('chapter.txt' is in it), and a run begins in a folder of its own\n"
          "  name another folder with --out; nothing was touched\n");
    CHECK(slurp(line.folder / "thesis/chapter.txt") == "mine");
    CHECK_FALSE(fs::exists(line.folder / "thesis/run.json"));
    fs::create_directory(line.folder / "empty");
    CHECK(line.graft({"run", "birds.yaml", "--out", "empty"}).exit_code == 0);
}

// Proves: a dry run loads what a run loads, so weights that are not there end both; `check` warns of them.
TEST_CASE("a weight file that is not there") {
    if (!has_engine()) {
        return;
    }
    CommandLine line;
    write_table(line, "labels", 12);
    line.folder.write("birds.yaml", birds);
    const Texts set = {"birds.yaml", "--set", "backbone.weights=none/such.pth"};
    for (const Texts& command : {Texts{"run", "--dry-run"}, Texts{"run", "--out", "run"}}) {
        Texts words = command;
        words.insert(words.end(), set.begin(), set.end());
        CHECK(message_of(line, words, 4).find("the weight file 'none/such.pth' does not exist") !=
              std::string::npos);
    }
    Texts check = {"check"};
    check.insert(check.end(), set.begin(), set.end());
    CHECK(message_of(line, check, 0)
              .find("warning: --set backbone.weights: the weight file 'none/such.pth' "
                    "does not exist, so a run would stop\n") == 0);
    const Printed dry = line.graft({"run", "--dry-run", "birds.yaml"});
    CHECK(dry.exit_code == 0);
    CHECK(dry.out.find("dry run: everything works together\n") == 0);
}

// Proves: `check` needs no data, and says what it could not look at; a run ends there.
TEST_CASE("a folder of data that is not there") {
    if (!has_engine()) {
        return;
    }
    CommandLine line;
    line.folder.write("birds.yaml", birds);
    const Printed checked = line.graft({"check", "birds.yaml"});
    CHECK(checked.exit_code == 0);
    CHECK(checked.err.find("warning: the data could not be looked at, so classes are placeholders") == 0);
    CHECK(checked.err.find("birds/labels.csv") != std::string::npos);
    CHECK(checked.out.find("species (classification)") != std::string::npos);
    CHECK(message_of(line, {"run", "birds.yaml", "--out", "run"}, 4).find("birds/labels.csv") !=
          std::string::npos);
    // A fixed number of classes is a question to the data, not a mistake.
    CHECK(line.graft({"check", "birds.yaml", "--set", "data.classes=[a, b, c, d]"}).exit_code == 0);
    CHECK(message_of(line, {"check", "birds.yaml", "--set", "heads.weight.target=wight"}, 2)
              .find("the data set has no target 'wight'") != std::string::npos);
}

// Proves: options that do nothing are told by `check` at their places, and stop nothing.
TEST_CASE("options without effect") {
    if (!has_engine()) {
        return;
    }
    CommandLine line;
    write_table(line, "labels", 12);
    line.folder.write("birds.yaml", birds);
    const std::string told = message_of(
        line,
        {"check", "birds.yaml", "--set", "heads.species.dropout=0.2", "--set", "heads.weight.dropout=0.1",
         "--set", "train.schedule=step", "--set", "backbone.until=layer3", "--set",
         "heads.species.from=layer2", "--set", "heads.weight.from=layer1", "--set", "data.separator=;"},
        0);
    for (const char* note :
         {"heads.species.dropout has no effect: it follows hidden layers, and there is none",
          "heads.weight.dropout has no effect: it follows hidden layers, and there is none",
          "train.schedule: the learning rate drops after epoch 1, and the phase ends with epoch 1",
          "no head reads the stage layer3: 2099712 parameters are counted and saved, and never learn",
          "backbone.until: layer2 cuts them off",
          "data.separator has no effect: it stands between the labels of `labels_column`"}) {
        CAPTURE(told);
        CHECK(told.find(note) != std::string::npos);
    }
}

// Proves: what quickstart names to be tried next works as it stands there, after a run of its pipeline.
TEST_CASE("the next steps of quickstart" * doctest::test_suite("slow")) {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    const std::string root = GRAFT_TEST_SOURCE;
    REQUIRE(line.graft({"run", root + "/configs/synthetic.yaml", "--set", "data.samples=32", "--set",
                        "train.epochs=1", "--out", "my run"})
                .exit_code == 0);
    const Printed steps = line.shell(graft::tests::quoted(root + "/tools/quickstart") + " --next 'my run'");
    REQUIRE(steps.exit_code == 0);
    std::istringstream text(steps.out);
    int tried = 0;
    const std::string program = "build/release/bin/graft ";
    for (std::string command; std::getline(text, command);) {
        if (const std::size_t begin = command.find(program); begin != std::string::npos) {
            CAPTURE(command);
            const Printed printed = line.shell("\"$graft\" " + command.substr(begin + program.size()));
            CAPTURE(printed.err);
            CHECK(printed.exit_code == 0);
            ++tried;
        }
    }
    CHECK(tried == 3);
    CHECK(fs::exists(line.folder / "my run/predict.png"));
}
