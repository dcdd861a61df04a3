// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Data as people bring it, through both programs: names of any bytes, classes, amounts, weights.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::core::Json;
using graft::core::parse_json_or_discard;
using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::Printed;
using graft::tests::slurp;
using Texts = std::vector<std::string>;

constexpr const char* named_folders = R"(
graft: 1
name: names
seed: 5
data: {use: image_folder, root: photos, image: {size: 32, resize: stretch}}
backbone: {use: hostile_backbone}
head: {use: classification}
train: {device: cpu, batch: 4, epochs: 1, threads: 1}
)";

const std::string hostile_plugins = (fs::path(GRAFT_TEST_BINARY) / "tests/plugins/hostile").string();

/// So many small pictures in a folder, each class of another colour.
void fill(const CommandLine& line, const std::string& folder, int pictures, int colour) {
    for (int number = 0; number < pictures; ++number) {
        line.folder.write(
            folder + "/" + std::to_string(number) + ".ppm",
            "P6 8 8 255\n" + std::string(std::size_t{3} * 8 * 8, static_cast<char>(colour + number)));
    }
}

Json parsed(const std::string& text) {
    return parse_json_or_discard(text);
}

Printed run_graft(const CommandLine& line, Texts words) {
    words.insert(words.end(), {"--plugin-dir", hostile_plugins});
    return line.graft(words);
}

}  // namespace

TEST_SUITE("slow") {
    // Proves: no byte of a name is lost on the way from a folder through a pipeline, a run and its model.
    TEST_CASE("class folders and files of any bytes") {
        if (!graft::tests::has_hostile_plugins()) {
            return;
        }
        const CommandLine line;
        for (const std::string split : {"photos/train/", "photos/val/"}) {
            fill(line, split + "caf\xe9", 3, 40);
            fill(line, split + "caf\\xE9", 2, 120);
            fill(line, split + "two\nlines", 1, 200);
        }
        line.folder.write("p.yaml", named_folders);
        const Printed checked = run_graft(line, {"check", "p.yaml"});
        CAPTURE(checked.err);
        CHECK(checked.exit_code == 0);
        CHECK(has(checked.out,
                  "classes of label (training + validation samples): caf\\x5CxE9 2 + 2, caf\\xE9 3 + 3, "
                  "two\\x0Alines 1 + 1\n"));
        const Printed ran = run_graft(line, {"run", "p.yaml", "--out", "run", "--set",
                                             "data.classes=[caf\\xE9, caf\\x5CxE9, 'two\\x0Alines']"});
        CAPTURE(ran.err);
        REQUIRE(ran.exit_code == 0);
        const Texts names = {"caf\\xE9", "caf\\x5CxE9", "two\\x0Alines"};
        const Json model = parsed(slurp(line.folder / "run/model/model.json"));
        CHECK(model["schema"][0]["classes"].get<Texts>() == names);
        const Json record = parsed(slurp(line.folder / "run/run.json"));
        CHECK(record["data"]["classes"][0]["classes"][0] ==
              Json{{"name", "caf\\xE9"}, {"train", 3}, {"val", 3}});
        CHECK(record["skipped"].empty());
        const Printed again = run_graft(line, {"run", "run/pipeline.yaml", "--out", "again"});
        CHECK(again.exit_code == 0);
        CHECK(slurp(line.folder / "again/model/model.json") == slurp(line.folder / "run/model/model.json"));
        const Printed seen =
            run_graft(line, {"predict", "run", "photos/val/caf\xe9/0.ppm", "photos/val", "--json"});
        CAPTURE(seen.err);
        CHECK(seen.exit_code == 0);
        const Json first = parsed(seen.out.substr(0, seen.out.find('\n')));
        CHECK(first["image"] == "photos/val/caf\\xE9/0.ppm");
        CHECK(first["heads"]["classification"]["probabilities"].contains("caf\\x5CxE9"));
        const Printed measured = run_graft(line, {"eval", "run", "--json"});
        CHECK(measured.exit_code == 0);
        CHECK(parsed(measured.out)["tables"]["classification"][0]["rows"].get<Texts>() == names);
        REQUIRE(run_graft(line, {"embed", "run", "--split", "val", "--out", "embedded"}).exit_code == 0);
        CHECK(has(slurp(line.folder / "embedded/samples.csv"), "caf\\xE9/0.ppm,val,caf\\xE9,"));
        CHECK(parsed(slurp(line.folder / "embedded/schema.json"))["targets.label"]["classes"].get<Texts>() ==
              names);
        // Bytes in the root, as a shell hands them over.
        fs::rename(line.folder / "photos", line.folder / "photo\xe9");
        CHECK(run_graft(line, {"eval", "run", "--data", "photo\xe9", "--split", "val"}).exit_code == 0);
        CHECK(
            run_graft(line, {"run", "p.yaml", "--out", "third", "--set", "data.root=photo\xe9"}).exit_code ==
            0);
        CHECK(has(slurp(line.folder / "third/pipeline.yaml"), "root: \"photo\\\\xE9\""));
    }
}

TEST_SUITE("slow") {
    TEST_CASE("balanced weights and the amount of data are recorded, and a resumed run has the same") {
        if (!graft::tests::has_hostile_plugins()) {
            return;
        }
        const CommandLine line;
        fill(line, "photos/Training/few", 4, 40);
        fill(line, "photos/Training/many", 12, 120);
        fill(line, "photos/Testing/many", 4, 120);
        line.folder.write("p.yaml", std::string(named_folders) + "    \n");
        const Printed ran =
            run_graft(line, {"run", "p.yaml", "--out", "run", "--set", "data.limit=10", "--set",
                             "head.loss={use: cross_entropy, class_weights: balanced}"});
        CAPTURE(ran.err);
        REQUIRE(ran.exit_code == 0);
        CHECK(has(ran.err, "data.split is not given; found there: split: {train: Training, val: Testing}"));
        CHECK(has(ran.err, "classes of label (training + validation samples): few 2 + 0, many 6 + 2"));
        CHECK(has(ran.err, "no validation sample is of 'few' (label): scores say nothing about it"));
        const Json record = parsed(slurp(line.folder / "run/run.json"));
        CHECK(record["data"]["train"]["samples"] == 8);
        CHECK(record["data"]["val"]["samples"] == 2);
        // By hand: 8 / (2 * 2) and 8 / (2 * 6).
        CHECK(record["class_weights"].dump() ==
              R"({"classification":{"class_weights":[2.0,0.6666666666666666]}})");
        const Json model = parsed(slurp(line.folder / "run/model/model.json"));
        CHECK(model["heads"][0]["losses"][0]["options"]["class_weights"].dump() ==
              "[2.0,0.6666666666666666]");
        const Printed measured = run_graft(line, {"eval", "run", "--json"});
        CHECK(parsed(measured.out)["samples"] == 2);
    }
}

TEST_SUITE("slow") {
    TEST_CASE("what does not fit is told") {
        if (!graft::tests::has_hostile_plugins()) {
            return;
        }
        const CommandLine line;
        fill(line, "photos/train/cat", 2, 40);
        fill(line, "photos/train/dog", 2, 90);
        fs::create_directories(line.folder / "photos/train/horse");
        fill(line, "photos/val/cat", 1, 40);
        line.folder.write("p.yaml", named_folders);
        const Printed checked = run_graft(line, {"check", "p.yaml"});
        CHECK(checked.exit_code == 0);
        CHECK(
            has(checked.err, "warning: no training sample is of 'horse' (label): a model cannot learn it\n"));
        CHECK(has(checked.err,
                  "warning: no validation sample is of 'dog' (label): scores say nothing about it\n"));
        fill(line, "photos/val/zebra", 1, 40);
        const Printed zebra = run_graft(line, {"run", "p.yaml", "--out", "zebra"});
        CHECK(zebra.exit_code == 4);
        CHECK(has(zebra.err, "only here: zebra; not here: dog, horse"));
        CHECK(has(zebra.err, "for example photos/val/zebra/0.ppm"));
        fs::rename(line.folder / "photos/val/zebra", line.folder / "photos/val/horse");
        const Printed horse = run_graft(line, {"run", "p.yaml", "--out", "horse"});
        CHECK(horse.exit_code == 4);
        CHECK(has(horse.err,
                  "the validation split has a sample of 'horse' (label), of which the training split has "
                  "none; for example val/horse/0.ppm"));
        const Printed both =
            run_graft(line, {"check", "p.yaml", "--set", "data.limit=3", "--set", "data.fraction=0.5"});
        CHECK(both.exit_code == 2);
        CHECK(has(both.err, "data.limit and data.fraction both say how many samples are used"));
    }
}
