// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/random.hpp"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "core/hash.hpp"

namespace graft::core {
namespace {

std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31);
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::uint64_t epoch, std::string_view name, std::uint64_t view)
    : key_(hash64(name, mix(mix(seed) + epoch) ^ mix(view + 0x9e3779b97f4a7c15ULL))) {}

std::uint64_t RandomStream::bits() {
    return mix(key_ + 0x9e3779b97f4a7c15ULL * ++counter_);
}

double RandomStream::uniform(double low, double high) {
    return low + (high - low) * (static_cast<double>(bits() >> 11) * 0x1.0p-53);
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
    const std::uint64_t rejected = (0 - bound) % bound;  // 2^64 mod bound
    std::uint64_t drawn = bits();
    while (drawn < rejected) {
        drawn = bits();
    }
    return drawn % bound;
}

double RandomStream::normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));  // Box and Muller 1958
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::vector<std::int64_t> permutation(std::int64_t size, std::uint64_t seed, std::uint64_t epoch,
                                      std::string_view name) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(size));
    std::iota(order.begin(), order.end(), 0);
    RandomStream random(seed, epoch, name);
    for (std::size_t left = order.size(); left > 1; --left) {
        std::swap(order[left - 1], order[random.below(left)]);
    }
    return order;
}

}  // namespace graft::core
