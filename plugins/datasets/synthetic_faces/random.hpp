// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string_view>

namespace graft::faces {

/// Draws that depend on the key and their number alone: SplitMix64 (Steele, Lea, Flood 2014).
class Random {
public:
    Random(std::uint64_t seed, std::string_view name, std::uint64_t index) : state_(mix(seed)) {
        for (const char letter : name) {
            state_ = mix(state_ ^ static_cast<std::uint8_t>(letter));
        }
        state_ = mix(state_ + index * golden);
    }

    std::uint64_t bits() { return mix(state_ += golden); }

    /// In [low, high).
    float uniform(float low = 0, float high = 1) {
        return low + (high - low) * static_cast<float>(bits() >> 40) * 0x1.0p-24F;
    }
    bool chance(float probability) { return uniform() < probability; }
    int below(int bound) {
        return static_cast<int>((bits() >> 32) * static_cast<std::uint64_t>(bound) >> 32);
    }

private:
    static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15ULL;
    static constexpr std::uint64_t mix(std::uint64_t value) {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
        value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
        return value ^ (value >> 31);
    }

    std::uint64_t state_;
};

}  // namespace graft::faces
