// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "small_picture.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <openssl/evp.h>

#include <opencv2/imgproc.hpp>

#include "core/problem.hpp"
#include "image/jpeg_writer.hpp"

namespace graft::engine {
namespace {

constexpr int quality = 78;

std::string base64(const std::string& bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

double reduction(const image::Extent& original, int longer_side) {
    return std::min(1.0, static_cast<double>(longer_side) /
                             static_cast<double>(std::max(original.width, original.height)));
}

}  // namespace

cv::Size small_size(const image::Extent& original, int longer_side) {
    const double scale = reduction(original, longer_side);
    const auto side = [&](std::int64_t pixels) {
        return std::max(1, static_cast<int>(std::lround(static_cast<double>(pixels) * scale)));
    };
    return {side(original.width), side(original.height)};
}

core::Json as_json(const cv::Mat& small, const image::Extent& original) {
    return {{"width", original.width},
            {"height", original.height},
            {"jpeg", base64(image::encode_jpeg(small, quality))}};
}

core::Json small_picture(image::PictureReader& reader, const std::function<ImageSource()>& source,
                         std::int64_t bits, int longer_side) {
    try {
        const image::Picture picture = reader.read(
            source(), {bits, [&](image::Extent original) { return reduction(original, longer_side); }});
        cv::Mat small;
        cv::resize(picture.pixels, small, small_size(picture.original, longer_side), 0, 0, cv::INTER_AREA);
        return as_json(small, picture.original);
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::data) {
            throw;
        }
        return {{"problem", failure.what()}};
    }
}

}  // namespace graft::engine
