// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "audit/likeness.hpp"

namespace graft::audit {
namespace {

/// Soft blots at random places.
std::vector<double> picture(unsigned int seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> unit(0, 1);
    std::vector<double> grey(print_side * print_side, 100);
    for (int blot = 0; blot < 12; ++blot) {
        const double x = 32 * unit(random);
        const double y = 32 * unit(random);
        const double size = 2 + 5 * unit(random);
        const double strength = 200 * (unit(random) - 0.5);
        for (std::size_t row = 0; row < print_side; ++row) {
            for (std::size_t column = 0; column < print_side; ++column) {
                const double distance =
                    std::hypot(static_cast<double>(column) - x, static_cast<double>(row) - y);
                grey[row * print_side + column] +=
                    strength * std::exp(-distance * distance / (2 * size * size));
            }
        }
    }
    return grey;
}

}  // namespace

// Proves: brighter, with less contrast and with a little noise a picture keeps its print; another one has
// another.
TEST_CASE("print: the same picture again, and others") {
    std::mt19937 random(1);
    std::normal_distribution<double> noise(0, 0.3);
    int least = 64;
    for (unsigned int seed = 0; seed < 20; ++seed) {
        const std::vector<double> grey = picture(seed);
        std::vector<double> again = grey;
        std::transform(again.begin(), again.end(), again.begin(),
                       [&](double number) { return 0.8 * number + 30 + noise(random); });
        CHECK(bits_apart(print_of(grey), print_of(again)) <= 8);
        least = std::min(least, bits_apart(print_of(grey), print_of(picture(seed + 100))));
    }
    CHECK(least > 14);
}

// Proves: pairs that share samples are one group, exact where all of them are; equal contents are linked.
TEST_CASE("groups of pairs") {
    const auto groups = groups_of({{4, 7, 1, true}, {2, 9, 0.95, false}, {7, 8, 0.97, false}});
    REQUIRE(groups.size() == 2);
    CHECK(groups[0].samples == std::vector<std::size_t>{2, 9});
    CHECK(groups[1].samples == std::vector<std::size_t>{4, 7, 8});
    CHECK_FALSE(groups[1].exact);
    CHECK(groups[1].cosine == 0.97);
    const auto exact = groups_of(exact_pairs({5, 6, 5, 7, 6, 5}));
    REQUIRE(exact.size() == 2);
    CHECK(exact[0].samples == std::vector<std::size_t>{0, 2, 5});
    CHECK(exact[1].exact);
    CHECK(groups_of({}).empty());
}

}  // namespace graft::audit
