// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The library for other programs, beside `graft predict` on the same pictures.
#include "graft/inference.hpp"
#include "core/json_text.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "app/engine.hpp"
#include "app/finches.hpp"
#include "graft/inference.h"

namespace graft::tests {
namespace {

using inference::Error;
using inference::Model;
using inference::Picture;
using inference::Pixels;
using inference::Result;

/// Points, a number and two classes, of drawn faces.
const char* const faces = R"(
graft: 1
name: faces
data: {use: synthetic_faces, samples: 24, size: 48, image: {size: 48}, split: {val: 0.25}}
backbone: {use: resnet18, until: layer1}
heads:
  points: {use: keypoints, target: points}
  person: {use: age_gender, targets: {age: age, gender: gender}}
train: {batch: 8, epochs: 1}
)";

/// A run of one epoch that several cases look at, and 20 pictures.
struct Trained {
    CommandLine line;
    std::vector<std::string> files;
    std::string run = (line.folder.path() / "runs/faces").string();

    Trained() {
        line.folder.write("faces.yaml", faces);
        const Printed trained = line.graft({"run", "faces.yaml", "--out", "runs/faces"});
        REQUIRE_MESSAGE(trained.exit_code == 0, trained.err);
        for (int number = 0; number < 20; ++number) {
            files.push_back((line.folder.path() / (std::to_string(number) + ".ppm")).string());
            line.folder.write(files.back(), finch_picture(number));
        }
    }
};

const Trained& trained() {
    static const Trained once;
    return once;
}

/// What `graft predict` says of files, an object a file.
std::vector<Json> predicted(const Trained& run, const std::vector<std::string>& files) {
    std::vector<std::string> words{"predict", run.run, "--json"};
    words.insert(words.end(), files.begin(), files.end());
    const Printed printed = run.line.graft(words);
    REQUIRE_MESSAGE(printed.exit_code == 0, printed.err);
    return json_lines(printed.out);
}

std::vector<Picture> pictures(const std::vector<std::string>& files) {
    std::vector<Picture> all;
    for (const std::string& file : files) {
        all.emplace_back(std::filesystem::path(file));
    }
    return all;
}

std::string failure_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

}  // namespace

TEST_SUITE_BEGIN("slow");

// Proves: of a run the library gives the bytes that `graft predict --json` prints, of files and of pixels;
// typed values are those of the text.
TEST_CASE("the library says what graft predict says") {
    const Trained& run = trained();
    const Model model(run.run);
    const std::vector<Result> results = model.predict(pictures(run.files));
    const std::vector<Json> printed = predicted(run, run.files);
    REQUIRE(results.size() == printed.size());
    for (std::size_t index = 0; index < results.size(); ++index) {
        CHECK(results[index].json == printed[index].at("heads").dump());
    }
    REQUIRE(model.outputs().size() == 3);
    const Result& first = results.front();
    CHECK(first.width == 40);
    CHECK(first.height == 24);
    const Json heads = parse_json(first.json);
    for (const Prediction& one : first.predictions) {
        CAPTURE(one.head + "." + one.target.name);
        const Json& text = one.head == "points" ? heads.at("points") : heads.at("person").at(one.target.name);
        if (const auto* points = std::get_if<std::vector<Point>>(&one.value)) {
            CHECK(points->size() == text.size());
            CHECK(points->front().x == text.at(0).at(0).get<double>());
        } else if (const auto* number = std::get_if<double>(&one.value)) {
            CHECK(*number == text.at("value").get<double>());
            CHECK(one.target.unit == "years");
        } else {
            const auto& shares = std::get<Probabilities>(one.value).values;
            REQUIRE(shares.size() == one.target.classes.size());
            CHECK(shares[0] == text.at("probabilities").at(one.target.classes[0]).get<double>());
        }
    }
}

// Proves: pixels of every order and with gaps between rows give what the file of the same picture gives.
TEST_CASE("pixels in memory") {
    const Trained& run = trained();
    const Model model(run.run);
    const std::string text = finch_picture(3).substr(std::string("P6 40 24 255\n").size());
    const std::string wanted = model.predict(Picture(std::filesystem::path(run.files[3]))).json;
    std::vector<std::uint8_t> gaps(24 * 128, 7);
    for (std::size_t row = 0; row < 24; ++row) {
        for (std::size_t column = 0; column < 40; ++column) {
            for (std::size_t channel = 0; channel < 3; ++channel) {
                gaps[row * 128 + column * 3 + 2 - channel] =
                    static_cast<std::uint8_t>(text[(row * 40 + column) * 3 + channel]);
            }
        }
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    CHECK(model.predict(Picture(Pixels{bytes, 40, 24})).json == wanted);
    CHECK(model.predict(Picture(Pixels{gaps.data(), 40, 24, 128, inference::PixelOrder::bgr})).json ==
          wanted);
    CHECK(model
              .predict(Picture(EncodedImage{[&] {
                  const std::string whole = finch_picture(3);
                  return std::vector<std::uint8_t>(whole.begin(), whole.end());
              }()}))
              .json == wanted);
    const std::vector<std::uint8_t> grey(40 * 24, 90);
    const std::vector<std::uint8_t> as_colour(40 * 24 * 3, 90);
    CHECK(model.predict(Picture(Pixels{grey.data(), 40, 24, 0, inference::PixelOrder::grey})).json ==
          model.predict(Picture(Pixels{as_colour.data(), 40, 24})).json);
}

// Proves: an exported file needs no plugin and says the same to 1e-4; calls from several threads do not mix.
TEST_CASE("an exported file, from several threads") {
    const Trained& run = trained();
    const Printed exported =
        run.line.graft({"export", run.run, "--to", "torchscript", "--out", "faces.pt", "--force"});
    REQUIRE_MESSAGE(exported.exit_code == 0, exported.err);
    const Model script(run.line.folder.path() / "faces.pt");
    const Model model(run.run);
    REQUIRE(script.outputs().size() == model.outputs().size());
    std::vector<std::thread> threads;
    std::vector<std::vector<Result>> found(3);
    for (std::vector<Result>& results : found) {
        threads.emplace_back([&] { results = script.predict(pictures(run.files)); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    const std::vector<Result> wanted = model.predict(pictures(run.files));
    for (const std::vector<Result>& results : found) {
        REQUIRE(results.size() == wanted.size());
        for (std::size_t index = 0; index < results.size(); ++index) {
            const auto& ours = std::get<std::vector<Point>>(results[index].predictions[0].value);
            const auto& theirs = std::get<std::vector<Point>>(wanted[index].predictions[0].value);
            CHECK(ours.front().x == doctest::Approx(theirs.front().x).epsilon(1e-4));
            CHECK(results[index].predictions[0].target.name == wanted[index].predictions[0].target.name);
        }
    }
}

// Proves: whatever is wrong is one type of exception that names it, and a model goes on after it.
TEST_CASE("what cannot be loaded or read") {
    const Trained& run = trained();
    const CommandLine& line = run.line;
    line.folder.write("no.pt", "not a network");
    CHECK(has(failure_of([&] { Model(line.folder.path() / "no.pt"); }), "no TorchScript file"));
    CHECK(has(failure_of([&] { Model(line.folder.path() / "nowhere"); }), "there is no folder and no file"));
    CHECK(has(failure_of([&] { Model(line.folder.path() / "runs"); }), "has no model (model/model.json)"));
    CHECK(has(failure_of([&] { Model(run.run, {.device = "tpu"}); }), "'tpu' is no device"));
    const Model model(run.run);
    std::vector<std::string> files = run.files;
    files[2] = (line.folder.path() / "gone.png").string();
    files[18] = (line.folder.path() / "no.pt").string();
    const std::string text = failure_of([&] { model.predict(pictures(files)); });
    CHECK(has(text, "gone.png"));
    CHECK(has(text, "no.pt"));
    CHECK(has(failure_of([&] { model.predict(Picture(Pixels{nullptr, 3, 3})); }), "null pointer"));
    const std::uint8_t pixel[3] = {};
    CHECK(has(failure_of([&] { model.predict(Picture(Pixels{pixel, 1, 0})); }), "1 x 0"));
    CHECK(has(failure_of([&] { model.predict(Picture(Pixels{pixel, 1, 1, 2})); }), "with 2 bytes a row"));
    CHECK(has(failure_of([&] { model.predict(Picture(std::filesystem::path())); }), "an empty text"));
    CHECK(model.predict(pictures(run.files)).size() == run.files.size());
    CHECK(model.predict(std::vector<Picture>()).empty());
}

// Proves: a device that is not there, numbers in a record that no model has and a model that was moved away
// are errors that say what to do, without LibTorch's trace.
TEST_CASE("what nothing can be made of") {
    const Trained& run = trained();
    for (const std::string name : {"cuda:07", "cuda:99"}) {
        const std::string refused = failure_of([&] { Model(run.run, {.device = name}); });
        CHECK(has(refused, "there is no device cuda:"));
        CHECK(has(refused, "use cpu, or auto"));
    }
    const std::filesystem::path folder = run.line.folder / "damaged";
    std::filesystem::create_directories(folder);
    std::filesystem::copy(std::filesystem::path(run.run) / "model/weights.safetensors", folder);
    const Json record = parse_json(slurp(std::filesystem::path(run.run) / "model/model.json"));
    const auto refusal = [&](const char* place, const Json& value) {
        Json damaged = record;
        damaged[Json::json_pointer(place)] = value;
        run.line.folder.write("damaged/model.json", damaged.dump());
        return failure_of([&] { Model{folder}; });
    };
    const std::string cannot = "damaged/model.json' cannot be used: preprocessing's ";
    CHECK(has(refusal("/preprocess/height", -48), cannot + "height is -48; must be from 1 to 16384"));
    CHECK(has(refusal("/preprocess/width", 1e300), cannot + "width is 1e+300"));
    CHECK(has(refusal("/preprocess/std/1", 0), cannot + "std is 0"));
    CHECK(has(refusal("/preprocess/crop_scale", -1), cannot + "crop_scale is -1"));
    const std::string hidden = refusal("/heads/0/options/hidden", {-5});
    CHECK_FALSE(has(hidden, "nothing was thrown"));
    CHECK_FALSE(has(hidden, "frame #"));
    Model first(run.run);
    const Model second = std::move(first);
    CHECK(has(failure_of([&] { first.predict(pictures(run.files)); }), "was moved into another one"));
    CHECK(has(failure_of([&] { first.outputs(); }), "was moved into another one"));
    CHECK(second.outputs().size() == 3);
}

// Proves: the C interface gives the same text, and of a failure its text; a C compiler takes the header.
TEST_CASE("from C") {
    const Trained& run = trained();
    char* error = nullptr;
    graft_model* model = graft_model_load(run.run.c_str(), "cpu", &error);
    REQUIRE_MESSAGE(model != nullptr, error);
    char* text = graft_model_predict_file(model, run.files[5].c_str(), &error);
    REQUIRE(text != nullptr);
    CHECK(error == nullptr);
    CHECK(std::string(text) == Model(run.run).predict(Picture(std::filesystem::path(run.files[5]))).json);
    graft_text_free(text);
    CHECK(graft_model_predict_pixels(model, nullptr, 2, 2, 0, GRAFT_BGR, &error) == nullptr);
    REQUIRE(error != nullptr);
    CHECK(has(error, "null pointer"));
    graft_text_free(error);
    CHECK(graft_model_predict_file(model, nullptr, nullptr) == nullptr);
    graft_model_free(model);
    CHECK(graft_model_load("nowhere", nullptr, &error) == nullptr);
    CHECK(has(error, "there is no folder and no file"));
    graft_text_free(error);
    const char* const compile =
        "printf '#include <graft/inference.h>\\n' > face.c && cc -std=c99 -pedantic -Wall -Werror "
        "-fsyntax-only -I '" GRAFT_TEST_BINARY "/include/graft-inference' face.c";
    const Printed compiled = run.line.shell(compile);
    CHECK_MESSAGE(compiled.exit_code == 0, compiled.err);
}

// Proves: what a run carries is not loaded unasked; a program that names its folder trusts it, as it was
// recorded.
TEST_CASE("a run that carries its plugins") {
    if (!has_engine({"toys"})) {
        return;
    }
    CommandLine line;
    line.folder.write("toy.yaml", R"(
graft: 1
name: toy
data: {use: synthetic_faces, samples: 16, size: 32, image: {size: 32, resize: stretch}}
backbone: {use: resnet18, until: layer1}
heads: {step: {use: toy_ordinal, target: expression}}
train: {batch: 8, epochs: 1}
)");
    const Printed trained = line.graft(
        {"run", "toy.yaml", "--out", "run", "--plugin-dir", GRAFT_TEST_BINARY "/tests/plugins/toys"});
    REQUIRE_MESSAGE(trained.exit_code == 0, trained.err);
    const std::filesystem::path run = line.folder / "run";
    const std::string refused = failure_of([&] { Model{run}; });
    CHECK(has(refused, "no plugin of this machine brings what the run needs: head 'toy_ordinal'"));
    CHECK(has(refused, "run/plugins/toy_ordinal.so: head 'toy_ordinal'"));
    CHECK(has(refused, "LoadOptions::plugin_folders or GRAFT_PLUGIN_PATH with that folder loads it"));
    const std::filesystem::path other = line.folder / "other";
    std::filesystem::copy(run, other, std::filesystem::copy_options::recursive);
    std::ofstream(other / "plugins/toy_ordinal.so", std::ios::app) << "more";
    CHECK(has(failure_of([&] { Model(other, {.plugin_folders = {other / "plugins"}}); }),
              "is not what the run was trained with: its SHA-256 is "));
    CHECK(Model(run, {.plugin_folders = {run / "plugins"}}).outputs().size() == 1);
}

TEST_SUITE_END();

}  // namespace graft::tests
