// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <vector>

#include "audit/robust.hpp"

namespace graft::audit {
namespace {

std::vector<double> normal_numbers(std::size_t count, double deviation) {
    std::mt19937 random(5);
    std::normal_distribution<double> normal(0, deviation);
    std::vector<double> numbers(count);
    for (double& number : numbers) {
        number = normal(random);
    }
    return numbers;
}

}  // namespace

// Proves: the spread is that of the many, whatever a few are; what lies far is named, farthest first.
TEST_CASE("spread: a few wild numbers change nothing") {
    CHECK(median({}) == 0);
    CHECK(median({3, 1, 2}) == 2);
    CHECK(median({4, 1, 2, 3}) == 2.5);
    std::vector<double> numbers = normal_numbers(2000, 2);
    numbers[7] = 500;
    numbers[9] = -60;
    const Spread spread = spread_of(numbers);
    CHECK(spread.middle == doctest::Approx(0).scale(1).epsilon(0.15));
    CHECK(spread.deviation == doctest::Approx(2).epsilon(0.05));
    const auto far = distant(numbers, 6);
    REQUIRE(far.size() == 2);
    CHECK(far[0].sample == 7);
    CHECK(far[1].sample == 9);
    CHECK(far[1].distance < -20);
    CHECK(distant(numbers, 6, true).size() == 1);
    CHECK(distant({1, 1, 1, 1, 5}, 3).empty());  // nothing spreads, so nothing is far
}

// Proves: normal noise has no two clusters; a shift of a part of the numbers, small or large, is found with
// its size, its sign beside the others, and its members.
TEST_CASE("two clusters: noise is one, a shifted part is two") {
    const std::vector<double> noise = normal_numbers(600, 1);
    REQUIRE(two_clusters(noise));
    CHECK(two_clusters(noise)->sharpness < 4);
    CHECK_FALSE(two_clusters({1, 1, 1, 1, 1}));
    CHECK_FALSE(two_clusters({1, 2, 3}));
    for (const std::size_t shifted : {20U, 200U, 580U}) {
        std::vector<double> numbers = noise;
        for (std::size_t place = 0; place < shifted; ++place) {
            numbers[place] += 15;
        }
        const auto clusters = two_clusters(numbers);
        REQUIRE(clusters);
        CAPTURE(shifted);
        CHECK(clusters->sharpness > 10);
        CHECK(clusters->smaller.size() == (shifted == 580 ? 20 : shifted));
        CHECK(clusters->gap == doctest::Approx(shifted == 580 ? -15 : 15).epsilon(0.08));
    }
}

}  // namespace graft::audit
