// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

/// @file
/// What flows between the stages of a backbone and into heads. Free of LibTorch.
#pragma once

#include <cstdint>

namespace graft {

/// How a feature's numbers lie.
enum class Layout {
    map,     ///< float [N, channels, height, width]
    tokens,  ///< float [N, prefix_tokens + height * width, channels]
    vector,  ///< float [N, channels]
};

/// The layout that a stage promises, whatever the size of the input.
struct FeatureLayout {
    Layout layout = Layout::map;     ///< how its numbers lie
    std::int64_t channels = 0;       ///< numbers a cell of the grid
    std::int64_t stride = 0;         ///< map, tokens: input pixels a cell of the grid
    std::int64_t prefix_tokens = 0;  ///< tokens: class and register tokens before the grid
};

/// A layout together with the grid that one input size gives; 1 x 1 for a vector.
struct FeatureShape {
    FeatureLayout layout;     ///< as the stage declares it
    std::int64_t height = 1;  ///< cells of the grid
    std::int64_t width = 1;   ///< cells of the grid
};

/// The layout of a map: `map_feature(512, 32)`.
inline FeatureLayout map_feature(std::int64_t channels, std::int64_t stride) {
    return {Layout::map, channels, stride, 0};
}
/// The layout of tokens: `token_feature(384, 16, 1)`.
inline FeatureLayout token_feature(std::int64_t channels, std::int64_t stride, std::int64_t prefix_tokens) {
    return {Layout::tokens, channels, stride, prefix_tokens};
}
/// The layout of a vector.
inline FeatureLayout vector_feature(std::int64_t channels) {
    return {Layout::vector, channels, 0, 0};
}

}  // namespace graft
