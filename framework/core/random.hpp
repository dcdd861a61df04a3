// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace graft::core {

/// A random stream that depends on its key alone, never on a thread or on what was drawn elsewhere:
/// draw n is a function of (key, n). SplitMix64 (Steele, Lea, Flood 2014). One thread per object.
class RandomStream {
public:
    /// The key of a sample's augmentation: (seed, epoch, sample id, view).
    RandomStream(std::uint64_t seed, std::uint64_t epoch, std::string_view name, std::uint64_t view = 0);

    std::uint64_t bits();
    double uniform(double low = 0.0, double high = 1.0);  ///< in [low, high)
    std::uint64_t below(std::uint64_t bound);             ///< in 0..bound-1, without bias
    double normal();                                      ///< mean 0, standard deviation 1

private:
    std::uint64_t key_;
    std::uint64_t counter_ = 0;
};

/// 0..size-1 in the order of (seed, epoch, name): Fisher-Yates.
std::vector<std::int64_t> permutation(std::int64_t size, std::uint64_t seed, std::uint64_t epoch,
                                      std::string_view name);

}  // namespace graft::core
