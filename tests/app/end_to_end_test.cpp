// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The whole way through both programs, small: train on drawn faces, stop and go on, predict, evaluate.
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
using graft::tests::parse_json;
using graft::tests::plain_picture;
using graft::tests::Printed;
using graft::tests::slurp;

constexpr const char* faces = R"(
graft: 1
name: faces
seed: 3
data: {use: synthetic_faces, samples: 24, size: 32, image: {size: 32, resize: stretch}, augment: [flip]}
backbone: {use: resnet18}
heads:
  expression: {use: classification, target: expression}
  landmarks: {use: keypoints, target: points, loss: {use: smooth_l1, beta: 0.05, weight: 20}}
  person:
    use: age_gender
    targets: {age: age, gender: gender}
    hidden: [16]
    loss: {age: {use: l1}, gender: {use: bce, weight: 0.5}}
train: {batch: 8, epochs: 2, freeze: [backbone.stem], optimizer: {use: adamw, lr: 1e-3}}
)";

/// A pipeline whose heads all name the expression.
std::string heads_called(const std::vector<std::string>& names) {
    std::string heads;
    for (const std::string& name : names) {
        heads += "  " + name + ": {use: classification, target: expression}\n";
    }
    return R"(
graft: 1
name: names
seed: 3
data: {use: synthetic_faces, samples: 16, size: 32, image: {size: 32, resize: stretch}}
backbone: {use: resnet18}
heads:
)" + heads +
           "train: {batch: 8, epochs: 1, monitor: val/" + names.back() +
           "/accuracy, optimizer: {use: adamw, lr: 1e-3}}\n";
}

constexpr const char* toy = R"(
graft: 1
name: toy
data: {use: synthetic_faces, samples: 16, size: 32, image: {size: 32, resize: stretch}}
backbone: {use: resnet18}
heads: {step: {use: toy_ordinal, target: expression}}
train: {batch: 8, epochs: 1, optimizer: {use: adamw, lr: 1e-3}}
)";

bool is_png(const fs::path& path) {
    return slurp(path).starts_with("\x89PNG\r\n\x1a\n");
}

void check_run(const fs::path& run) {
    const Json record = parse_json(slurp(run / "run.json"));
    CHECK(record["status"] == "finished");
    CHECK(record["final"]["epoch"] == 2);
    CHECK(record["freeze_proof"][0]["before"] == record["freeze_proof"][0]["after"]);
    CHECK(record["freeze_proof"][0]["tensors"].get<int>() == 6);  // conv1.weight, and bn1's five
    const Json& metrics = record["final"]["metrics"];
    for (const char* name :
         {"loss", "expression/accuracy", "landmarks/error", "landmarks/nme_box", "landmarks/nme_image",
          "landmarks/nme_ruler", "person/age/mae", "person/age/rmse", "person/gender/accuracy"}) {
        CAPTURE(name);
        CHECK(metrics.contains(name));
    }
    CHECK(record["points"]["val"]["points"]["known"] == 2 * 6 * 10);  // epochs, faces, points
    for (const char* file : {"pipeline.yaml", "metrics.jsonl", "evaluation.json", "checkpoints/last",
                             "checkpoints/best", "model/weights.safetensors", "model/model.json"}) {
        CAPTURE(file);
        CHECK(fs::exists(run / file));
    }
    CHECK(is_png(run / "predictions.png"));
}

void check_prediction(const Json& prediction) {
    CHECK(prediction["image"] == "one.ppm");
    const Json& seen = prediction["heads"];
    CHECK(seen["expression"]["probabilities"].size() == 4);
    CHECK(seen["landmarks"].size() == 10);
    CHECK(seen["landmarks"][0].size() == 2);
    // Sigmoids keep points inside the input, so they lie inside the original as well.
    for (const Json& point : seen["landmarks"]) {
        CHECK(point[0].get<double>() >= 0);
        CHECK(point[0].get<double>() <= 40);
        CHECK(point[1].get<double>() >= 0);
        CHECK(point[1].get<double>() <= 24);
    }
    CHECK(seen["person"]["age"]["unit"] == "years");
    CHECK(seen["person"]["gender"]["probabilities"].size() == 2);
}

}  // namespace

// Proves: a precision that the device lacks is refused where it stands, before anything is written; bfloat16
// trains, keeps float32 weights, and is what the record names.
TEST_CASE("the precision of a run") {
    if (!has_engine()) {
        return;
    }
    CommandLine line;
    line.folder.write("faces.yaml", faces);
    const Printed refused =
        line.graft({"run", "faces.yaml", "--device", "cpu", "--set", "train.precision=tf32", "--out", "run"});
    CHECK(refused.exit_code == 2);
    CHECK(
        refused.err.find("train.precision is tf32, which only NVIDIA GPUs have; this run is on the CPU\n") !=
        std::string::npos);
    CHECK_FALSE(fs::exists(line.folder.file("run")));
    const Printed trained =
        line.graft({"run", "faces.yaml", "--device", "cpu", "--set", "train.precision=bfloat16", "--set",
                    "train.epochs=1", "--out", "run"});
    CHECK(trained.exit_code == 0);
    CHECK(parse_json(slurp(line.folder.file("run/run.json")))["precision"] == "bfloat16");
    CHECK(slurp(line.folder.file("run/model/weights.safetensors")).find("BF16") == std::string::npos);
}

// Proves: a run that computes stages twice leaves the same weights to the last bit, Dropout and running
// statistics among them; where it could save nothing, it says so.
TEST_CASE("recomputed stages change no number of a run") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    line.folder.write("faces.yaml", faces);
    const std::vector<std::string> words{"run", "faces.yaml", "--set", "train.epochs=1", "--out"};
    const auto run = [&](const std::string& out, const std::vector<std::string>& more) {
        std::vector<std::string> all = words;
        all.push_back(out);
        all.insert(all.end(), more.begin(), more.end());
        const Printed printed = line.graft(all);
        CHECK_MESSAGE(printed.exit_code == 0, printed.err);
        return slurp(line.folder / (out + "/model/weights.safetensors"));
    };
    CHECK(run("once", {}) == run("twice", {"--set", "train.recompute=true"}));
    const Printed idle = line.graft(
        {"check", "faces.yaml", "--set", "train.recompute=true", "--set", "train.freeze=[backbone]"});
    CHECK(idle.err.find("train.recompute has no effect") != std::string::npos);
}

TEST_SUITE_BEGIN("slow");
// Proves: all that a person does with four tasks on one backbone works through the programs.
TEST_CASE("four tasks are trained, predicted, drawn and evaluated") {
    if (!has_engine()) {
        return;
    }
    CommandLine line;
    line.folder.write("faces.yaml", faces);
    line.folder.write("one.ppm", plain_picture());
    const Printed trained = line.graft({"run", "faces.yaml", "--out", "run"});
    CAPTURE(trained.err);
    REQUIRE(trained.exit_code == 0);
    check_run(line.folder / "run");

    const Printed seen = line.graft({"predict", "run", "one.ppm", "--json", "--picture", "seen.png"});
    CAPTURE(seen.err);
    REQUIRE(seen.exit_code == 0);
    check_prediction(parse_json(seen.out));
    CHECK(is_png(line.folder / "seen.png"));

    const Printed evaluated = line.graft({"eval", "run", "--json"});
    CAPTURE(evaluated.err);
    REQUIRE(evaluated.exit_code == 0);
    const Json result = parse_json(evaluated.out);
    CHECK(result["samples"] == 6);
    const Json record = parse_json(slurp(line.folder / "run/run.json"));
    CHECK(result["metrics"]["person/age/mae"].get<double>() ==
          doctest::Approx(record["best"]["metrics"]["person/age/mae"].get<double>()).epsilon(1e-5));
}

// Proves: a head may be called as one of our own keys; nothing of it is lost or taken for ours.
TEST_CASE("heads called as our own keys are trained, predicted and evaluated") {
    if (!has_engine()) {
        return;
    }
    CommandLine line;
    line.folder.write("names.yaml", heads_called({"event", "image", "loss", "error", "val"}));
    line.folder.write("one.ppm", plain_picture());
    const Printed trained = line.graft({"run", "names.yaml", "--out", "run"});
    CAPTURE(trained.err);
    REQUIRE(trained.exit_code == 0);
    const Json record = parse_json(slurp(line.folder / "run/run.json"));
    const Printed seen = line.graft({"predict", "run", "one.ppm", "--json"});
    CAPTURE(seen.err);
    REQUIRE(seen.exit_code == 0);
    const Json prediction = parse_json(seen.out);
    CHECK(prediction["image"] == "one.ppm");
    CHECK(prediction["heads"].size() == 5);
    const Printed evaluated = line.graft({"eval", "run", "--json"});
    CAPTURE(evaluated.err);
    REQUIRE(evaluated.exit_code == 0);
    const Json result = parse_json(evaluated.out);
    for (const std::string name : {"event", "image", "loss", "error", "val"}) {
        CAPTURE(name);
        CHECK(record["final"]["metrics"].contains(name + "/accuracy"));
        CHECK(prediction["heads"][name]["probabilities"].size() == 4);
        CHECK(result["metrics"].contains(name + "/accuracy"));
        CHECK(result["tables"].contains(name));
    }
    CHECK(result["metrics"]["loss"].is_number());
    const Printed table = line.graft({"predict", "run", "one.ppm"});
    CHECK(table.out.find("image    event") == 0);
    CHECK(line.graft({"export", "run", "--to", "onnx"}).exit_code == 0);
}

// Proves: names that Python and TorchScript keep for themselves travel in every exported file.
TEST_CASE("heads called as words of Python are exported") {
    if (!has_engine()) {
        return;
    }
    CommandLine line;
    line.folder.write("names.yaml", heads_called({"training", "forward", "self", "class"}));
    const Printed trained = line.graft({"run", "names.yaml", "--out", "run"});
    CAPTURE(trained.err);
    REQUIRE(trained.exit_code == 0);
    for (const std::string format : {"torchscript", "onnx", "safetensors"}) {
        CAPTURE(format);
        const Printed exported = line.graft({"export", "run", "--to", format});
        CAPTURE(exported.err);
        CHECK(exported.exit_code == 0);
    }
}

// Proves: what a run's pipeline names under `plugins` is found by every command that uses the run.
TEST_CASE("a run's own plugin folders serve all that comes after it") {
    const std::string toys = GRAFT_TEST_BINARY "/tests/plugins/toys";
    if (!has_engine({"toys"})) {
        return;
    }
    CommandLine line;
    line.folder.write("toy.yaml", "plugins: [" + toys + "]\n" + toy);
    line.folder.write("one.ppm", plain_picture());
    const Printed trained = line.graft({"run", "toy.yaml", "--out", "run"});
    CAPTURE(trained.err);
    REQUIRE(trained.exit_code == 0);
    CHECK(trained.out.find("graft predict run IMAGE...\n") != std::string::npos);
    for (const std::vector<std::string>& words : {std::vector<std::string>{"predict", "run", "one.ppm"},
                                                  {"eval", "run"},
                                                  {"export", "run", "--to", "safetensors"}}) {
        CAPTURE(words.front());
        const Printed printed = line.graft(words);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 0);
    }
    line.folder.write("plain.yaml", toy);
    const Printed given = line.graft({"run", "plain.yaml", "--out", "plain", "--plugin-dir", toys});
    CHECK(given.out.find("graft predict plain IMAGE... --plugin-dir " + toys + "\n") != std::string::npos);
    CHECK(line.graft({"predict", "plain", "one.ppm"}).exit_code != 0);
    CHECK(line.graft({"predict", "plain", "one.ppm", "--plugin-dir", toys}).exit_code == 0);
}

// Proves: the pipeline in the run's folder repeats the run, to the last bit of every weight.
TEST_CASE("the resolved pipeline repeats the run") {
    if (!has_engine()) {
        return;
    }
    CommandLine line;
    line.folder.write("faces.yaml", faces);
    REQUIRE(line.graft({"run", "faces.yaml", "--out", "first", "--set", "train.epochs=1"}).exit_code == 0);
    REQUIRE(line.graft({"run", "first/pipeline.yaml", "--out", "second"}).exit_code == 0);
    CHECK(slurp(line.folder / "first/model/weights.safetensors") ==
          slurp(line.folder / "second/model/weights.safetensors"));
}

// Proves: SIGKILL of either program or both, whatever is being written, costs nothing: the resumed run leaves
// what a run in peace leaves. tools/kill-runs says what it compares; here it kills a few times.
TEST_CASE("a run that is killed forgets nothing") {
    if (!has_engine()) {
        return;
    }
    CommandLine line;
    line.folder.write("faces.yaml", faces);
    const Printed printed =
        line.shell("python3 " GRAFT_TEST_SOURCE
                   "/tools/kill-runs faces.yaml --graft \"$graft\" --kills 6 --keep trials");
    CAPTURE(printed.out);
    CAPTURE(printed.err);
    CHECK(printed.exit_code == 0);
}

Json record_of(const CommandLine& line, const std::string& run) {
    return parse_json(slurp(line.folder / run / "run.json"));
}

// Proves: what crashes or fails before the first epoch leaves no run that seems to go on.
TEST_CASE("a run that fails at once says so in its record") {
    if (!has_engine()) {
        return;
    }
    CommandLine line;
    line.folder.write("faces.yaml", faces);
    line.folder.write("one.ppm", plain_picture());
    CHECK(line.graft({"run", "faces.yaml", "--out", "run", "--set", "train.optimizer.lr=1e30"}).exit_code ==
          5);
    CHECK(record_of(line, "run")["status"] == "failed");
    const Printed seen = line.graft({"predict", "run", "one.ppm"});
    CHECK(seen.exit_code == 4);
    CHECK(seen.err.find("run failed before its first epoch ended: it has no model yet\n"
                        "  `graft run --resume run` goes on") != std::string::npos);
}

// Proves: a finished run stays as it is when nothing more is asked, goes on with more epochs, and says both
// values of everything that may not change.
TEST_CASE("a finished run goes on with more epochs") {
    if (!has_engine()) {
        return;
    }
    CommandLine line;
    line.folder.write("faces.yaml", faces);
    line.folder.write("one.ppm", plain_picture());
    REQUIRE(line.graft({"run", "faces.yaml", "--out", "run"}).exit_code == 0);
    const auto state = [&] {
        return line.shell("find run -type f | sort | xargs stat -c '%n %y %s'; cat run/run.json run/log.txt")
            .out;
    };
    const std::string before = state();
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"run", "--resume", "run"},
          {"run", "--resume", "run", "--set", "train.epochs=2", "--set", "train.device=cpu"}}) {
        const Printed again = line.graft(words);
        CAPTURE(again.err);
        CHECK(again.exit_code == 0);
        CHECK(again.out.find(
                  "run is finished: there is nothing to do. More epochs: graft run --resume run --set "
                  "train.epochs=N") == 0);
        CHECK(state() == before);
    }
    const Printed refused =
        line.graft({"run", "--resume", "run", "--set", "train.batch=4", "--set", "data.samples=48", "--set",
                    "train.optimizer.lr=1", "--set", "train.epochs=1", "--set", "backbone.weights=none"});
    CHECK(refused.exit_code == 2);
    for (const char* text :
         {"train.batch stays as it is when a run goes on: 8 → 4",
          "phase 1 has begun, so its optimizer.lr stays",
          "data.samples stays as it is when a run goes on: 24 → 48", "it cannot have fewer: 2 → 1",
          "backbone.weights stays as it is when a run goes on: not given → none",
          "when a run goes on, these may change: "}) {
        CAPTURE(text);
        CHECK(refused.err.find(text) != std::string::npos);
    }
    CHECK(state() == before);
    const Printed more = line.graft({"run", "--resume", "run", "--set", "train.epochs=3"});
    CAPTURE(more.err);
    CHECK(more.exit_code == 0);
    CHECK(more.err.find("goes on after 2 epochs\n  phase 1: epochs 2 → 3\n") != std::string::npos);
    const Json record = record_of(line, "run");
    CHECK(record["status"] == "finished");
    CHECK(record["final"]["epoch"] == 3);
    REQUIRE(line.graft({"run", "faces.yaml", "--out", "straight", "--set", "train.epochs=3"}).exit_code == 0);
    CHECK(slurp(line.folder / "run/model/weights.safetensors") ==
          slurp(line.folder / "straight/model/weights.safetensors"));
    CHECK(slurp(line.folder / "run/pipeline.yaml") == slurp(line.folder / "straight/pipeline.yaml"));
    CHECK(slurp(line.folder / "run/evaluation.json") == slurp(line.folder / "straight/evaluation.json"));
    CHECK_FALSE(slurp(line.folder / "run/predictions.csv").empty());
    CHECK(slurp(line.folder / "run/predictions.csv") == slurp(line.folder / "straight/predictions.csv"));
}

// Proves: a run that was killed with everything around it is known for what it is, its best epoch serves
// meanwhile, and resuming puts the record right.
TEST_CASE("an interrupted run predicts with its best epoch and says so") {
    if (!has_engine()) {
        return;
    }
    CommandLine line;
    line.folder.write("faces.yaml", faces);
    line.folder.write("one.ppm", plain_picture());
    line.shell(
        "$graft run faces.yaml --out run --set train.epochs=30 & pid=$!; until test -f "
        "run/checkpoints/last || ! kill -0 $pid; do sleep 0.01; done; kill -9 $pid $(cat "
        "/proc/$pid/task/$pid/children); wait");
    REQUIRE(record_of(line, "run")["status"] == "running");
    for (const std::vector<std::string>& words : {std::vector<std::string>{"predict", "run", "one.ppm"},
                                                  {"eval", "run"},
                                                  {"export", "run", "--to", "safetensors"}}) {
        CAPTURE(words.front());
        const Printed printed = line.graft(words);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 0);
        CHECK(printed.err.find("warning: run was killed: its best epoch so far is used, epoch ") !=
              std::string::npos);
        CHECK(printed.err.find("`graft run --resume run` goes on") != std::string::npos);
    }
    CHECK(record_of(line, "run")["status"] == "running");  // reading changes nothing
    CHECK(line.graft({"run", "--resume", "run", "--set", "data.samples=25"}).exit_code == 2);
    CHECK(record_of(line, "run")["status"] == "failed");
    CHECK(record_of(line, "run")["error"] == "killed before it could save");
}

// Proves: a job that wants more memory than its share ends by itself and says so; nobody else's is taken.
TEST_CASE("a job keeps to its share of the memory") {
    if (!has_engine()) {
        return;
    }
    CommandLine line;
    line.folder.write("faces.yaml", faces);
    std::ifstream information("/proc/meminfo");
    std::string label;
    double kibibytes = 0;
    information >> label >> kibibytes;
    REQUIRE(label == "MemTotal:");
    constexpr double gibibyte = 1024.0 * 1024;
    const Json request = {{"command", "run"},
                          {"pipeline", "faces.yaml"},
                          {"sets", {"data.image.size=512", "train.batch=24"}},
                          {"out", "run"},
                          {"resources", {{"memory_share", gibibyte / kibibytes}}}};
    line.folder.write("request", request.dump());
    const Printed printed = line.shell(GRAFT_TEST_BINARY "/bin/graft-engine < request");
    CHECK(printed.exit_code == 5);
    CHECK(printed.out.find("not enough memory for a step of 24 samples") != std::string::npos);
    CHECK(printed.out.find("it wanted more memory than its share of 1.0 GiB\",\"lacked_memory\":true") !=
          std::string::npos);
}

TEST_SUITE_END();
