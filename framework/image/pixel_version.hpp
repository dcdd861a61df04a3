// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace graft::image {

/// Of what turns a picture's bytes into the network's input, besides the preprocessing: while it is the same,
/// so are the pixels. Raise the number in it with every change of decoding, warping or colours after which
/// some pixel is another.
std::string pixel_version();

}  // namespace graft::image
