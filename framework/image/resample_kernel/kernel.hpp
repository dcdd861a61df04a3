// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

/// The inner loops of resample.hpp, compiled once for each set of instructions; so this header and kernel.cpp
/// include types alone: a function of a shared header, compiled for AVX2, might be the one that the linker
/// keeps for all. All sets give the same bits: products are rounded before they are added.
namespace graft::image::resampling {

constexpr int channels = 3;

/// The source pixels that make one target pixel; count 0: outside the picture.
struct Taps {
    int first = 0;
    int count = 0;
    std::size_t weights = 0;  ///< where they begin among the weights of the axis
};

/// No state; any thread.
struct Kernel {
    /// Weighted sums of `count` rows of bytes that are `step` apart, for bytes `begin` to `end`; a half is
    /// added, which rounds when the sum is cut to a byte.
    void (*sum_rows)(const std::uint8_t* first_row, std::ptrdiff_t step, int begin, int end,
                     const float* weights, int count, float* sums);

    /// `count` target pixels from such sums, which one float must follow; `fill` where there are no taps.
    void (*sum_columns)(const float* sums, const Taps* taps, int count, const float* weights,
                        const std::uint8_t* fill, std::uint8_t* target);
};

extern const Kernel kernel_plain;  ///< of every CPU
extern const Kernel kernel_avx2;

}  // namespace graft::image::resampling
