// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// From a weight file into a backbone: names, what does not fit, how pictures are prepared, the report.
#include <doctest/doctest.h>

#include <cstdlib>

#include <ATen/ATen.h>

#include "core/files.hpp"
#include "core/json_text.hpp"
#include "model/compose.hpp"
#include "model/fixture.hpp"
#include "model/record.hpp"
#include "model/save.hpp"
#include "model/weights.hpp"
#include "support/skip.hpp"
#include "support/temporary_folder.hpp"

using namespace graft;
using namespace graft::model;
using namespace graft::model::test;
namespace fs = std::filesystem;

namespace {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

const std::string one_head = "heads: {animal: {use: classification, hidden: []}}\n";

std::string toy(const std::string& weights) {
    return "backbone: {use: toy_vit, weights: " + weights + "}\n" + one_head;
}

/// What a toy_vit holds, by its own names, filled with numbers that no initialisation makes.
NamedTensors toy_tensors(const std::string& prefix = "") {
    NamedTensors tensors;
    double value = 1;
    for (const NamedTensor& tensor : sound(toy("none"), {animals()}).tensors()) {
        if (tensor.path.starts_with("backbone.")) {
            tensors.emplace_back(prefix + tensor.path.substr(9), at::full_like(tensor.tensor, value++));
        }
    }
    return tensors;
}

std::string written(const TemporaryFolder& folder, const NamedTensors& tensors) {
    core::write_atomically(folder.file("weights.any"), to_safetensors(tensors));
    return folder.file("weights.any");
}

/// Composes the pipeline and loads its weights.
std::pair<Model, LoadReport> loaded(const std::string& yaml) {
    core::Problems problems;
    const pipeline::Pipeline pipeline = pipeline_of(yaml, problems);
    Model model = compose({pipeline, registry(), {animals()}}, problems);
    REQUIRE_MESSAGE(problems.empty(), core::render(problems));
    LoadReport report = load_weights(model, pipeline.backbone);
    return {std::move(model), std::move(report)};
}

bool holds(const Model& model, const NamedTensors& wanted, std::size_t prefix = 0) {
    std::map<std::string, at::Tensor> mine;
    for (const NamedTensor& tensor : model.tensors()) {
        mine.emplace(tensor.path, tensor.tensor);
    }
    for (const auto& [name, value] : wanted) {
        if (!at::equal(mine.at("backbone." + name.substr(prefix)), value)) {
            return false;
        }
    }
    return true;
}

/// The folder of real weight files beside the checkout, or GRAFT_DATA's; empty: it is not there.
std::string real_weights() {
    const char* data = std::getenv("GRAFT_DATA");
    const fs::path folder = data != nullptr ? fs::path(data) : fs::path(GRAFT_TEST_SOURCE) / "../shared/data";
    if (!fs::exists(folder / "weights/resnet18-tinyimagenet64.pth")) {
        tests::skip("no real weights in " + folder.string() + "; GRAFT_DATA may name another folder");
        return "";
    }
    return (folder / "weights").string();
}

}  // namespace

TEST_CASE("real files hold what PyTorch finds in them") {
    const std::string folder = real_weights();
    if (folder.empty()) {
        return;
    }
    const auto golden = core::parse_json(
        core::read_file(fs::path(GRAFT_TEST_SOURCE) / "tests/model/goldens/real_weights.json"));
    for (const auto& [key, wanted] : golden["files"].items()) {
        const std::string& name = key;  // clang 14 captures no structured binding
        CAPTURE(name);
        const weights::WeightFile file = weights::read_weights(folder + "/" + name);
        CHECK_NOTHROW(weights::verify(file, name));
        CHECK(file.tensors.size() == wanted["tensors"]);
        std::size_t compared = 0;
        for (const weights::Tensor& tensor : file.tensors) {
            if (!wanted["sums"].contains(tensor.name)) {
                continue;
            }
            CAPTURE(tensor.name);
            const auto& numbers = wanted["sums"][tensor.name];
            const at::Tensor value = to_tensor(file, tensor).to(at::kDouble);
            CHECK(tensor.shape == numbers[0].get<std::vector<std::int64_t>>());
            CHECK(value.sum().item<double>() == doctest::Approx(numbers[1].get<double>()).epsilon(1e-12));
            CHECK(value.square().sum().item<double>() ==
                  doctest::Approx(numbers[2].get<double>()).epsilon(1e-12));
            CHECK(value.flatten()[-1].item<double>() == numbers[3].get<double>());
            ++compared;
        }
        CHECK(compared == wanted["sums"].size());
    }
}

TEST_CASE("a trained ResNet18 loads into the backbone, its own classifier stays outside") {
    const std::string folder = real_weights();
    if (folder.empty()) {
        return;
    }
    const auto [model, report] =
        loaded("backbone: {use: resnet18, weights: " + folder +
               "/resnet18-tinyimagenet64.pth}\ndata: {image: {size: 64}}\n" + one_head);
    CHECK(report.container == "zip");
    CHECK(report.loaded == 120);
    CHECK(report.left_out == std::vector<std::string>{"fc.bias", "fc.weight"});
    CHECK(report.missing.empty());
    const weights::WeightFile file = weights::read_weights(report.file);
    NamedTensors wanted;
    for (const weights::Tensor& tensor : file.tensors) {
        if (!tensor.name.starts_with("fc.")) {
            wanted.emplace_back(tensor.name, to_tensor(file, tensor));
        }
    }
    CHECK(holds(model, wanted));
}

TEST_CASE("the published EfficientNet-Lite0 loads, and its pictures are prepared as it was trained") {
    const std::string folder = real_weights();
    if (folder.empty()) {
        return;
    }
    const auto [model, report] = loaded("backbone: {use: efficientnet_lite0, weights: " + folder +
                                        "/efficientnet-lite0-57934424.pth}\n" + one_head);
    CHECK(report.container == "legacy");
    CHECK(report.loaded == 294);
    CHECK(report.left_out == std::vector<std::string>{"_fc.bias", "_fc.weight"});
    CHECK(report.missing.empty());
    CHECK(model.preprocess().width == 224);
    CHECK(model.preprocess().interpolation == pipeline::Interpolation::bicubic);
    CHECK(model.preprocess().normalization.mean[0] == doctest::Approx(0.498).epsilon(1e-3));
}

TEST_CASE("names of other programs find their tensors") {
    const TemporaryFolder folder;
    const NamedTensors plain = toy_tensors();
    SUBCASE("PyTorch's wrappers") {
        const std::string file = written(folder, toy_tensors("module._orig_mod."));
        const auto [model, report] = loaded(toy(file));
        CHECK(holds(model, plain));
        CHECK(report.steps == std::vector<std::string>{"'module._orig_mod.' taken off all names"});
    }
    SUBCASE("a prefix that most names have, and some not") {
        NamedTensors other = toy_tensors("student.backbone.");
        other.emplace_back("n_averaged", at::ones({}, at::kLong));
        other.emplace_back("student.head.weight", at::ones({3}));
        const std::string file = written(folder, other);
        const auto [model, report] = loaded(toy(file));
        CHECK(holds(model, plain));
        CHECK(report.steps == std::vector<std::string>{"'student.backbone.' taken off 8 names"});
        CHECK(report.left_out == std::vector<std::string>{"n_averaged", "student.head.weight"});
    }
    SUBCASE("an average beside the weights that it follows") {
        NamedTensors other = toy_tensors("net.");
        for (const auto& [name, value] : toy_tensors("ema_net.module.")) {
            other.emplace_back(name, value + 1);
        }
        const std::string file = written(folder, other);
        {
            const auto [model, report] = loaded(toy(file));
            CHECK(holds(model, plain));
            CHECK(report.steps == std::vector<std::string>{
                                      "'net.' taken off 8 names (strip: ema_net.module. would take others)"});
        }
        const auto [model, report] = loaded(toy("{file: " + file + ", strip: ema_net.module.}"));
        CHECK_FALSE(holds(model, plain));
    }
    SUBCASE("names that stand there with and without the prefix") {
        NamedTensors other = toy_tensors("encoder.");
        other.emplace_back("patch.bias", at::zeros({32}));
        const std::string file = written(folder, other);
        const auto [model, report] = loaded(toy(file));
        CHECK(holds(model, plain));
        CHECK(report.left_out == std::vector<std::string>{"patch.bias"});
    }
    SUBCASE("strip and rename") {
        NamedTensors other = toy_tensors("net.");
        for (auto& [name, value] : other) {
            if (name.starts_with("net.blocks")) {
                name.replace(0, 10, "net.encoder.layer.");
            }
        }
        const std::string file = written(folder, other);
        const auto [model, report] = loaded(
            toy("{file: " + file + ", strip: net., rename: {'^encoder\\.layer\\.([0-9]+)': 'blocks\\1'}}"));
        CHECK(holds(model, plain));
        CHECK(report.steps.at(0) == "'net.' taken off 8 names");
        CHECK(report.steps.at(1) == "'^encoder\\.layer\\.([0-9]+)' made 'blocks\\1' in 4 names");
    }
    SUBCASE("a run's own weights") {
        NamedTensors run = toy_tensors("backbone.");
        run.emplace_back("heads.animal.0.weight", at::ones({2}));
        const std::string file = written(folder, run);
        const auto [model, report] = loaded(toy(file));
        CHECK(holds(model, plain));
        CHECK(report.left_out == std::vector<std::string>{"heads.animal.0.weight"});
    }
}

TEST_CASE("what matches nothing, or matches too much, is an error at its place") {
    const TemporaryFolder folder;
    const std::string file = written(folder, toy_tensors());
    const auto load = [&](const std::string& more) {
        return [=] { loaded(toy("{file: " + file + ", " + more + "}")); };
    };
    CHECK(failure_of(load("strip: encoder."), core::Category::pipeline)
              .find("strip: 'encoder.' matches no name") != std::string::npos);
    CHECK(failure_of(load("rename: {nothing: x}"), core::Category::pipeline)
              .find("rename: 'nothing' matches no name") != std::string::npos);
    CHECK(failure_of(load("rename: {blocks2: blocks1}"), core::Category::data)
              .find("'blocks1.bias' and 'blocks2.bias' both become 'blocks1.bias'") != std::string::npos);
}

TEST_CASE("two prefixes that fit alike, and a key where there is one state dict only") {
    const TemporaryFolder folder;
    NamedTensors both = toy_tensors("left.");
    const NamedTensors right = toy_tensors("right.");
    both.insert(both.end(), right.begin(), right.end());
    const std::string file = written(folder, both);
    CHECK(failure_of([&] { loaded(toy(file)); }, core::Category::data) ==
          "'" + file +
              "': the backbone's names stand under several prefixes: left., right.\n"
              "  choose one: weights: {file: ..., strip: left.}");
    CHECK(failure_of([&] { loaded(toy("{file: " + file + ", key: ema}")); }, core::Category::pipeline)
              .find("' is a safetensors file, which holds one set of tensors only, none under 'ema'") !=
          std::string::npos);
}

// Proves: names that differ by a pattern are told with the rename that makes all fit, as a pipeline takes it.
TEST_CASE("a hint for names that differ by a pattern only") {
    const TemporaryFolder folder;
    NamedTensors other = toy_tensors("net.");
    for (auto& [name, value] : other) {
        if (name.starts_with("net.blocks")) {
            name.replace(0, 10, "net.encoder.layer.");
        }
    }
    const std::string file = written(folder, other);
    const std::string told = failure_of([&] { loaded(toy(file)); }, core::Category::data);
    CAPTURE(told);
    const std::size_t hint = told.find("rename: {");
    REQUIRE(hint != std::string::npos);
    CHECK(told.find("the names differ by a pattern only") != std::string::npos);
    const auto [model, report] = loaded(toy("{file: " + file + ", " + told.substr(hint) + "}"));
    CHECK(holds(model, toy_tensors()));
    // With a shape that is another's no rename makes all fit.
    other[0].second = at::ones({7});
    const std::string worse = written(folder, other);
    CHECK(failure_of([&] { loaded(toy(worse)); }, core::Category::data).find("rename: ...} mends them") !=
          std::string::npos);
}

TEST_CASE("all that does not fit is told at once, and nothing is copied") {
    const TemporaryFolder folder;
    NamedTensors tensors = toy_tensors();
    std::erase_if(tensors, [](const auto& tensor) { return tensor.first == "patch.bias"; });
    for (auto& [name, value] : tensors) {
        if (name == "blocks1.weight") {
            value = at::ones({32, 31});
        } else if (name == "class_token") {
            value = at::ones({1, 1, 32}, at::kLong);
        }
    }
    tensors.emplace_back("blocks1.extra", at::ones({1}));
    const std::string file = written(folder, tensors);
    core::Problems problems;
    const pipeline::Pipeline pipeline = pipeline_of(toy(file), problems);
    Model model = compose({pipeline, registry(), {animals()}}, problems);
    const NamedTensors before = [&] {
        NamedTensors copies;
        for (const NamedTensor& tensor : model.tensors()) {
            copies.emplace_back(tensor.path, tensor.tensor.clone());
        }
        return copies;
    }();
    CHECK(failure_of([&] { load_weights(model, pipeline.backbone); }, core::Category::data) ==
          "'" + file +
              "' does not fit the backbone toy_vit:\n"
              "  - missing: patch.bias\n"
              "  - unexpected: blocks1.extra\n"
              "  - of another shape or type: class_token is Long, must be Float, blocks1.weight is [32, 31], "
              "must be [32, 32]\n"
              "  name weights of this very network, with torchvision's names; where only names differ, "
              "weights: "
              "{file: ..., strip: ..., rename: ...} mends them");
    for (std::size_t index = 0; index < before.size(); ++index) {
        CHECK(at::equal(model.tensors()[index].tensor, before[index].second));
    }
}

TEST_CASE("published weights bring their own way to prepare pictures, and the pipeline may say otherwise") {
    const TemporaryFolder folder;
    // Only the name counts here: composing reads no weights.
    const auto prepared = [&](const std::string& weights, const std::string& image) {
        return sound("backbone: {use: resnet18, weights: " + weights + "}\ndata: {image: {" + image + "}}\n" +
                         one_head,
                     {animals()})
            .preprocess();
    };
    for (const std::string& weights : {std::string("imagenet1k_v1"), folder.file("resnet18-f37072fd.pth"),
                                       folder.file("mine-f37072fd.safetensors")}) {
        CAPTURE(weights);
        const image::Preprocess published = prepared(weights, "");
        CHECK(published.resize == pipeline::Resize::crop);
        CHECK(published.crop_scale == doctest::Approx(256.0 / 224));
        CHECK(published.normalization.mean[0] == 0.485);
    }
    const image::Preprocess changed = prepared(
        "imagenet1k_v1", "mean: [0.1, 0.2, 0.3], std: [0.5, 0.5, 0.5], interpolation: bicubic, resize: pad");
    CHECK(changed.normalization.mean == std::array<double, 3>{0.1, 0.2, 0.3});
    CHECK(changed.normalization.std == std::array<double, 3>{0.5, 0.5, 0.5});
    CHECK(changed.interpolation == pipeline::Interpolation::bicubic);
    CHECK(changed.resize == pipeline::Resize::pad);
}

TEST_CASE("a run's weights carry how its pictures were prepared") {
    const TemporaryFolder folder;
    const std::string image =
        "data: {image: {size: [32, 48], mean: [0.1, 0.2, 0.3], std: [1, 1, 1], interpolation: bicubic, "
        "resize: pad}}\n";
    save_model(sound(toy("none") + image, {animals()}), folder.file("run/model"));
    for (const char* name : {"run", "run/model", "run/model/weights.safetensors"}) {
        CAPTURE(name);
        const auto [model, report] = loaded(toy(folder.file(name)));
        CHECK(model.preprocess().width == 48);
        CHECK(model.preprocess().resize == pipeline::Resize::pad);
        CHECK(model.preprocess().interpolation == pipeline::Interpolation::bicubic);
        CHECK(model.preprocess().normalization.mean == std::array<double, 3>{0.1, 0.2, 0.3});
        CHECK(report.steps.back() == "the backbone's part of a run taken");
        CHECK_FALSE(report.left_out.empty());
    }
}

// Proves: a run's heads come along where they are asked for: whole, by their names, or not at all.
TEST_CASE("a run's heads") {
    const TemporaryFolder folder;
    const Model before = sound(toy("none"), {animals()});
    save_model(before, folder.file("run/model"));
    const std::string asked =
        "backbone: {use: toy_vit, weights: {file: " + folder.file("run") + ", heads: true}}\n";
    NamedTensors wanted;
    for (const NamedTensor& tensor : before.tensors()) {
        wanted.emplace_back(tensor.path, tensor.tensor);
    }
    {
        const auto [model, report] = loaded(asked + one_head);
        CHECK(report.steps.back() == "the backbone and the heads of a run taken");
        CHECK(report.left_out.empty());
        CHECK(report.missing.empty());
        CHECK(report.loaded == static_cast<std::int64_t>(wanted.size()));
        for (const NamedTensor& tensor : model.tensors()) {
            CAPTURE(tensor.path);
            CHECK(at::equal(tensor.tensor, std::map(wanted.begin(), wanted.end()).at(tensor.path)));
        }
    }
    {
        const auto [model, report] = loaded(asked + "heads: {other: {use: classification, hidden: []}}\n");
        CHECK(report.missing == std::vector<std::string>{"heads.other.0.weight", "heads.other.0.bias"});
        CHECK(report.left_out == std::vector<std::string>{"heads.animal.0.bias", "heads.animal.0.weight"});
    }
    const std::string wider =
        failure_of([&] { loaded(asked + "heads: {animal: {use: classification, hidden: [7]}}\n"); },
                   core::Category::data);
    CHECK(wider.find("does not fit the heads:") != std::string::npos);
    CHECK(wider.find("heads.animal.0.weight is [") != std::string::npos);
    const std::string none = failure_of(
        [&] {
            loaded("backbone: {use: toy_vit, weights: {file: " + written(folder, toy_tensors()) +
                   ", heads: true}}\n" + one_head);
        },
        core::Category::pipeline);
    CHECK(none.find(" is no run's, so it has no heads") != std::string::npos);
}

TEST_CASE("records of before interpolation could be chosen are bilinear") {
    core::Json json = to_json(image::Preprocess{});
    CHECK(json.at("interpolation") == "bilinear");
    json.erase("interpolation");
    CHECK(preprocess_from_json(json).interpolation == pipeline::Interpolation::bilinear);
    json["interpolation"] = "nearest";
    CHECK(failure_of([&] { preprocess_from_json(json); }, core::Category::data) ==
          "interpolation is 'nearest'; must be one of bilinear, bicubic");
}

TEST_CASE("weights of the catalogue come from torch hub's cache, when their hash is right") {
    const graft::tests::TemporaryFolder home;
    const graft::tests::ScopedVariable variable("TORCH_HOME", home.path().c_str());
    const fs::path file = home.write("hub/checkpoints/resnet18-f37072fd.pth", "something else");
    const std::string said =
        failure_of([] { loaded("backbone: {use: resnet18, weights: imagenet1k_v1}\n" + one_head); },
                   core::Category::data);
    CHECK(said.find(file.string() + " is not what was published: its SHA-256 begins with ") == 0);
}
