// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "graft/target.hpp"

namespace graft::target {

/// The property of a mask's schema that names the colour of each class in its files, in their order, and
/// behind them, where there is one, that of pixels that do not count: "#000000 #800000 #e0e0c0".
inline constexpr const char* mask_colours = "colours";

/// The colours by that property, as 0xRRGGBB; empty: the numbers of the pixels are classes. What is wrong
/// with it is put into `problem`, as words behind the target's name.
std::vector<std::uint32_t> stored_colours(const TargetSchema& schema, std::string& problem);

/// Pixels of three channels, red first, as classes; colours are as above. Throws Failure(data), with words
/// that go on after the target's name, where a pixel has a colour that no class has.
cv::Mat classes_of_colours(const TargetSchema& schema, const std::vector<std::uint32_t>& colours,
                           const cv::Mat& pixels);

}  // namespace graft::target
