// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The forward in two halves: features up to the taps, heads from the taps.
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include "model/fixture.hpp"
#include "model/save.hpp"

namespace graft::model::test {
namespace {

bool same(const Outputs& left, const Outputs& right) {
    bool equal = left.size() == right.size();
    for (std::size_t head = 0; equal && head < left.size(); ++head) {
        for (std::size_t output = 0; output < left[head].size(); ++output) {
            equal = equal && left[head][output].equal(right[head][output]);
        }
    }
    return equal;
}

// Proves: each place that is read stands once among the taps, pooled and as it is apart.
TEST_CASE("the taps of a model") {
    const Model model = sound(two_readers, {animals()});
    const std::vector<Tap> taps = model.taps();
    REQUIRE(taps.size() == 3);
    CHECK(taps[0] == Tap{1, false});
    CHECK(taps[1] == Tap{1, true});
    CHECK(taps[2] == Tap{2, false});
}

// Proves: heads cannot tell whether features were computed now, or kept up to a cut and computed from there.
TEST_CASE("features from a cut, and what was stored before it") {
    const at::NoGradGuard no_gradients;
    const Model model = sound(two_readers, {animals()});
    at::manual_seed(1);
    data::Batch batch;
    batch.images = at::randint(0, 256, {3, 64, 64, 3}, at::kByte);
    const at::Tensor input = model.normalized(batch.images, at::kCPU);
    const Outputs whole = model.forward(input);
    const Taps all = model.features({0, input});
    CHECK(same(model.outputs(all), whole));
    CHECK(same(model.outputs(model.read(batch, at::kCPU)), whole));

    data::StoredFeatures stored;
    stored.cut = {2, all.at({1, false})};  // what comes out of stem and layer1
    for (const Tap& tap : {Tap{1, false}, Tap{1, true}}) {
        stored.taps[tap] = all.at(tap);
    }
    CHECK(model.features(stored.cut).size() == 1);
    data::Batch kept;
    kept.stored = stored;
    CHECK(same(model.outputs(model.read(kept, at::kCPU)), whole));
}

// Proves: a head with one vector to read may have the pooled features of several stages side by side, in the
// order that it names; a saved model has them so too.
TEST_CASE("several stages joined for one head") {
    const at::NoGradGuard no_gradients;
    const Model model = sound(R"(
backbone: {use: resnet18, until: layer2}
heads: {flat: {use: classification, from: [layer2, stem]}}
data: {image: {size: 64}}
)",
                              {animals()});
    const bool both = model.taps() == std::vector<Tap>{{0, true}, {2, true}};
    REQUIRE(both);
    at::manual_seed(1);
    const at::Tensor images = at::randint(0, 256, {2, 64, 64, 3}, at::kByte);
    const Taps taps = model.features({0, model.normalized(images, at::kCPU)});
    const at::Tensor joined = at::cat({taps.at({2, true}), taps.at({0, true})}, 1);
    REQUIRE(joined.sizes() == at::IntArrayRef({2, 128 + 64}));
    const auto parameters = model.heads()[0].head.module().named_parameters();
    const at::Tensor expected = at::addmm(parameters["0.bias"], joined, parameters["0.weight"].t());
    CHECK(model.outputs(taps)[0][0].allclose(expected, 1e-5, 1e-6));
    const tests::TemporaryFolder folder;
    save_model(model, folder.path().string());
    const Model loaded = load_model(folder.path().string(), registry());
    CHECK(loaded.outputs(taps)[0][0].equal(model.outputs(taps)[0][0]));
}

}  // namespace
}  // namespace graft::model::test
