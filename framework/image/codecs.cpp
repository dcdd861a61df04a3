// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/codecs.hpp"

#include <string>

#include <fmt/format.h>

#include "core/problem.hpp"
#include "plugin/library.hpp"

namespace graft::image {
namespace {

using Decode = void(std::string_view, int, cv::Mat&);

Decode* load_decoder() {
    std::string why_not;
    const auto library = plugin::open_library(plugin::own_library("libgraft_codecs.so"),
                                              boost::dll::load_mode::rtld_local, why_not);
    if (!library) {
        throw core::Failure(
            core::Category::system,
            fmt::format("the decoders of PNG, WebP, TIFF and PNM cannot be loaded: {}", why_not),
            "install graft again: libgraft_codecs.so belongs beside libgraft_sdk.so");
    }
    return &library.get<Decode>("graft_opencv_decode");  // it stays loaded
}

}  // namespace

cv::Mat opencv_decode(std::string_view bytes, int mode) {
    static Decode* const decode = load_decoder();
    cv::Mat picture;
    decode(bytes, mode, picture);
    return picture;
}

}  // namespace graft::image
