// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What is said of samples by what had not seen them: out of fold, by their neighbours, by a row's other
// columns.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include <ATen/ATen.h>

#include "solve/neighbours.hpp"
#include "solve/out_of_fold.hpp"
#include "solve/untold.hpp"

namespace graft::solve {
namespace {

std::vector<std::string> names_of(std::int64_t count) {
    std::vector<std::string> names;
    for (std::int64_t index = 0; index < count; ++index) {
        names.push_back("sample " + std::to_string(index));
    }
    return names;
}

}  // namespace

// Proves: labels that have nothing to do with the features are learnt by heart by any layer that sees them,
// so that judges that had not seen them are right by chance alone; where features tell the label they are
// right, also about samples that never train. The same seed gives the same.
TEST_CASE("out of fold: nobody judges what it has learnt") {
    at::manual_seed(1);
    constexpr std::int64_t samples = 80;
    const at::Tensor noise = at::randn({samples, 100}, at::kDouble);
    const at::Tensor labels = at::randint(0, 2, {samples}, at::kLong);
    const at::Tensor trains = at::arange(samples) < 60;
    const at::Tensor wanted = at::one_hot(labels, 2).to(at::kDouble);
    const Targets targets = {Term::softmax, wanted, at::ones({samples, 1}, at::kDouble)};
    const std::vector<std::int64_t> strata(labels.const_data_ptr<std::int64_t>(),
                                           labels.const_data_ptr<std::int64_t>() + samples);
    const auto right = [&](const at::Tensor& outputs, const at::Tensor& which) {
        return (outputs.argmax(1) == labels).masked_select(which).to(at::kDouble).mean().item<double>();
    };
    const OutOfFold blind = out_of_fold({noise, targets}, trains, names_of(samples), strata, 5, 7, {1e-4});
    CHECK(right(blind.outputs, trains) < 0.7);
    const at::Tensor telling = noise.narrow(1, 0, 4) + 6 * (labels.to(at::kDouble) - 0.5).unsqueeze(1);
    const OutOfFold told = out_of_fold({telling, targets}, trains, names_of(samples), strata, 5, 7, {1e-4});
    CHECK(right(told.outputs, trains) == 1);
    CHECK(right(told.outputs, trains.logical_not()) == 1);
    const OutOfFold again = out_of_fold({telling, targets}, trains, names_of(samples), strata, 5, 7, {1e-4});
    CHECK(again.outputs.equal(told.outputs));
}

// Proves: neighbours are those of the largest cosine about the mean, without the sample itself, also where
// there are fewer than asked for.
TEST_CASE("neighbours: the most alike first") {
    const at::Tensor features =
        at::tensor({10.0, 0.0, 9.0, 1.0, -10.0, 0.0, 0.0, 10.0, -9.0, -11.0}, at::kDouble).reshape({5, 2});
    const Neighbours near = nearest(features, 2);
    CHECK(near.samples[0][0].item<std::int64_t>() == 1);
    CHECK(near.samples[1][0].item<std::int64_t>() == 0);
    CHECK(near.cosines[0][0].item<double>() ==
          doctest::Approx((10.0 * 9) / (10 * std::sqrt(82.0))).epsilon(1e-9));
    CHECK(nearest(features, 50).samples.sizes() == at::IntArrayRef({5, 4}));
    CHECK(nearest(features.narrow(0, 0, 1), 3).cosines.sizes() == at::IntArrayRef({1, 0}));
}

// Proves: without a penalty to speak of, what the others do not tell is the residual of least squares on
// them.
TEST_CASE("untold by others: the residuals of least squares") {
    at::manual_seed(2);
    at::Tensor table = at::randn({50, 4}, at::kDouble);
    table.select(1, 2).copy_(2 * table.select(1, 0) - table.select(1, 1) + 0.1 * table.select(1, 2) + 3);
    const at::Tensor untold = untold_by_others(table, at::ones({50}, at::kBool), 1e-12);
    for (std::int64_t column = 0; column < 4; ++column) {
        at::Tensor others = table.clone();
        others.select(1, column).fill_(1);  // the intercept
        const at::Tensor wanted = table.select(1, column).unsqueeze(1);
        const at::Tensor weights = std::get<0>(at::linalg_lstsq(others, wanted));
        const at::Tensor residual = (wanted - others.mm(weights)).squeeze(1);
        CHECK((untold.select(1, column) - residual).abs().max().item<double>() < 1e-7);
    }
}

}  // namespace graft::solve
