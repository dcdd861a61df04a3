// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Backbones against torchvision's and the published EfficientNet-Lite0: numbers by
// tools/goldens/backbone_logits.py and tools/goldens/efficientnet_lite0.py.
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include "core/files.hpp"
#include "core/json_text.hpp"
#include "model/fixture.hpp"
#include "model/formula.hpp"
#include "model/weights.hpp"
#include "support/skip.hpp"
#include "support/unguarded.hpp"

using namespace graft;
using namespace graft::model::test;

namespace {

core::Json golden_of(const std::string& name) {
    const auto folder = std::filesystem::path(GRAFT_TEST_SOURCE) / "tests/model/goldens";
    return core::parse_json(core::read_file(folder / (name + ".json")));
}

std::shared_ptr<Backbone> golden_backbone(const std::string& id, std::map<std::string, OptionValue> options,
                                          const std::vector<std::int64_t>& input) {
    core::Problems problems;
    const plugin::ComponentHandle found = registry().find("backbone", id, {}, problems);
    REQUIRE(found);
    options["classifier"] = true;
    auto backbone =
        plugin::Unguarded::component(found).backbone->create(Options(options), {input[2], input[3]});
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

void check_stage(const at::Tensor& feature, const core::Json& wanted) {
    CHECK(feature.sizes().vec() == wanted["shape"].get<std::vector<std::int64_t>>());
    const at::Tensor wide = feature.to(at::kDouble);
    CHECK(wide.mean().item<double>() == doctest::Approx(wanted["mean"].get<double>()).epsilon(1e-6));
    CHECK(wide.abs().mean().item<double>() ==
          doctest::Approx(wanted["abs_mean"].get<double>()).epsilon(1e-6));
    const at::Tensor first = feature.contiguous().flatten().slice(0, 0, 4).to(at::kDouble);
    const auto numbers = wanted["first"].get<std::vector<double>>();
    // Features deep inside are larger than logits; float has seven digits.
    CHECK(largest(first - at::tensor(numbers, at::kDouble)) <
          1e-4 * std::max(1.0, wanted["abs_mean"].get<double>()));
}

/// Pushes the image through the stages; the last one's output must be the logits.
void check_stages(const plugin::BackboneHandle& backbone, const at::Tensor& image, const core::Json& golden) {
    at::Tensor feature = image.contiguous(at::MemoryFormat::ChannelsLast);
    std::size_t checked = 0;
    for (std::size_t index = 0; index < backbone.stages().size(); ++index) {
        const std::string& name = backbone.stages()[index].name;
        CAPTURE(name);
        feature = backbone.forward(index, feature);
        if (golden["stages"].contains(name)) {
            check_stage(feature, golden["stages"][name]);
            ++checked;
        }
    }
    CHECK(checked == golden["stages"].size());
    for (std::size_t row = 0; row < golden["logits"].size(); ++row) {
        const auto wanted = golden["logits"][row].get<std::vector<double>>();
        const at::Tensor got = feature[static_cast<std::int64_t>(row)].to(at::kDouble);
        CHECK(largest(got.slice(0, 0, 32) - at::tensor(wanted, at::kDouble)) < 1e-4);
        // The other logits: layouts and processors round thousands of products in another order, and the
        // 1000 differences, each of about 1e-6, may all point the same way.
        CHECK(std::abs(got.sum().item<double>() - golden["sums"][row].get<double>()) < 1e-3);
    }
}

void check_against(const std::string& golden_name, const std::string& id,
                   const std::map<std::string, OptionValue>& options) {
    CAPTURE(golden_name);
    const core::Json golden = golden_of(golden_name);
    const auto input = golden["input"].get<std::vector<std::int64_t>>();
    const at::NoGradGuard no_gradients;
    const auto backbone = golden_backbone(id, options, input);
    std::int64_t parameters = 0;
    for (const at::Tensor& parameter : backbone->parameters()) {
        parameters += parameter.numel();
    }
    CHECK(parameters == golden["parameters"].get<std::int64_t>());
    check_stages(plugin::Unguarded::backbone(backbone), formula_tensor("input", input, 2, 0), golden);
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

TEST_CASE("stages and logits of efficientnet_lite0 are the published network's, at even and odd sides") {
    check_against("efficientnet_lite0", "efficientnet_lite0", {});
    check_against("efficientnet_lite0_odd", "efficientnet_lite0", {});
}

TEST_CASE("efficientnet_lite0 computes the published stages and logits with the published weights") {
    const char* data = std::getenv("GRAFT_DATA");
    const auto folder = std::filesystem::path(data != nullptr ? data : GRAFT_TEST_SOURCE "/../shared/data");
    const auto file = folder / "weights/efficientnet-lite0-57934424.pth";
    if (!std::filesystem::exists(file)) {
        tests::skip("the published weights are not here: " + file.string());
        return;
    }
    const std::string yaml = "backbone: {use: efficientnet_lite0, classifier: true, weights: '" +
                             file.string() + "'}\nheads: {species: {use: classification}}\n";
    core::Problems problems;
    const pipeline::Pipeline pipeline = pipeline_of(yaml, problems);
    model::Model network = sound(yaml, {animals()});
    model::load_weights(network, pipeline.backbone);
    // The picture of the script: pixel (channel, y, x) is ((channel + 1) * x + 2 * y) % 256.
    const at::Tensor side = at::arange(224);
    const at::Tensor channel = at::arange(1, 4).view({3, 1, 1});
    const at::Tensor picture = (channel * side.view({1, 1, 224}) + 2 * side.view({1, 224, 1})).remainder(256);
    const at::NoGradGuard no_gradients;
    const at::Tensor image =
        network.normalized(picture.to(at::kByte).permute({1, 2, 0}).unsqueeze(0).contiguous(), at::kCPU);
    check_stages(network.backbone(), image, golden_of("efficientnet_lite0_imagenet"));
}

TEST_CASE("efficientnet_lite0's fresh weights are spread as its authors initialise them") {
    core::Problems problems;
    const plugin::ComponentHandle found = registry().find("backbone", "efficientnet_lite0", {}, problems);
    REQUIRE(found);
    at::manual_seed(3);
    const auto backbone =
        plugin::Unguarded::component(found).backbone->create(Options({{"classifier", true}}), {64, 64});
    const auto parameters = backbone->named_parameters();
    // Normal, fan out; a depthwise filter feeds kernel * kernel outputs. The linear layer: uniform.
    CHECK(parameters["_conv_head.weight"].std().item<double>() ==
          doctest::Approx(std::sqrt(2.0 / 1280)).epsilon(0.01));
    CHECK(parameters["_blocks.12._depthwise_conv.weight"].std().item<double>() ==
          doctest::Approx(std::sqrt(2.0 / 25)).epsilon(0.02));
    CHECK(largest(parameters["_fc.weight"]) == doctest::Approx(1 / std::sqrt(1000.0)).epsilon(0.001));
    CHECK(largest(parameters["_fc.bias"]) == 0);
}

TEST_CASE("resnet18's fresh weights are spread as torchvision initialises them") {
    core::Problems problems;
    const plugin::ComponentHandle found = registry().find("backbone", "resnet18", {}, problems);
    REQUIRE(found);
    at::manual_seed(3);
    const auto backbone =
        plugin::Unguarded::component(found).backbone->create(Options({{"classifier", false}}), {64, 64});
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
