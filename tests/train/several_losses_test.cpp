// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Several heads on one model and several losses on one head, with graft's own plugins: the loss is the sum of
// weight * mean over the known entries of each, written out by hand.
#include <filesystem>

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "model/compose.hpp"
#include "model/freeze.hpp"
#include "plugin/registry.hpp"
#include "toys.hpp"
#include "train/losses.hpp"

namespace graft::test {
namespace {

const char* const document = R"(
graft: 1
data: {use: none, image: {size: 32}}
backbone: {use: resnet18}
heads:
  person:
    use: age_gender
    neck: pool
    hidden: [8]
    age_scale: 100
    loss: {age: {use: l1}, gender: {use: bce, weight: 0.5}}
  marks:
    use: keypoints
    neck: pool
    hidden: [8]
    loss: [{use: l1}, {use: mse, weight: 3}]
  mood: {use: classification, target: mood}
train: {epochs: 1}
)";

model::Model several() {
    const std::filesystem::path build = GRAFT_TEST_BINARY;
    static plugin::Registry registry(catalog::Catalog({build / "lib/graft/plugins"}, catalog::host_stamp()));
    core::Problems problems;
    const auto pipeline =
        pipeline::interpret(pipeline::parse_document(document, "test.yaml"), "test.yaml", problems);
    auto model =
        model::compose({pipeline,
                        registry,
                        {scalar_target("age", "years"), category_target("gender", {"male", "female"}),
                         points_target("points", 2), category_target("mood", {"sad", "neutral", "happy"})}},
                       problems);
    REQUIRE_MESSAGE(problems.empty(), core::render(problems));
    model::set_mode(model, {}, false);
    return model;
}

at::Tensor known(const std::vector<int>& values) {
    return at::tensor(values, at::kInt).to(at::kBool);
}

/// Four samples: two ages, three genders, five of eight points and no mood are known.
data::Batch batch() {
    at::manual_seed(3);
    data::Batch made;
    made.images = at::randint(256, {4, 32, 32, 3}, at::kLong).to(at::kByte);
    made.ids = {"a", "b", "c", "d"};
    made.targets = {{at::tensor({20.0F, 0.0F, 90.0F, 0.0F}), known({1, 0, 1, 0})},
                    {at::tensor({0, 1, 1, 0}, at::kLong), known({1, 1, 1, 0})},
                    {at::rand({4, 2, 2}) * 32, known({1, 1, 1, 0, 1, 1, 0, 0}).view({4, 2})},
                    {at::zeros({4}, at::kLong), known({0, 0, 0, 0})}};
    return made;
}

}  // namespace

TEST_CASE("the loss is the sum of weight * mean of each loss of each head; what is unknown does not count") {
    const at::NoGradGuard no_gradients;
    const model::Model model = several();
    const data::Batch samples = batch();
    const train::Outputs outputs = model.forward(model.normalized(samples.images, cpu));
    train::LossTotals totals(model, cpu);
    totals.add(train::compute_losses(model, outputs, train::encode_targets(model, samples, cpu)));

    const at::Tensor ages = outputs[0][0];
    const double age = ((ages[0] - 0.2).abs() + (ages[2] - 0.9).abs()).item<double>() / 2;
    const at::Tensor truth = at::tensor({0.0F, 1.0F, 1.0F}).unsqueeze(1);
    const double gender =
        at::binary_cross_entropy_with_logits(outputs[0][1].slice(0, 0, 3), truth).item<double>();
    const at::Tensor off = outputs[1][0] - samples.targets[2].values / 32;
    const at::Tensor seen = samples.targets[2].present.unsqueeze(2).expand_as(off);
    const double absolute = off.masked_select(seen).abs().mean().item<double>();
    const double squared = off.masked_select(seen).square().mean().item<double>();
    CHECK(totals.mean() == doctest::Approx(age + 0.5 * gender + absolute + 3 * squared).epsilon(1e-5));
}

TEST_CASE("several losses are named after head, output and, the second of an output, after themselves") {
    const model::Model model = several();
    std::vector<std::string> names;
    for (const model::HeadPart& head : model.heads()) {
        for (const model::LossPart& loss : head.losses) {
            names.push_back(loss.name);
        }
    }
    CHECK(names == std::vector<std::string>{"person/age", "person/gender", "marks", "marks/mse", "mood"});
}

}  // namespace graft::test
