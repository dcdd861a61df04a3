// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/losses.hpp"
#include "model/freeze.hpp"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "support/unguarded.hpp"
#include "toys.hpp"
#include "train/step.hpp"

namespace graft::test {
namespace {

/// All gradients of one effective batch that went through the network in parts of `batch` samples.
std::vector<at::Tensor> gradients(const ToyOptions& options, const ToySamples& samples, std::int64_t batch) {
    const auto model = toy_model(options);
    model::set_mode(*model, {}, false);
    train::forward_backward(*model, toy_step(samples, batch), 0, cpu);
    std::vector<at::Tensor> all;
    for (const model::NamedTensor& tensor : model->tensors()) {
        if (!tensor.is_buffer) {
            all.push_back(tensor.tensor.grad());
        }
    }
    return all;
}

LossValue value(const std::vector<float>& loss, const std::vector<float>& weight) {
    return {at::tensor(loss), at::tensor(weight)};
}

/// What the watch says of one step with these losses of 'species' and 'age'.
std::string watched(const LossValue& species, const LossValue& age) {
    const auto model = toy_model({.with_age = true});
    train::FiniteWatch watch(*model, cpu);
    train::StepOutcome outcome;
    outcome.epoch = 2;
    outcome.step = 5;
    outcome.parts = {{species, age}};
    outcome.ids = {{"a", "b", "c"}};
    return failure_text([&] { watch.add(outcome); });
}

}  // namespace

TEST_CASE("one batch or four of the same samples: equal gradients") {
    // Unequal class weights and missing targets make the parts' own means differ from the whole's.
    const ToyOptions options{.backbone_norm = true, .with_age = true, .class_weights = {1, 5}};
    const ToySamples samples{.count = 15, .unknown = {0, 1, 2, 9}};
    const auto whole = gradients(options, samples, 15);
    const auto parts = gradients(options, samples, 4);
    REQUIRE(whole.size() == parts.size());
    for (std::size_t index = 0; index < whole.size(); ++index) {
        REQUIRE(whole[index].defined());
        CHECK(whole[index].abs().max().item<double>() > 1e-5);
        CHECK((whole[index] - parts[index]).abs().max().item<double>() < 1e-6);
    }
}

TEST_CASE("the gradient is that of the weighted mean, written out by hand") {
    const ToyOptions options{.class_weights = {1, 3}};
    const ToySamples samples{.count = 6, .unknown = {2}};
    const auto made = gradients(options, samples, 2);
    const auto model = toy_model(options);
    model::set_mode(*model, {}, false);
    const train::StepBatches step = toy_step(samples, 6);
    const at::Tensor logits = model->forward(model->normalized(step.parts[0]->images, cpu))[0][0];
    const at::Tensor chosen = logits.log_softmax(1);
    // Samples 0 and 4 are of class 0; 1, 3 and 5 of class 1, weight 3; 2 is unknown: weights sum to 11.
    const at::Tensor loss =
        -(chosen[0][0] + chosen[4][0] + 3 * (chosen[1][1] + chosen[3][1] + chosen[5][1])) / 11;
    loss.backward();
    std::size_t index = 0;
    for (const model::NamedTensor& tensor : model->tensors()) {
        CHECK((tensor.tensor.grad() - made[index++]).abs().max().item<double>() < 1e-6);
    }
}

TEST_CASE("totals are means over samples, whatever the batches; losses without a target do not count") {
    const auto model = toy_model({.with_age = true});  // weights of the losses: 1 and 0.5
    train::LossTotals totals(*model, cpu);
    CHECK(std::isnan(totals.mean()));
    totals.add({value({1, 2, 3}, {1, 1, 0}), value({8}, {0})});
    CHECK(totals.mean() == doctest::Approx(1.5));
    totals.add({value({9}, {2}), value({4, 6}, {1, 1})});
    // species: (1 + 2 + 18) / 4, age: (4 + 6) / 2 * 0.5
    CHECK(totals.mean() == doctest::Approx(5.25 + 2.5));
    train::LossTotals copy(*model, cpu);
    copy.restore(totals.sums());
    CHECK(copy.mean() == totals.mean());
}

TEST_CASE("a loss that is not one number a sample is refused") {
    class Wrong : public Loss {
    public:
        at::Tensor loss;
        at::Tensor weight;
        LossValue forward(const std::vector<at::Tensor>&, const std::vector<Column>&) override {
            return {loss, weight};
        }
    };
    const auto wrong = std::make_shared<Wrong>();
    model::ModelParts parts = toy_model()->parts();
    parts.heads[0].losses[0].loss = plugin::Unguarded::loss("toy_loss", wrong);
    const model::Model model(std::move(parts));
    const train::Outputs outputs{{at::zeros({3, 2})}};
    const train::EncodedTargets targets(1, std::vector<Column>(1));
    const auto refused = [&](const at::Tensor& loss, const at::Tensor& weight) {
        wrong->loss = loss;
        wrong->weight = weight;
        return failure_text([&] { train::compute_losses(model, outputs, targets); });
    };
    CHECK(refused(at::zeros({3}), at::ones({3})) == "");
    const std::string start = "loss 'toy_loss': forward: ";
    const std::string end = "\n  this is a fault of the plugin; tell its author";
    CHECK(refused(at::zeros({3, 1}), at::ones({3})) ==
          start + "the loss has the shape [3, 1]; must be [3], a number a sample" + end);
    CHECK(refused(at::zeros({}), at::ones({3})) ==
          start +
              "the loss has the shape []; its first side must be the 3 samples of the batch: no mean() or "
              "sum() over them" +
              end);
    CHECK(refused(at::zeros({3}), at::ones({3, 1})) ==
          start + "the weight has the shape [3, 1]; must be [3], a number a sample" + end);
    CHECK(refused(at::zeros({3}), at::ones({1})) ==
          start + "the weight has the shape [1]; its first side must be the 3 samples of the batch" + end);
    CHECK(refused(at::zeros({3}), at::Tensor()) ==
          start + "the weight is a tensor that is not defined" + end);
    CHECK(refused(at::zeros({3}, at::kLong), at::ones({3})) ==
          start + "the loss is of type Long; must be floating point" + end);
}

TEST_CASE("with accumulation, a weight that depends on the outputs is refused; without it is fine") {
    for (const bool peeking : {false, true}) {
        const auto model = toy_model({.peeking_loss = peeking});
        for (const std::int64_t batch : {8, 4}) {
            train::FiniteWatch watch(*model, cpu);
            const std::string text = failure_text(
                [&] { watch.add(train::forward_backward(*model, toy_step({.count = 8}, batch), 0, cpu)); });
            CHECK(text.starts_with("a loss weighs samples by the network's outputs") ==
                  (peeking && batch == 4));
        }
    }
}

TEST_CASE("a loss that is not finite is reported with epoch, step, head and samples") {
    const float infinite = std::numeric_limits<float>::infinity();
    CHECK(watched(value({1, 2, 3}, {1, 1, 1}), value({1, 2, 3}, {1, 1, 1})) == "");
    CHECK(watched(value({1, 2, 3}, {1, 1, 1}), value({1, infinite, 3}, {1, 1, 1})) ==
          "the loss of head 'age' (toy_loss) is inf for 1 of 3 samples in epoch 2, step 5: b\n"
          "  try a smaller learning rate or a warm-up; if it stays with these samples, look at them. The "
          "checkpoints are as "
          "they were");
    CHECK(watched(value({NAN, NAN, NAN}, {1, 1, 1}), value({1, 2, 3}, {1, 1, 1}))
              .find("nan for 3 of 3 samples in epoch 2, step 5: a, b, c") != std::string::npos);
    CHECK(watched(value({3e38F, 3e38F, 1}, {1, 1, 1}), value({1, 2, 3}, {1, 1, 1}))
              .find("too large to add up for 3 of 3") != std::string::npos);
}

TEST_CASE("a phase that trains nothing the loss depends on is refused") {
    const auto model = toy_model();
    for (const model::NamedTensor& tensor : model->tensors()) {
        at::Tensor frozen = tensor.tensor;
        frozen.set_requires_grad(false);
    }
    CHECK(failure_text([&] {
              train::forward_backward(*model, toy_step({.count = 4}, 4), 0, cpu);
          }).starts_with("nothing that this phase trains reaches a loss"));
}

}  // namespace graft::test
