// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Grad-CAM against PyTorch's hooks: numbers by tools/goldens/gradcam.py.
#include "model/gradcam.hpp"
#include "core/json_text.hpp"

#include <cmath>
#include <filesystem>

#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include "core/files.hpp"
#include "model/fixture.hpp"
#include "model/formula.hpp"
#include "model/freeze.hpp"

namespace graft::model::test {
namespace {

TargetSchema three_animals() {
    return category_target("animal", {"cat", "dog", "bee"});
}

/// A ResNet18 and one linear layer with the formula's numbers, in eval mode, wholly frozen.
Model golden_model() {
    Model model = sound(
        "backbone: {use: resnet18}\nheads:\n  species: {use: classification}\n"
        "data: {image: {size: 96}}",
        {three_animals()});
    core::Problems problems;
    apply_freeze(model, plan_freeze(model, freezing({"backbone"}), problems));
    REQUIRE(problems.empty());
    const at::NoGradGuard no_gradients;
    for (const NamedTensor& tensor : model.tensors()) {
        const std::string name = tensor.path.substr(tensor.path.find('.') + 1);
        if (tensor.path == "heads.species.0.weight") {
            tensor.tensor.copy_(
                formula_tensor("head.weight", tensor.tensor.sizes(), std::sqrt(6.0 / 512), 0));
        } else if (tensor.path == "heads.species.0.bias") {
            tensor.tensor.copy_(formula_tensor("head.bias", tensor.tensor.sizes(), 0.25, 0));
        } else if (!name.ends_with("num_batches_tracked")) {
            tensor.tensor.copy_(formula_values(name, tensor.tensor.sizes()));
        }
    }
    set_mode(model, {}, false);
    return model;
}

at::Tensor golden_pictures(std::int64_t side) {
    const at::Tensor numbers = formula_tensor("picture", {2, side, side, 3}, 1, 0).to(at::kDouble);
    return ((numbers + 1) * 128).floor().to(at::kByte);
}

at::Tensor tensor_of(const core::Json& pictures) {
    std::vector<double> numbers;
    for (const auto& picture : pictures) {
        for (const auto& row : picture) {
            for (const auto& number : row) {
                numbers.push_back(number.get<double>());
            }
        }
    }
    return at::tensor(numbers, at::kDouble)
        .view({static_cast<std::int64_t>(pictures.size()), static_cast<std::int64_t>(pictures[0].size()),
               static_cast<std::int64_t>(pictures[0][0].size())});
}

double distance(const at::Tensor& left, const at::Tensor& right) {
    return (left.to(at::kDouble) - right.to(at::kDouble)).abs().max().item<double>();
}

std::vector<bool> trained(const Model& model) {
    std::vector<bool> flags;
    for (const NamedTensor& tensor : model.tensors()) {
        flags.push_back(tensor.tensor.requires_grad());
        CHECK_FALSE(tensor.tensor.grad().defined());
    }
    return flags;
}

// Proves: maps are PyTorch's, at the last stage and at one that is asked for, although the backbone is
// frozen; nothing of the model changes.
TEST_CASE("Grad-CAM agrees with PyTorch") {
    const auto golden = core::parse_json(
        core::read_file(std::filesystem::path(GRAFT_TEST_SOURCE) / "tests/model/goldens/gradcam.json"));
    const Model model = golden_model();
    const std::vector<bool> before = trained(model);
    const at::NoGradGuard no_gradients;  // as commands have it that only look
    const at::Tensor input = model.normalized(golden_pictures(golden["side"]), at::kCPU);
    for (const auto& wanted : golden["cases"]) {
        const std::string stage = wanted["stage"];
        CAPTURE(stage);
        const auto number = stage == "layer4"
                                ? std::optional<std::size_t>()
                                : std::optional<std::size_t>(stage_with_places(model, 0, stage));
        const Gradcam found = gradcam(model, input, {0, 0}, number);
        CHECK(model.backbone().stages()[found.stage].name == stage);
        CHECK(found.class_index.equal(at::tensor(wanted["classes"].get<std::vector<std::int64_t>>())));
        CHECK(distance(found.grid, tensor_of(wanted["grid"])) < 1e-3);
        CHECK(found.maps.sizes().vec() == std::vector<std::int64_t>{2, 96, 96});
        CHECK(distance(found.maps.slice(1, 0, {}, 8).slice(2, 0, {}, 8), tensor_of(wanted["maps"])) < 1e-3);
    }
    CHECK(trained(model) == before);
}

// Proves: of one logit for two classes, the map is of the class that was predicted; of a number, of the
// number; what is no class and no number has none.
TEST_CASE("what Grad-CAM can be of") {
    TargetSchema points = points_target("points", 3);
    const Model model = sound(
        "backbone: {use: resnet18, until: layer2}\nheads:\n"
        "  flat: {use: classification, target: animal, activation: sigmoid}\n"
        "  person: {use: age_gender, targets: {age: age, gender: animal}, neck: pool}\n"
        "  marks: {use: keypoints, target: points}\n"
        "data: {image: {size: 64}}",
        {animals(), scalar_target("age", "years"), points});
    CHECK(can_explain(model, {0, 0}));
    CHECK(can_explain(model, {1, 0}));
    CHECK(can_explain(model, {1, 1}));
    CHECK_FALSE(can_explain(model, {2, 0}));
    const at::Tensor input = model.normalized(golden_pictures(64), at::kCPU);
    const Gradcam binary = gradcam(model, input, {0, 0});
    // By hand: one linear layer over the mean of the map, so weights of channels are the layer's, by sign.
    const at::NoGradGuard no_gradients;
    const at::Tensor feature = model.prefix(input, 2).cut.feature;
    const at::Tensor last = model.backbone().forward(2, feature);
    const at::Tensor logit = model.forward(input)[0][0];
    at::Tensor weight;
    for (const NamedTensor& tensor : model.tensors()) {
        weight = tensor.path == "heads.flat.0.weight" ? tensor.tensor : weight;
    }
    const at::Tensor cells = at::tensor(static_cast<float>(last.size(2) * last.size(3)));
    const at::Tensor by_hand =
        ((last * weight.view({1, -1, 1, 1})).sum(1) * logit.sign().view({-1, 1, 1}) / cells).relu();
    CHECK(distance(binary.grid, by_hand) < 1e-5);
    CHECK(binary.class_index.equal((logit.select(1, 0) > 0).to(at::kLong)));
    // The head's hidden layer may make a slope 0 for one direction, so only the two together say something.
    const Gradcam large = gradcam(model, input, {1, 0});
    const Gradcam small = gradcam(model, input, {1, 0, 1e9});
    CHECK(large.class_index.equal(at::ones({2}, at::kLong)));
    CHECK(small.class_index.equal(at::zeros({2}, at::kLong)));
    CHECK((large.grid * small.grid).abs().max().item<double>() == 0);
    CHECK((large.grid + small.grid).amax().item<double>() > 0);
    CHECK(failure_of([&] { stage_with_places(model, 0, "layer9"); }, core::Category::pipeline) ==
          "there is no stage 'layer9' with places before head 'flat'\n  did you mean 'layer2'?");
}

// Proves: tokens are put back into their grid; a class token in front of them is none of its cells.
TEST_CASE("Grad-CAM of tokens") {
    const Model model =
        sound("backbone: {use: toy_vit}\nheads:\n  species: {use: classification}\ndata: {image: {size: 64}}",
              {three_animals()});
    const at::Tensor input = model.normalized(golden_pictures(64), at::kCPU);
    const Gradcam found = gradcam(model, input, {0, 0});
    CHECK(found.grid.sizes().vec() == std::vector<std::int64_t>{2, 4, 4});
    const at::NoGradGuard no_gradients;
    const std::size_t stage = found.stage;
    const at::Tensor before = model.prefix(input, stage).cut.feature;
    const at::Tensor tokens = model.backbone().forward(stage, before);
    at::Tensor weight;
    for (const NamedTensor& tensor : model.tensors()) {
        weight = tensor.path == "heads.species.0.weight" ? tensor.tensor : weight;
    }
    const at::Tensor rows = weight.index_select(0, found.class_index);  // [N, channels]
    const at::Tensor by_hand = (tokens.slice(1, 1) * rows.unsqueeze(1)).sum(2).relu().view({2, 4, 4}) / 16;
    CHECK(distance(found.grid, by_hand) < 1e-5);
}

}  // namespace
}  // namespace graft::model::test
