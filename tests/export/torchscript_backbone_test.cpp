// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The backbone `torchscript` with the file of tools/goldens/torchscript_features.py.
#include <doctest/doctest.h>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/files.hpp"
#include "core/json_text.hpp"
#include "model/fixture.hpp"
#include "model/freeze.hpp"

using namespace graft;
using namespace graft::model::test;

namespace {

const std::string folder = std::string(GRAFT_TEST_SOURCE) + "/plugins/backbones/torchscript/conformance/";

std::string pipeline_with(const std::string& file, const std::string& more) {
    return fmt::format(
        "backbone: {{use: torchscript, file: '{}'{}}}\nheads: {{it: {{use: classification}}}}\n"
        "data: {{image: {{size: 32}}}}\n",
        file, more);
}

std::string refusal(const std::string& file, const std::string& more) {
    return failure_of(
        [&] {
            core::Problems problems;
            composed(pipeline_with(file, more), {animals()}, problems);
            core::throw_if_any(core::Category::pipeline, problems);
        },
        more.empty() ? core::Category::data : core::Category::pipeline);
}

at::Tensor image() {
    return at::arange(3 * 32 * 32).reshape({1, 3, 32, 32}).remainder(13).to(at::kFloat) / 13;
}

at::Tensor features_of(const model::Model& model) {
    at::Tensor feature = image();
    for (std::size_t stage = 0; stage < model.backbone().stages().size(); ++stage) {
        feature = model.backbone().forward(stage, feature);
    }
    return feature;
}

}  // namespace

// Proves: PyTorch's numbers, whether the module is one stage or several.
TEST_CASE("a TorchScript file computes what PyTorch computed") {
    const auto golden = core::parse_json(core::read_file(folder + "features.json"));
    const at::Tensor means = at::tensor(golden["means"].get<std::vector<double>>(), at::kDouble);
    const at::NoGradGuard no_gradients;
    for (const char* stages : {"", ", stages: [stem, body]"}) {
        const model::Model model = sound(pipeline_with(folder + "features.pt", stages), {animals()});
        const at::Tensor feature = features_of(model);
        CHECK(feature.sizes().vec() == golden["shape"].get<std::vector<std::int64_t>>());
        CHECK((feature.to(at::kDouble).mean({0, 2, 3}) - means).abs().max().item<double>() < 1e-6);
    }
}

// Proves: what an optimiser changes is what the module computes with, and modes reach inside.
TEST_CASE("a TorchScript backbone trains and freezes") {
    model::Model model = sound(pipeline_with(folder + "features.pt", ", stages: [stem, body]"), {animals()});
    CHECK(model.stages().size() == 2);
    CHECK(model.stages()[0].parameters == 8 * 27 + 16);
    core::Problems problems;
    const model::Freezing frozen = model::plan_freeze(model, freezing({"backbone.stem"}), problems);
    REQUIRE(problems.empty());
    model::apply_freeze(model, frozen);
    CHECK(frozen.frozen_stages == 1);
    model::set_mode(model, frozen, true);
    const auto modules = model.backbone().module().named_modules("backbone");
    CHECK_FALSE(modules["backbone.stem"]->is_training());
    CHECK(modules["backbone.body"]->is_training());
    const at::Tensor before = model.backbone().module().named_buffers()["stem.1.running_mean"].clone();
    CHECK_FALSE(features_of(model).equal(features_of(model)));  // the dropout of body draws
    CHECK(model.backbone().module().named_buffers()["stem.1.running_mean"].equal(before));
    model::set_mode(model, frozen, false);
    const at::NoGradGuard no_gradients;
    const at::Tensor old = features_of(model);
    model.backbone().module().named_parameters()["body.0.bias"].add_(1);
    CHECK_FALSE(features_of(model).equal(old));
}

// Proves: files that cannot be used, and children that are not there, are told in full.
TEST_CASE("what is no TorchScript backbone") {
    CHECK(refusal("/nowhere.pt", "").find("'/nowhere.pt' cannot be read") != std::string::npos);
    CHECK(
        refusal(folder + "features.json", "").find("is no TorchScript archive, or one of a newer LibTorch") !=
        std::string::npos);
    CHECK(refusal(folder + "features.pt", ", stages: [stem, neck]")
              .find("has no child 'neck'; allowed: stem, body, fc") != std::string::npos);
}

// Proves: the host can ask whether a backbone brings trained values: a file's do, a new network's are random.
TEST_CASE("a TorchScript file brings its own weights") {
    core::Problems problems;
    CHECK(registry().find("backbone", "torchscript", {}, problems).has_own_weights());
    CHECK_FALSE(registry().find("backbone", "resnet18", {}, problems).has_own_weights());
    CHECK(problems.empty());
}
