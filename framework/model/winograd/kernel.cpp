// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/winograd/kernel.hpp"

// Compiled with -DGRAFT_KERNEL=kernel_avx2 -DGRAFT_LANES=8 -DGRAFT_ROWS=6 and the like: floats of a register,
// and as many rows of a product at a time as leave a register for each of its columns.
namespace graft::model::winograd {
namespace {

constexpr int lanes = GRAFT_LANES;
constexpr int rows_at_once = GRAFT_ROWS;
constexpr int columns = 2;  // registers

using Vector = float __attribute__((vector_size(lanes * sizeof(float))));
using Unaligned =
    float __attribute__((vector_size(lanes * sizeof(float)), aligned(alignof(float)), may_alias));

Vector load(const float* source) {
    return *reinterpret_cast<const Unaligned*>(source);
}

void store(float* target, Vector values) {
    *reinterpret_cast<Unaligned*>(target) = values;
}

constexpr float a = inner_point;
constexpr float b = outer_point;

/// One dimension of a tile's inputs: B transposed times `from`.
void transform(const Vector (&from)[6], Vector (&to)[6]) {
    const Vector even_a = from[4] - b * b * from[2];
    const Vector odd_a = a * (from[3] - b * b * from[1]);
    const Vector even_b = from[4] - a * a * from[2];
    const Vector odd_b = b * (from[3] - a * a * from[1]);
    to[0] = a * a * b * b * from[0] - (a * a + b * b) * from[2] + from[4];
    to[1] = even_a + odd_a;
    to[2] = even_a - odd_a;
    to[3] = even_b + odd_b;
    to[4] = even_b - odd_b;
    to[5] = a * a * b * b * from[1] - (a * a + b * b) * from[3] + from[5];
}

/// One dimension of weights: G times `from`.
void transform_weight(const Vector (&from)[3], Vector (&to)[6]) {
    constexpr float of_a = 2 * a * a * (a * a - b * b);
    constexpr float of_b = 2 * b * b * (b * b - a * a);
    const Vector even_a = (1 / of_a) * (from[0] + a * a * from[2]);
    const Vector odd_a = (a / of_a) * from[1];
    const Vector even_b = (1 / of_b) * (from[0] + b * b * from[2]);
    const Vector odd_b = (b / of_b) * from[1];
    to[0] = (1 / (a * a * b * b)) * from[0];
    to[1] = even_a + odd_a;
    to[2] = even_a - odd_a;
    to[3] = even_b + odd_b;
    to[4] = even_b - odd_b;
    to[5] = from[2];
}

/// One dimension of a tile's products: A transposed times `from`.
void transform_back(const Vector (&from)[6], Vector (&to)[4]) {
    const Vector sum_a = from[1] + from[2];
    const Vector difference_a = from[1] - from[2];
    const Vector sum_b = from[3] + from[4];
    const Vector difference_b = from[3] - from[4];
    to[0] = from[0] + sum_a + sum_b;
    to[1] = a * difference_a + b * difference_b;
    to[2] = a * a * sum_a + b * b * sum_b;
    to[3] = a * a * a * difference_a + b * b * b * difference_b + from[5];
}

/// A transform of one dimension, down the columns and then along the rows: value (i, j) is `read(i, j)`,
/// result (i, j) goes to `write(i, j, result)`. Both hold what they need by value: by reference the compiler
/// reads it again behind every store.
template <int From, int To, typename Read, typename Write>
[[gnu::always_inline]] inline void transform_both(void (*one_dimension)(const Vector (&)[From],
                                                                        Vector (&)[To]),
                                                  const Read& read, const Write& write) {
    Vector half[To][From];
    for (int j = 0; j < From; ++j) {
        Vector down[From];
        Vector changed[To];
        for (int i = 0; i < From; ++i) {
            down[i] = read(i, j);
        }
        one_dimension(down, changed);
        for (int i = 0; i < To; ++i) {
            half[i][j] = changed[i];
        }
    }
    for (int i = 0; i < To; ++i) {
        Vector changed[To];
        one_dimension(half[i], changed);
        for (int j = 0; j < To; ++j) {
            write(i, j, changed[j]);
        }
    }
}

void transform_weights(const Geometry& geometry, std::int64_t begin, std::int64_t end, const float* weights,
                       float* panels) {
    constexpr std::int64_t width = lanes * columns;
    const std::int64_t position_size = geometry.inputs * geometry.outputs;
    for (std::int64_t row = begin; row < end; ++row) {
        for (std::int64_t column = 0; column < width; column += lanes) {
            transform_both(
                transform_weight,
                [=](int i, int j) { return load(weights + (row * 9 + i * 3 + j) * width + column); },
                [=](int i, int j, Vector value) {
                    store(panels + (i * 6 + j) * position_size + row * width + column, value);
                });
        }
    }
}

/// A tile's place: its picture, and its first result there.
struct TilePlace {
    std::int64_t picture;
    std::int64_t row;
    std::int64_t column;
};

TilePlace place_of(const Geometry& geometry, std::int64_t tile) {
    const std::int64_t in_picture = tile % geometry.tiles_of_picture();
    return {tile / geometry.tiles_of_picture(), in_picture / geometry.tiles_across() * tile_side,
            in_picture % geometry.tiles_across() * tile_side};
}

std::int64_t pixel(const Geometry& geometry, std::int64_t picture, std::int64_t row, std::int64_t column) {
    return (picture * geometry.height + row) * geometry.width + column;
}

void transform_inputs(const Geometry& geometry, const Tiles& tiles, const float* maps, const float* zeros,
                      float* values) {
    const std::int64_t position_size = tiles.count * geometry.inputs;
    for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile) {
        const TilePlace place = place_of(geometry, tile);
        const float* pixels[6][6];
        for (int i = 0; i < 6; ++i) {
            for (int j = 0; j < 6; ++j) {
                const std::int64_t row = place.row - 1 + i;
                const std::int64_t column = place.column - 1 + j;
                const bool is_inside =
                    row >= 0 && row < geometry.height && column >= 0 && column < geometry.width;
                pixels[i][j] =
                    is_inside ? maps + pixel(geometry, place.picture, row, column) * geometry.inputs : zeros;
            }
        }
        float* target = values + (tile - tiles.first) * geometry.inputs;
        for (std::int64_t channel = 0; channel < geometry.inputs; channel += lanes) {
            transform_both(
                transform, [=](int i, int j) { return load(pixels[i][j] + channel); },
                [=](int i, int j, Vector value) {
                    store(target + (i * 6 + j) * position_size + channel, value);
                });
        }
    }
}

template <int Rows>
void multiply_rows(const Geometry& geometry, const float* values, const float* panel, float* products) {
    Vector sums[Rows][columns] = {};
    for (std::int64_t channel = 0; channel < geometry.inputs; ++channel) {
        Vector weights[columns];
        for (int column = 0; column < columns; ++column) {
            weights[column] = load(panel + (channel * columns + column) * lanes);
        }
        for (int row = 0; row < Rows; ++row) {
            const float value = values[row * geometry.inputs + channel];
            for (int column = 0; column < columns; ++column) {
                sums[row][column] += value * weights[column];
            }
        }
    }
    for (int row = 0; row < Rows; ++row) {
        for (int column = 0; column < columns; ++column) {
            store(products + row * geometry.outputs + column * lanes, sums[row][column]);
        }
    }
}

void multiply(const Geometry& geometry, const float* values, std::int64_t rows, const float* panel,
              float* products) {
    std::int64_t row = 0;
    const auto some = [&](auto function, std::int64_t count) {
        for (; row + count <= rows; row += count) {
            function(geometry, values + row * geometry.inputs, panel, products + row * geometry.outputs);
        }
    };
    some(multiply_rows<rows_at_once>, rows_at_once);
    some(multiply_rows<2>, 2);
    some(multiply_rows<1>, 1);
}

void finish(const Ending& ending, Vector result, std::int64_t target, float* maps) {
    if (ending.summand != nullptr) {
        result += load(ending.summand + target);
    }
    if (ending.has_relu) {
        result = result < 0 ? Vector{} : result;  // NaN stays, as in LibTorch
    }
    store(maps + target, result);
}

void transform_products(const Geometry& geometry, const Tiles& tiles, const float* products,
                        const Ending& ending, float* maps) {
    const std::int64_t position_size = tiles.count * geometry.outputs;
    for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile) {
        const TilePlace place = place_of(geometry, tile);
        const std::int64_t down = geometry.height - place.row;
        const std::int64_t across = geometry.width - place.column;
        const float* source = products + (tile - tiles.first) * geometry.outputs;
        for (std::int64_t channel = 0; channel < geometry.outputs; channel += lanes) {
            const Vector bias = load(ending.bias + channel);
            transform_both(
                transform_back,
                [=](int i, int j) { return load(source + (i * 6 + j) * position_size + channel); },
                [=](int i, int j, Vector value) {
                    if (i < down && j < across) {
                        const std::int64_t target =
                            pixel(geometry, place.picture, place.row + i, place.column + j);
                        finish(ending, value + bias, target * geometry.outputs + channel, maps);
                    }
                });
        }
    }
}

}  // namespace

const Kernel GRAFT_KERNEL = {lanes * columns, transform_weights, transform_inputs, multiply,
                             transform_products};

}  // namespace graft::model::winograd
