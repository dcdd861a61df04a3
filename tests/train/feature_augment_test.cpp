// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Random changes of what frozen stages give.
#include "train/feature_augment.hpp"

#include <cmath>

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "model/freeze.hpp"
#include "toys.hpp"
#include "train/step.hpp"

namespace graft::test {
namespace {

using train::Mixture;

data::StoredFeatures features_of(std::int64_t samples) {
    data::StoredFeatures features;
    features.taps[{0, true}] = at::randn({samples, 5}) * at::tensor({1.0F, 2.0F, 4.0F, 8.0F, 0.0F}) + 3;
    features.cut = {1, at::randn({samples, 3, 4, 4})};
    return features;
}

/// The gradients of the toy model's head after a pass over the same eight pictures.
at::Tensor gradients(const std::vector<pipeline::Augment>& augment, std::int64_t batch) {
    const auto model = toy_model();
    core::Problems problems;
    const model::Freezing freezing = model::plan_freeze(*model, toy_phase(1, {"backbone"}), problems);
    model::apply_freeze(*model, freezing);
    at::manual_seed(3);
    train::forward_backward(*model, toy_step({.count = 8, .unknown = {2}}, batch), freezing.frozen_stages,
                            cpu, augment);
    return model->heads().front().head.module().parameters().front().grad().clone();
}

}  // namespace

// Proves: the deviation of the noise is that share of the channel's own, so a channel that never changes gets
// none. 4,000 samples: the measured deviation is within 5 % of it.
TEST_CASE("noise is a share of each channel's own deviation") {
    at::manual_seed(1);
    data::StoredFeatures features = features_of(4000);
    const data::StoredFeatures before = features;
    CHECK_FALSE(train::change_features({{"noise", {0.25}, {}}}, features).has_value());
    const at::Tensor noise = features.taps.at({0, true}) - before.taps.at({0, true});
    for (const auto& [channel, deviation] : {std::pair{0, 0.25}, {1, 0.5}, {2, 1.0}, {3, 2.0}}) {
        CHECK(noise.select(1, channel).std().item<double>() == doctest::Approx(deviation).epsilon(0.05));
        CHECK(std::abs(noise.select(1, channel).mean().item<double>()) < 0.1 * deviation);
    }
    CHECK(noise.select(1, 4).abs().max().item<double>() == 0);
    const at::Tensor of_cut = features.cut.feature - before.cut.feature;
    CHECK(of_cut.std().item<double>() == doctest::Approx(0.25).epsilon(0.05));
}

TEST_CASE("mixup mixes every feature of a sample with those of its partner, by one share") {
    at::manual_seed(2);
    data::StoredFeatures features = features_of(6);
    const data::StoredFeatures before = features;
    const auto mixture = train::change_features({{"mixup", {0.4}, {}}}, features);
    REQUIRE(mixture.has_value());
    CHECK(mixture->share > 0);
    CHECK(mixture->share < 1);
    CHECK(at::equal(std::get<0>(mixture->partner.sort()), at::arange(6)));
    const auto expected = [&](const at::Tensor& feature) {
        return feature * mixture->share + feature.index_select(0, mixture->partner) * (1 - mixture->share);
    };
    CHECK(at::allclose(features.taps.at({0, true}), expected(before.taps.at({0, true})), 1e-5, 1e-6));
    CHECK(at::allclose(features.cut.feature, expected(before.cut.feature), 1e-5, 1e-6));
}

// Beta(a, a) has the mean 1/2 and the variance 1 / (4 (2a + 1)).
TEST_CASE("the shares of mixup are drawn from a Beta distribution") {
    at::manual_seed(3);
    constexpr double alpha = 0.4;
    constexpr int draws = 4000;
    at::Tensor shares = at::empty({draws}, at::kDouble);
    for (int draw = 0; draw < draws; ++draw) {
        data::StoredFeatures features;
        features.cut = {1, at::ones({1, 1})};
        shares[draw] = train::change_features({{"mixup", {alpha}, {}}}, features)->share;
    }
    CHECK(shares.mean().item<double>() == doctest::Approx(0.5).epsilon(0.05));
    CHECK(shares.var().item<double>() == doctest::Approx(1 / (4 * (2 * alpha + 1))).epsilon(0.05));
}

// Proves: the loss of a mixed batch is share * loss(output, own) + (1 - share) * loss(output, partner's),
// whose weights (a class may count twice, a target may be missing) sum up to what they did.
TEST_CASE("losses are mixed as their samples are") {
    const auto model = toy_model({.class_weights = {1, 3}});
    const auto step = toy_step({.count = 6, .unknown = {4}}, 6);
    const data::Batch& batch = *step.parts.front();
    const train::Outputs outputs = model->outputs(model->read(batch, cpu));
    const auto targets = train::encode_targets(*model, batch, cpu);
    const Mixture mixture{0.3, at::tensor({3, 4, 5, 0, 1, 2}, at::kLong)};
    const auto own = train::compute_losses(*model, outputs, targets).front();
    const auto both = train::compute_losses(*model, outputs, targets, mixture).front();
    const at::Tensor logits = outputs[0][0].log_softmax(1);
    double sum = 0;
    double weights = 0;
    for (std::int64_t sample = 0; sample < 6; ++sample) {
        for (const auto& [whose, share] :
             {std::pair{sample, 0.3}, {mixture.partner[sample].item<std::int64_t>(), 0.7}}) {
            const double weight = whose == 4 ? 0 : whose % 2 == 0 ? 1 : 3;
            sum -= share * weight * logits[sample][whose % 2].item<double>();
            weights += share * weight;
        }
    }
    CHECK((both.loss * both.weight).sum().item<double>() == doctest::Approx(sum).epsilon(1e-5));
    CHECK(both.weight.sum().item<double>() == doctest::Approx(weights).epsilon(1e-5));
    CHECK(own.weight.sum().item<double>() == doctest::Approx(weights).epsilon(1e-5));
    CHECK(train::compute_losses(*model, outputs, targets, std::nullopt).front().loss.equal(own.loss));
}

// Proves: where nothing is kept the features are worked out and changed all the same; the draws follow from
// the seed alone; accumulated parts know each other's weights.
TEST_CASE("a step changes features whether they were kept or not") {
    const std::vector<pipeline::Augment> both{{"noise", {0.1}, {}}, {"mixup", {0.5}, {}}};
    CHECK(at::equal(gradients(both, 8), gradients(both, 8)));
    CHECK_FALSE(at::equal(gradients(both, 8), gradients({}, 8)));
    CHECK(gradients(both, 4).isfinite().all().item<bool>());
}

// Proves: a run that is broken off and goes on draws what one in peace draws.
TEST_CASE("a run with changed features goes on as if nothing had happened") {
    const auto prepare = [](ToyRun& run) {
        run.pipeline = toy_pipeline(3);
        run.pipeline.train.phases = {toy_phase(3, {"backbone"})};
        run.pipeline.features.augment = {{"noise", {0.1}, {}}, {"mixup", {0.5}, {}}};
    };
    ToyRun whole;
    prepare(whole);
    whole.go();
    ToyRun broken;
    prepare(broken);
    broken.stop_at = 6;
    CHECK(broken.go().interrupted);
    broken.stop_at = 0;
    broken.go((broken.folder.path() / "checkpoints/last").string());
    CHECK(broken.weights() == whole.weights());
    ToyRun plain;
    prepare(plain);
    plain.pipeline.features.augment.clear();
    plain.go();
    CHECK(plain.weights() != whole.weights());
}

}  // namespace graft::test
