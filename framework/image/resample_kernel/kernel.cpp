// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/resample_kernel/kernel.hpp"

// Compiled with -DGRAFT_KERNEL=kernel_avx2 and the like.
namespace graft::image::resampling {
namespace {

/// So many bytes stay in registers while the rows are added.
constexpr int bytes_at_once = 32;

void sum_bytes(const std::uint8_t* bytes, std::ptrdiff_t step, const float* weights, int count, float* sums) {
    float some[bytes_at_once];
    for (float& sum : some) {
        sum = 0.5F;
    }
    for (int row = 0; row < count; ++row, bytes += step) {
        for (int byte = 0; byte < bytes_at_once; ++byte) {
            some[byte] += weights[row] * static_cast<float>(bytes[byte]);
        }
    }
    for (int byte = 0; byte < bytes_at_once; ++byte) {
        sums[byte] = some[byte];
    }
}

void sum_rows(const std::uint8_t* first_row, std::ptrdiff_t step, int begin, int end, const float* weights,
              int count, float* sums) {
    int byte = begin;
    for (; byte + bytes_at_once <= end; byte += bytes_at_once) {
        sum_bytes(first_row + byte, step, weights, count, sums + byte);
    }
    for (; byte < end; ++byte) {
        sums[byte] = 0.5F;
        for (int row = 0; row < count; ++row) {
            sums[byte] += weights[row] * static_cast<float>(first_row[row * step + byte]);
        }
    }
}

/// A pixel and the value behind it: one register, of which three numbers count.
using Pixel = float __attribute__((vector_size(16)));
using Unaligned = float __attribute__((vector_size(16), aligned(alignof(float)), may_alias));
using Whole = std::int32_t __attribute__((vector_size(16)));

void sum_columns(const float* sums, const Taps* taps, int count, const float* weights,
                 const std::uint8_t* fill, std::uint8_t* target) {
    for (int index = 0; index < count; ++index, target += channels) {
        if (taps[index].count == 0) {
            for (int channel = 0; channel < channels; ++channel) {
                target[channel] = fill[channel];
            }
            continue;
        }
        const float* source = sums + static_cast<std::ptrdiff_t>(taps[index].first) * channels;
        const float* weight = weights + taps[index].weights;
        Pixel sum{};
        for (int tap = 0; tap < taps[index].count; ++tap, source += channels) {
            sum += weight[tap] * *reinterpret_cast<const Unaligned*>(source);
        }
        // A cubic filter overshoots at edges.
        sum = sum < 0.0F ? Pixel{} : sum;
        sum = sum > 255.0F ? Pixel{} + 255.0F : sum;
        const Whole bytes = __builtin_convertvector(sum, Whole);
        for (int channel = 0; channel < channels; ++channel) {
            target[channel] = static_cast<std::uint8_t>(bytes[channel]);
        }
    }
}

}  // namespace

const Kernel GRAFT_KERNEL = {sum_rows, sum_columns};

}  // namespace graft::image::resampling
