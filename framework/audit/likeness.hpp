// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Duplicates and near-duplicates among pictures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace graft::audit {

inline constexpr std::size_t print_side = 32;

/// 64 bits that stay nearly the same when a picture is resized, compressed again or made brighter: the signs,
/// beside their median, of its 8 x 8 lowest frequencies (cosine transform) in both directions. `grey`: the
/// picture at 32 x 32, row after row.
std::uint64_t print_of(std::span<const double> grey);

/// How many bits differ: of unrelated pictures about 32.
int bits_apart(std::uint64_t one, std::uint64_t other);

/// Two samples, and how alike the network finds them.
struct Pair {
    std::size_t first = 0;
    std::size_t second = 0;
    double cosine = 0;
    bool exact = false;  ///< the same bytes
};

/// Samples that hang together by pairs.
struct Group {
    std::vector<std::size_t> samples;  ///< two at least, ascending
    bool exact = true;                 ///< all are the same bytes
    double cosine = 1;                 ///< of the pair that is least alike
};

/// Groups by their first samples.
std::vector<Group> groups_of(const std::vector<Pair>& pairs);

/// Pairs that link all samples of the same bytes, whose hash is equal.
std::vector<Pair> exact_pairs(const std::vector<std::uint64_t>& contents);

}  // namespace graft::audit
