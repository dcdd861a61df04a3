// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

/// The inner loops of a 3 x 3 convolution with stride 1 and a border of one zero, by Winograd's minimal
/// filtering F(4 x 4, 3 x 3): Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016.
/// A map is cut into tiles of 4 x 4 results; 36 numbers stand for a tile and a channel, and at each of these
/// 36 positions the convolution is a product of two matrices: a quarter of the multiplications.
///
/// This header and kernel.cpp are compiled once for each set of instructions, so they include types alone: a
/// function of a shared header, compiled for AVX-512, might be the one that the linker keeps for all.
namespace graft::model::winograd {

constexpr std::int64_t tile_side = 4;  ///< results of a tile in each direction
constexpr std::int64_t positions = 36;

/// Where the transforms of 6 values are polynomials' values: at 0, at these two, at their negatives, and at
/// infinity. With 1 and 2, as in the paper, float32 loses twice as much on average and five times at most
/// (tools/goldens/winograd_points.py).
constexpr double inner_point = 0.625;
constexpr double outer_point = 1.5;

/// Maps in channels_last order: picture, row, column, channel.
struct Geometry {
    std::int64_t height;
    std::int64_t width;
    std::int64_t inputs;   ///< channels that are read, a multiple of 16
    std::int64_t outputs;  ///< channels that are made, a multiple of 32
    [[gnu::always_inline]] constexpr std::int64_t tiles_across() const {
        return (width + tile_side - 1) / tile_side;
    }
    [[gnu::always_inline]] constexpr std::int64_t tiles_of_picture() const {
        return tiles_across() * ((height + tile_side - 1) / tile_side);
    }
};

/// Tiles `begin` to `end` of all pictures' tiles in their order, of a group that starts at `first` and holds
/// `count`.
struct Tiles {
    std::int64_t begin;
    std::int64_t end;
    std::int64_t first;
    std::int64_t count;
};

/// What is done to each result.
struct Ending {
    const float* bias;     ///< one a channel
    const float* summand;  ///< null: none; maps of the results' shape, may be the results' own memory
    bool has_relu;
};

/// The loops for one set of instructions. Each result is summed in the order of its channels, whatever the
/// set and whatever is computed beside it, so that all give the same bits. No state; any thread.
struct Kernel {
    /// Columns of a panel: a matrix of weights is kept as panels of so many columns, each row after row.
    std::int64_t panel_width;

    /// For rows `begin` to `end` of all panels: `panels` holds position, panel, row, column. `weights`:
    /// panel, row (an input), place (3 x 3), column (an output).
    void (*transform_weights)(const Geometry&, std::int64_t begin, std::int64_t end, const float* weights,
                              float* panels);

    /// `values`: position, tile of the group, channel. `zeros`: as many as there are channels.
    void (*transform_inputs)(const Geometry&, const Tiles&, const float* maps, const float* zeros,
                             float* values);

    /// One panel of the products of a position: `rows` x `inputs` by `inputs` x panel_width. `products`: of
    /// the panel's first column; rows are `outputs` apart.
    void (*multiply)(const Geometry&, const float* values, std::int64_t rows, const float* panel,
                     float* products);

    /// `products`: position, tile of the group, channel.
    void (*transform_products)(const Geometry&, const Tiles&, const float* products, const Ending&,
                               float* maps);
};

extern const Kernel kernel_avx2;
extern const Kernel kernel_avx512;

}  // namespace graft::model::winograd
