// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Backbones against torchvision's: numbers by tools/goldens/backbone_logits.py.
#include <doctest/doctest.h>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "model/fixture.hpp"
#include "model/formula.hpp"

using namespace graft;
using namespace graft::model::test;

namespace {

std::shared_ptr<Backbone> golden_backbone(const std::string& id, std::map<std::string, OptionValue> options) {
    core::Problems problems;
    const Component* component = registry().find("backbone", id, {}, problems);
    REQUIRE(component != nullptr);
    options["classifier"] = true;
    auto backbone = component->backbone.create(Options(options), {64, 64});
    const at::NoGradGuard no_gradients;
    const auto fill = [](const auto& tensors) {
        for (const auto& tensor : tensors) {
            if (!tensor.key().ends_with("num_batches_tracked")) {
                tensor.value().copy_(formula_values(tensor.key(), tensor.value().sizes()));
            }
        }
    };
    fill(backbone->named_parameters());
    fill(backbone->named_buffers());
    backbone->eval();
    return backbone;
}

double largest(const at::Tensor& tensor) {
    return tensor.abs().max().item<double>();
}

void check_stage(const at::Tensor& feature, const nlohmann::json& wanted) {
    CHECK(feature.sizes().vec() == wanted["shape"].get<std::vector<std::int64_t>>());
    CHECK(feature.to(at::kDouble).mean().item<double>() ==
          doctest::Approx(wanted["mean"].get<double>()).epsilon(1e-6));
    const at::Tensor first = feature.contiguous().flatten().slice(0, 0, 4).to(at::kDouble);
    const auto numbers = wanted["first"].get<std::vector<double>>();
    // Features deep inside are larger than logits; float has seven digits.
    CHECK(largest(first - at::tensor(numbers, at::kDouble)) <
          1e-4 * std::max(1.0, wanted["abs_mean"].get<double>()));
}

void check_against(const std::string& golden_name, const std::string& id,
                   const std::map<std::string, OptionValue>& options) {
    CAPTURE(golden_name);
    const auto golden = nlohmann::json::parse(core::read_file(
        std::filesystem::path(GRAFT_TEST_SOURCE) / "tests/model/goldens" / (golden_name + ".json")));
    const at::NoGradGuard no_gradients;
    const auto backbone = golden_backbone(id, options);
    std::int64_t parameters = 0;
    for (const at::Tensor& parameter : backbone->parameters()) {
        parameters += parameter.numel();
    }
    CHECK(parameters == golden["parameters"].get<std::int64_t>());
    at::Tensor feature =
        formula_tensor("input", {2, 3, 64, 64}, 2, 0).contiguous(at::MemoryFormat::ChannelsLast);
    for (const Stage& stage : backbone->stages()) {
        CAPTURE(stage.name);
        feature = stage.forward(feature);
        if (golden["stages"].contains(stage.name)) {
            check_stage(feature, golden["stages"][stage.name]);
        }
    }
    for (std::size_t row = 0; row < 2; ++row) {
        const auto wanted = golden["logits"][row].get<std::vector<double>>();
        const at::Tensor got = feature[static_cast<std::int64_t>(row)].to(at::kDouble);
        CHECK(largest(got.slice(0, 0, 32) - at::tensor(wanted, at::kDouble)) < 1e-4);
        // All thousand at once: rounding alone makes some 1e-6 a logit.
        CHECK(std::abs(got.sum().item<double>() - golden["sums"][row].get<double>()) < 1e-3);
    }
}

}  // namespace

TEST_CASE("stages and logits of the residual networks are torchvision's") {
    check_against("resnet18", "resnet18", {});
    check_against("resnet34", "resnet34", {});
    check_against("resnet50", "resnet50", {});
}

TEST_CASE("stages and logits of vgg16, plain and with BatchNorm, are torchvision's") {
    check_against("vgg16", "vgg16", {{"batch_norm", false}});
    check_against("vgg16_bn", "vgg16", {{"batch_norm", true}});
}

TEST_CASE("resnet18's fresh weights are spread as torchvision initialises them") {
    core::Problems problems;
    const Component* component = registry().find("backbone", "resnet18", {}, problems);
    at::manual_seed(3);
    const auto backbone = component->backbone.create(Options({{"classifier", false}}), {64, 64});
    const auto parameters = backbone->named_parameters();
    // Kaiming, fan out: standard deviation sqrt(2 / (outputs * kernel * kernel)).
    const at::Tensor& wide = parameters["layer4.1.conv2.weight"];
    CHECK(wide.std().item<double>() == doctest::Approx(std::sqrt(2.0 / (512 * 9))).epsilon(0.01));
    CHECK(parameters["conv1.weight"].std().item<double>() ==
          doctest::Approx(std::sqrt(2.0 / (64 * 49))).epsilon(0.05));
    CHECK(largest(parameters["bn1.weight"] - 1) == 0);
    CHECK(largest(parameters["bn1.bias"]) == 0);
    CHECK(parameters.size() == 60);  // torchvision's 62 but for fc
}
