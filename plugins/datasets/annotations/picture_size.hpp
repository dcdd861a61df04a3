// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace graft::annotations {

struct PictureSize {
    std::int64_t width = 0;
    std::int64_t height = 0;
};

/// The size of a JPEG (as it is seen: turned by its EXIF orientation), PNG, BMP, WebP or binary PNM, from the
/// file's first bytes; nothing for other formats and broken files. No pixel is decoded.
std::optional<PictureSize> picture_size(const std::filesystem::path& file);

}  // namespace graft::annotations
