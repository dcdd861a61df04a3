// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "audit/likeness.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <numbers>

#include "audit/robust.hpp"

namespace graft::audit {
namespace {

constexpr std::size_t frequencies = 8;

/// The frequencies 1 to 8 of 32 numbers, a row a frequency.
std::array<std::array<double, print_side>, frequencies> waves() {
    std::array<std::array<double, print_side>, frequencies> rows{};
    for (std::size_t frequency = 0; frequency < frequencies; ++frequency) {
        for (std::size_t place = 0; place < print_side; ++place) {
            rows[frequency][place] =
                std::cos(std::numbers::pi / print_side * (static_cast<double>(place) + 0.5) *
                         static_cast<double>(frequency + 1));
        }
    }
    return rows;
}

/// The sample that stands for the group of a sample.
std::size_t root_of(std::map<std::size_t, std::size_t>& above, std::size_t sample) {
    const auto found = above.emplace(sample, sample).first;
    if (found->second == sample) {
        return sample;
    }
    return found->second = root_of(above, found->second);
}

}  // namespace

std::uint64_t print_of(std::span<const double> grey) {
    static const auto wave = waves();
    std::array<std::array<double, print_side>, frequencies> along_columns{};
    for (std::size_t frequency = 0; frequency < frequencies; ++frequency) {
        for (std::size_t row = 0; row < print_side; ++row) {
            for (std::size_t column = 0; column < print_side; ++column) {
                along_columns[frequency][column] += wave[frequency][row] * grey[row * print_side + column];
            }
        }
    }
    std::vector<double> strengths;
    for (const auto& row : along_columns) {
        for (const auto& other : wave) {
            double sum = 0;
            for (std::size_t column = 0; column < print_side; ++column) {
                sum += row[column] * other[column];
            }
            strengths.push_back(sum);
        }
    }
    const double middle = median(strengths);
    std::uint64_t bits = 0;
    for (const double strength : strengths) {
        bits = (bits << 1U) | (strength > middle ? 1U : 0U);
    }
    return bits;
}

int bits_apart(std::uint64_t one, std::uint64_t other) {
    return std::popcount(one ^ other);
}

std::vector<Group> groups_of(const std::vector<Pair>& pairs) {
    std::map<std::size_t, std::size_t> above;
    for (const Pair& pair : pairs) {
        const std::size_t first = root_of(above, pair.first);
        const std::size_t second = root_of(above, pair.second);
        above[std::max(first, second)] = std::min(first, second);
    }
    std::map<std::size_t, Group> groups;
    for (const auto& [sample, next] : std::map(above)) {
        groups[root_of(above, sample)].samples.push_back(sample);
    }
    for (const Pair& pair : pairs) {
        Group& group = groups[root_of(above, pair.first)];
        group.exact = group.exact && pair.exact;
        group.cosine = std::min(group.cosine, pair.cosine);
    }
    std::vector<Group> all;
    all.reserve(groups.size());
    for (auto& [first, group] : groups) {
        all.push_back(std::move(group));
    }
    return all;
}

std::vector<Pair> exact_pairs(const std::vector<std::uint64_t>& contents) {
    std::map<std::uint64_t, std::size_t> first_of;
    std::vector<Pair> pairs;
    for (std::size_t sample = 0; sample < contents.size(); ++sample) {
        const auto [found, is_new] = first_of.emplace(contents[sample], sample);
        if (!is_new) {
            pairs.push_back({found->second, sample, 1, true});
        }
    }
    return pairs;
}

}  // namespace graft::audit
