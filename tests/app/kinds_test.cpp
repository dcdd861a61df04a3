// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Masks, boxes and embeddings through both programs, with toys: trained, shown, measured, exported.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;
using graft::tests::slurp;
using Texts = std::vector<std::string>;

const fs::path plugins = fs::path(GRAFT_TEST_BINARY) / "tests/plugins";

/// The smallest backbone with maps there is: 16 channels, a quarter of the side.
constexpr const char* common = R"(
graft: 1
name: kinds
seed: 5
data:
  use: toy_shapes
  count: 24
  split: {val: 0.25}
  image: {size: 64}
  augment: [flip, {rotate: 15}]
backbone: {use: hostile_backbone}
train: {device: cpu, batch: 6, epochs: 2, threads: 2, optimizer: {use: adam, lr: 1e-2}}
)";

constexpr int width = 48;
constexpr int height = 30;

/// A dark picture with a red square, of another shape than the input.
std::string picture() {
    std::string text = "P6 48 30 255\n";
    for (int pixel = 0; pixel < width * height; ++pixel) {
        const int x = pixel % width;
        const int y = pixel / width;
        const bool inside = x >= 10 && x < 25 && y >= 5 && y < 20;
        text += static_cast<char>(inside ? 230 : 40);
        text += std::string(2, 40);
    }
    return text;
}

bool has_toys_and_hostile() {
    return graft::tests::has_engine({"toys", "hostile"});
}

/// The sides of a PNG: bytes 16 to 23 (PNG specification, "IHDR").
std::vector<int> png_size(const fs::path& path) {
    const std::string bytes = slurp(path);
    if (bytes.size() < 24 || !bytes.starts_with("\x89PNG\r\n\x1a\n")) {
        return {};
    }
    const auto number = [&](std::size_t offset) {
        int value = 0;
        for (std::size_t byte = offset; byte < offset + 4; ++byte) {
            value = 256 * value + static_cast<unsigned char>(bytes[byte]);
        }
        return value;
    };
    return {number(16), number(20)};
}

/// One head on `common`, through the commands.
class Task {
public:
    explicit Task(const std::string& head) {
        line.folder.write("task.yaml", common + ("heads:\n  found: " + head + "\n"));
        line.folder.write("one.ppm", picture());
    }

    Printed graft(Texts words) const {
        words.insert(words.end(), {"--plugin-dir", (plugins / "toys").string(), "--plugin-dir",
                                   (plugins / "hostile").string()});
        return line.graft(words);
    }

    /// Trains and returns evaluation.json.
    Json train(const Texts& more = {}) const {
        Texts words = {"run", "task.yaml", "--out", "run"};
        words.insert(words.end(), more.begin(), more.end());
        const Printed printed = graft(words);
        CAPTURE(printed.err);
        REQUIRE(printed.exit_code == 0);
        CHECK(parse_json(slurp(line.folder / "run/run.json"))["status"] == "finished");
        CHECK(png_size(line.folder / "run/predictions.png").size() == 2);
        return parse_json(slurp(line.folder / "run/evaluation.json"));
    }

    /// What the head says of the picture.
    Json predict() const {
        const Printed printed = graft({"predict", "run", "one.ppm", "--json", "--picture", "seen.png"});
        CAPTURE(printed.err);
        REQUIRE(printed.exit_code == 0);
        CHECK(png_size(line.folder / "seen.png").size() == 2);
        const Json prediction = parse_json(printed.out);
        CHECK(prediction["image"] == "one.ppm");
        return prediction["heads"]["found"];
    }

    /// `eval` repeats the run's own evaluation.
    void check_eval(const Json& evaluation) const {
        const Printed printed = graft({"eval", "run", "--json"});
        CAPTURE(printed.err);
        REQUIRE(printed.exit_code == 0);
        const Json result = parse_json(printed.out);
        CHECK(result["samples"] == 6);
        REQUIRE(evaluation["metrics"].contains("loss"));
        for (const auto& [name, value] : evaluation["metrics"].items()) {
            CAPTURE(name);
            REQUIRE(result["metrics"].contains(name));
            if (value.is_number()) {
                CHECK(result["metrics"][name].get<double>() ==
                      doctest::Approx(value.get<double>()).epsilon(1e-4));
            }
        }
    }

    void check_export(const std::string& format, const Texts& more = {}) const {
        CAPTURE(format);
        const std::string file = format == "onnx" ? "model.onnx" : "model.pt";
        Texts words = {"export", "run", "--to", format, "--out", file, "--force"};
        words.insert(words.end(), more.begin(), more.end());
        const Printed printed = graft(words);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 0);
        CHECK(printed.out.find("verified  ") != std::string::npos);
        CHECK(fs::exists(line.folder / file));
    }

    /// Written, and verified unless this machine's OpenCV lacks one of its operators.
    void check_onnx() const {
        const Printed printed = graft({"export", "run", "--to", "onnx", "--out", "checked.onnx"});
        CAPTURE(printed.err);
        CAPTURE(printed.out);
        CHECK(printed.exit_code == 0);
        CHECK((printed.out.find("verified  ") != std::string::npos ||
               printed.out.find("not verified: OpenCV") != std::string::npos));
        CHECK(fs::exists(line.folder / "checked.onnx"));
    }

    CommandLine line;
};

}  // namespace

TEST_SUITE_BEGIN("slow");
// Proves: masks are learnt from turned and mirrored pictures, measured, written in the picture's own
// size, and exported.
TEST_CASE("a segmentation goes the whole way") {
    if (!has_toys_and_hostile()) {
        return;
    }
    const Task task("{use: toy_segmenter, target: scene}");
    const Json evaluation = task.train({"--set", "train.epochs=12"});
    const Json& metrics = evaluation["metrics"];
    REQUIRE(metrics.contains("found/miou"));
    REQUIRE(metrics.contains("found/pixel_accuracy"));
    CHECK(metrics["found/miou"].get<double>() > 0.5);
    CHECK(metrics["found/pixel_accuracy"].get<double>() > 0.8);

    const Json mask = task.predict();
    CAPTURE(mask.dump());
    // Eight times the picture, three classes with bars, the name, and a line that says what two colours mean.
    CHECK(png_size(task.line.folder / "seen.png") ==
          std::vector<int>{8 * width + 36, 8 * height + 54 + 3 * 30 + 22 + 21});
    const fs::path file = task.line.folder.path() / mask["file"].get<std::string>();
    CHECK(png_size(file) == std::vector<int>{width, height});
    double sum = 0;
    for (const char* name : {"ground", "square", "disc"}) {
        REQUIRE(mask["classes"].contains(name));
        sum += mask["classes"][name].get<double>();
    }
    CHECK(mask["classes"].size() == 3);
    CHECK(sum == doctest::Approx(1));
    task.check_eval(evaluation);
    task.check_export("torchscript");
    task.check_export("onnx");
}

// Proves: boxes are trained, measured by the host's metric and by the head's own, come out in the
// picture's own pixels, the best first, and are exported.
TEST_CASE("a detection goes the whole way") {
    if (!has_toys_and_hostile()) {
        return;
    }
    const Task task("{use: toy_grid, target: things}");
    const Json evaluation = task.train({"--set", "train.epochs=3"});
    CHECK(evaluation["metrics"].contains("found/average_precision"));
    CHECK(evaluation["metrics"].contains("found/average_precision_50"));
    CHECK(evaluation["metrics"].contains("found/map_50"));
    CHECK(evaluation["metrics"]["found/map_50"] == evaluation["metrics"]["found/average_precision_50"]);

    const Json boxes = task.predict();
    CAPTURE(boxes.dump());
    REQUIRE(boxes.is_array());
    REQUIRE(boxes.size() > 0);
    double before = 1;
    for (const Json& found : boxes) {
        REQUIRE(found["box"].size() == 4);
        const double left = found["box"][0].get<double>();
        const double top = found["box"][1].get<double>();
        CHECK(left >= 0);
        CHECK(top >= 0);
        CHECK(found["box"][2].get<double>() > left);
        CHECK(found["box"][3].get<double>() > top);
        CHECK(found["box"][2].get<double>() <= width);
        CHECK(found["box"][3].get<double>() <= height);
        CHECK((found["class"] == "square" || found["class"] == "disc"));
        CHECK(found["score"].get<double>() <= before);
        before = found["score"].get<double>();
    }
    CHECK(before >= 0);
    task.check_eval(evaluation);
    task.check_export("torchscript");
    task.check_onnx();
    task.check_export("onnx", {"--raw"});
}

// Proves: a head without decode is trained by a loss that compares samples; its vector is the prediction.
TEST_CASE("an embedding goes the whole way") {
    if (!has_toys_and_hostile()) {
        return;
    }
    const Task task("{use: toy_embedding, target: first, length: 5}");
    const Json evaluation = task.train();
    CHECK(evaluation["metrics"]["loss"].is_number());

    const Json embedding = task.predict();
    CAPTURE(embedding.dump());
    REQUIRE(embedding["vector"].size() == 5);
    double square = 0;
    for (const Json& number : embedding["vector"]) {
        square += number.get<double>() * number.get<double>();
    }
    CHECK(square == doctest::Approx(1).epsilon(1e-4));
    task.check_eval(evaluation);
    task.check_export("torchscript");
    task.check_onnx();
}

// Proves: three kinds stand side by side on one backbone, and each head's answer comes under its name; the
// report shows what masks and boxes are found in samples.
TEST_CASE("mask, boxes and embedding in one model") {
    if (!has_toys_and_hostile()) {
        return;
    }
    const Task task(
        "{use: toy_segmenter, target: scene}\n"
        "  boxes: {use: toy_grid, target: things}\n"
        "  vector: {use: toy_embedding, target: first}");
    const Json evaluation = task.train();
    CHECK(evaluation["metrics"].contains("found/miou"));
    CHECK(evaluation["metrics"].contains("boxes/average_precision"));
    const Printed printed = task.graft({"predict", "run", "one.ppm", "--json"});
    CAPTURE(printed.err);
    REQUIRE(printed.exit_code == 0);
    const Json heads = parse_json(printed.out)["heads"];
    CHECK(heads["found"].contains("file"));
    CHECK(heads["boxes"].is_array());
    CHECK(heads["vector"]["vector"].size() == 8);
    const Printed table = task.graft({"predict", "run", "one.ppm"});
    CAPTURE(table.err);
    CHECK(table.exit_code == 0);
    for (const char* name : {"found", "boxes", "vector"}) {
        CHECK(table.out.find(name) != std::string::npos);
    }
    const Printed report = task.graft({"report", "run", "--map", "0"});
    CAPTURE(report.err);
    CHECK(report.exit_code == 0);
    const std::string page = slurp(task.line.folder / "run/report.html");
    CHECK(page.find("What found finds in ") != std::string::npos);
    CHECK(page.find("What boxes finds in ") != std::string::npos);
    CHECK(page.find(" found, truth: ") != std::string::npos);
    CHECK(page.find("What vector finds in ") == std::string::npos);
}

// Proves: a loss that compares samples is not given them in pieces, or mixed; the reason stands there.
TEST_CASE("accumulation and mixup under a loss that compares samples are refused") {
    if (!has_toys_and_hostile()) {
        return;
    }
    const Task task("{use: toy_embedding, target: first}");
    const Printed printed = task.graft({"check", "task.yaml", "--set", "train.accumulate=2"});
    CAPTURE(printed.err);
    CHECK(printed.exit_code == 2);
    CHECK(printed.err.find("loss toy_contrastive compares the samples of a batch with each other, so "
                           "train.accumulate: 2 ") != std::string::npos);
    CHECK(printed.err.find("set train.accumulate to 1") != std::string::npos);
    const Printed mixed = task.graft({"check", "task.yaml", "--set", "features={augment: [noise, mixup]}"});
    CAPTURE(mixed.err);
    CHECK(mixed.exit_code == 2);
    CHECK(mixed.err.find("loss toy_contrastive of head 'found' compares the samples of a batch with "
                         "each other, and mixup leaves none that is of one class") != std::string::npos);
    CHECK(mixed.err.find("take mixup out of features.augment") != std::string::npos);
    CHECK(task.graft({"check", "task.yaml"}).exit_code == 0);
}

TEST_SUITE_END();
