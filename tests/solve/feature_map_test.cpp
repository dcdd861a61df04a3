// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Maps of features against scikit-learn's: numbers by tools/goldens/feature_map.py.
#include "solve/feature_map.hpp"
#include "core/json_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>

#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include "core/files.hpp"

namespace {

using namespace graft::solve;

/// splitmix64, in [-1, 1).
double mixed(std::int64_t place) {
    std::uint64_t value = static_cast<std::uint64_t>(place) + 0x9E3779B97F4A7C15;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
    value = value ^ (value >> 31);
    return static_cast<double>(value >> 11) * 0x1p-53 * 2 - 1;
}

/// The features of the script.
at::Tensor features_of(const graft::core::Json& entry) {
    const std::int64_t samples = entry["samples"];
    const std::int64_t numbers = entry["numbers"];
    const std::int64_t clusters = entry["clusters"];
    at::Tensor features = at::empty({samples, numbers});
    auto* to = features.mutable_data_ptr<float>();
    for (std::int64_t sample = 0; sample < samples; ++sample) {
        for (std::int64_t number = 0; number < numbers; ++number) {
            const std::int64_t place = 3 * (sample * numbers + number) + 1'000'000;
            const double noise = mixed(place) + mixed(place + 1) + mixed(place + 2);
            *to++ = static_cast<float>(1.5 * mixed(7919 * (sample % clusters) + number) + noise);
        }
    }
    return features;
}

graft::core::Json cases() {
    return graft::core::parse_json(graft::core::read_file(std::filesystem::path(GRAFT_TEST_SOURCE) /
                                                          "tests/solve/feature_map.json"))["cases"];
}

}  // namespace

// Proves: directions, their shares of the variance and trustworthiness are scikit-learn's, with more samples
// than numbers and with fewer.
TEST_CASE("principal components and trustworthiness are scikit-learn's") {
    for (const auto& entry : cases()) {
        CAPTURE(entry["samples"].get<int>());
        const at::Tensor features = features_of(entry);
        CHECK(features.sum(at::kDouble).item<double>() ==
              doctest::Approx(entry["sum"].get<double>()).epsilon(1e-6));
        const Principal found = principal_components(features);
        for (std::size_t direction = 0; direction < 2; ++direction) {
            CHECK(found.shares[direction] ==
                  doctest::Approx(entry["pca_shares"][direction].get<double>()).epsilon(1e-4));
            for (std::size_t sample = 0; sample < 3; ++sample) {
                const double place =
                    found.places[static_cast<std::int64_t>(sample)][static_cast<std::int64_t>(direction)]
                        .item<double>();
                CHECK(std::abs(place) ==
                      doctest::Approx(entry["pca_sizes"][sample][direction].get<double>()).epsilon(1e-3));
            }
        }
        CHECK(trustworthiness(squared_distances(features), found.places) ==
              doctest::Approx(entry["pca_trustworthiness"].get<double>()).epsilon(1e-4));
    }
}

// Proves: the map can be trusted as far as scikit-learn's of the same features, its two methods both; twice
// made, it is the same.
TEST_CASE("t-SNE is as good as scikit-learn's") {
    for (const auto& entry : cases()) {
        CAPTURE(entry["samples"].get<int>());
        const at::Tensor features = features_of(entry);
        const at::Tensor distances = squared_distances(features);
        const at::Tensor start = principal_components(features).places;
        const at::Tensor map = tsne(distances, start);
        const double found = trustworthiness(distances, map);
        for (const auto& wanted : entry["tsne_trustworthiness"]) {
            CAPTURE(found);
            CHECK(std::abs(found - wanted.get<double>()) < 0.02);
        }
        CHECK(tsne(distances, start).equal(map));
    }
}

// Proves: by hand. Samples on a line have the nearest beside them, and on a map that turns the line around
// every neighbour is one; a map that mixes them is trusted less. Equal samples do no harm.
TEST_CASE("neighbours of samples on a line") {
    const at::Tensor line = at::tensor({0.0F, 1.0F, 3.0F, 6.0F, 10.0F, 15.0F, 21.0F}).unsqueeze(1);
    const at::Tensor distances = squared_distances(line);
    const at::Tensor nearest = nearest_others(distances, 2);
    CHECK(nearest[0].equal(at::tensor({1, 2}, at::kLong)));
    CHECK(nearest[6].equal(at::tensor({5, 4}, at::kLong)));
    const at::Tensor turned = at::cat({-line, at::zeros_like(line)}, 1).to(at::kDouble);
    CHECK(trustworthiness(distances, turned, 2) == doctest::Approx(1));
    const at::Tensor mixed_up = turned.index_select(0, at::tensor({3, 0, 6, 1, 5, 2, 4}, at::kLong));
    CHECK(trustworthiness(distances, mixed_up, 2) < 0.8);
    const at::Tensor equal = at::ones({12, 3});
    const at::Tensor map = tsne(squared_distances(equal), principal_components(equal).places);
    CHECK(map.isfinite().all().item<bool>());
}
