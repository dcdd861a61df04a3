// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// How a file says that its picture is to be turned: 1 to 8 by EXIF, else by XMP (tiff:Orientation); 1 where
// neither says so.
#pragma once

#include <string_view>

namespace graft::image {

int jpeg_orientation(std::string_view bytes);
int png_orientation(std::string_view bytes);
int webp_orientation(std::string_view bytes);
int tiff_orientation(std::string_view bytes);

}  // namespace graft::image
