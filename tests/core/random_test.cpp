// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "core/hash.hpp"
#include "core/random.hpp"

using namespace graft::core;

TEST_SUITE("smoke") {
    TEST_CASE("a stream depends on its key alone") {
        RandomStream first(7, 1, "a.jpg", 0);
        RandomStream again(7, 1, "a.jpg", 0);
        const std::uint64_t drawn = first.bits();
        CHECK(drawn == again.bits());
        CHECK(drawn != first.bits());
        std::set<std::uint64_t> all{drawn};
        all.insert(RandomStream(8, 1, "a.jpg", 0).bits());
        all.insert(RandomStream(7, 2, "a.jpg", 0).bits());
        all.insert(RandomStream(7, 1, "b.jpg", 0).bits());
        all.insert(RandomStream(7, 1, "a.jpg", 1).bits());
        CHECK(all.size() == 5);
    }
}

TEST_CASE("hashes are xxHash's: the value of the empty text is that of its own test vectors") {
    CHECK(hash64("") == 0x2D06800538D394C2ULL);                   // XXH3_64bits, seed 0, length 0
    CHECK(Hasher().hex() == "99aa06d3014798d86001c324468d497f");  // XXH3_128bits, seed 0, length 0
}

TEST_CASE("a hash of parts is the hash of the whole") {
    Hasher parts;
    parts.add("ab");
    parts.add("");
    parts.add("cdef");
    Hasher whole;
    whole.add("abcdef");
    CHECK(parts.hex() == whole.hex());
    Hasher other;
    other.add("abcdeg");
    CHECK(other.hex() != whole.hex());
    CHECK(hash64("a", 1) != hash64("a", 2));
}

TEST_CASE("uniform numbers stay in their range and have its mean and variance") {
    RandomStream random(1, 0, "uniform");
    constexpr int count = 100'000;
    double sum = 0;
    double squares = 0;
    for (int draw = 0; draw < count; ++draw) {
        const double number = random.uniform(-1, 3);
        REQUIRE(number >= -1);
        REQUIRE(number < 3);
        sum += number;
        squares += number * number;
    }
    const double mean = sum / count;
    CHECK(mean == doctest::Approx(1.0).epsilon(0.02));                                 // (-1 + 3) / 2
    CHECK(squares / count - mean * mean == doctest::Approx(16.0 / 12).epsilon(0.02));  // (3 + 1)^2 / 12
}

TEST_CASE("normal numbers have mean 0, deviation 1 and 68 % within it") {
    RandomStream random(1, 0, "normal");
    constexpr int count = 100'000;
    double sum = 0;
    double squares = 0;
    int within = 0;
    for (int draw = 0; draw < count; ++draw) {
        const double number = random.normal();
        REQUIRE(std::isfinite(number));
        sum += number;
        squares += number * number;
        within += std::abs(number) < 1 ? 1 : 0;
    }
    CHECK(std::abs(sum / count) < 0.02);
    CHECK(squares / count == doctest::Approx(1.0).epsilon(0.02));
    CHECK(static_cast<double>(within) / count == doctest::Approx(0.6827).epsilon(0.02));
}

TEST_CASE("below gives every number equally often") {
    RandomStream random(1, 0, "below");
    std::vector<int> hits(6);
    for (int draw = 0; draw < 60'000; ++draw) {
        ++hits.at(random.below(6));
    }
    for (const int hit : hits) {
        CHECK(hit == doctest::Approx(10'000).epsilon(0.05));
    }
    CHECK(random.below(1) == 0);
}

TEST_CASE("a permutation holds everything once and changes with the epoch") {
    std::vector<std::int64_t> order = permutation(1000, 7, 0, "train");
    CHECK(order == permutation(1000, 7, 0, "train"));
    CHECK(order != permutation(1000, 7, 1, "train"));
    CHECK_FALSE(std::is_sorted(order.begin(), order.end()));
    std::sort(order.begin(), order.end());
    std::vector<std::int64_t> all(1000);
    std::iota(all.begin(), all.end(), 0);
    CHECK(order == all);
    CHECK(permutation(0, 7, 0, "").empty());
    CHECK(permutation(1, 7, 0, "") == std::vector<std::int64_t>{0});
}
