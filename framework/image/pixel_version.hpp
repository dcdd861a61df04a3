// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace graft::image {

/// The version of decoding, warping and colours: equal versions and equal preprocessing give equal pixels.
/// Raise the number in it with every change after which some pixel is another.
std::string pixel_version();

}  // namespace graft::image
