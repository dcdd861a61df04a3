// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace graft::image {

/// The first frame of an animated WebP as a file of its own, and where it lies on the canvas, which is
/// transparent black around it.
struct WebpFrame {
    std::string file;
    std::int64_t left = 0;
    std::int64_t top = 0;
};

/// Nothing where the file holds no frame. (Google, "WebP Container Specification": ANMF.)
std::optional<WebpFrame> first_frame(std::string_view bytes);

/// Whether the file is an animation, by its header.
bool is_animated(std::string_view bytes);

/// Whether it may have pixels that are not opaque, by its header.
bool may_be_transparent(std::string_view bytes);

}  // namespace graft::image
