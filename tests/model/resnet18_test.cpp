// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// resnet18 against torchvision's: numbers by tools/goldens/resnet18_logits.py.
#include <doctest/doctest.h>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "model/fixture.hpp"
#include "model/formula.hpp"

using namespace graft;
using namespace graft::model::test;

namespace {

std::shared_ptr<Backbone> golden_resnet18() {
    core::Problems problems;
    const Component* component = registry().find("backbone", "resnet18", {}, problems);
    REQUIRE(component != nullptr);
    const Options options({{"classifier", true}});
    auto backbone = component->backbone.create(options, {64, 64});
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

}  // namespace

TEST_CASE("resnet18's stages and logits are torchvision's") {
    const auto golden = nlohmann::json::parse(
        core::read_file(std::filesystem::path(GRAFT_TEST_SOURCE) / "tests/model/goldens/resnet18.json"));
    const at::NoGradGuard no_gradients;
    const auto backbone = golden_resnet18();
    for (const bool channels_last : {false, true}) {
        CAPTURE(channels_last);
        at::Tensor feature = formula_tensor("input", {2, 3, 64, 64}, 2, 0);
        if (channels_last) {
            feature = feature.contiguous(at::MemoryFormat::ChannelsLast);
        }
        for (const Stage& stage : backbone->stages()) {
            CAPTURE(stage.name);
            feature = stage.forward(feature);
            if (!golden["stages"].contains(stage.name)) {
                continue;
            }
            const auto& wanted = golden["stages"][stage.name];
            CHECK(feature.sizes().vec() == wanted["shape"].get<std::vector<std::int64_t>>());
            CHECK(feature.to(at::kDouble).mean().item<double>() ==
                  doctest::Approx(wanted["mean"].get<double>()).epsilon(1e-6));
            const at::Tensor first = feature.contiguous().flatten().slice(0, 0, 4).to(at::kDouble);
            CHECK(largest(first - at::tensor(wanted["first"].get<std::vector<double>>(), at::kDouble)) <
                  1e-4);
        }
        for (std::int64_t row = 0; row < 2; ++row) {
            const auto wanted = golden["logits"][static_cast<std::size_t>(row)].get<std::vector<double>>();
            const at::Tensor got = feature[row].to(at::kDouble);
            CHECK(largest(got.slice(0, 0, 32) - at::tensor(wanted, at::kDouble)) < 1e-4);
            CHECK(got.sum().item<double>() ==
                  doctest::Approx(golden["sums"][static_cast<std::size_t>(row)].get<double>()).epsilon(1e-5));
        }
    }
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
