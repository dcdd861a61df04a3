// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// JPEGs that are decoded at a part of their size, and memory that serves one picture after the other.
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "data/augment.hpp"
#include "image/decode.hpp"
#include "image/warp.hpp"
#include "jpeg.hpp"
#include "support.hpp"

using namespace graft;
using namespace graft::image;
using graft::test::with_orientation;

namespace {

/// Discs and a slope: nothing symmetric, nothing finer than a picture of a quarter of the size can show.
cv::Mat scene(int height, int width) {
    cv::Mat picture(height, width, CV_8UC3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            picture.at<cv::Vec3b>(y, x) = cv::Vec3b(static_cast<std::uint8_t>(200 * x / width),
                                                    static_cast<std::uint8_t>(220 * y / height), 90);
        }
    }
    cv::circle(picture, {width / 4, height / 3}, height / 6, {30, 200, 240}, cv::FILLED);
    cv::circle(picture, {3 * width / 4, height / 2}, height / 9, {240, 20, 20}, cv::FILLED);
    cv::GaussianBlur(picture, picture, {0, 0}, 6);
    return picture;
}

std::string jpeg(const cv::Mat& picture, const std::vector<int>& settings = {}) {
    std::vector<std::uint8_t> bytes;
    REQUIRE(cv::imencode(".jpg", picture, bytes, settings));
    return {bytes.begin(), bytes.end()};
}

ReadOptions at_scale(double scale) {
    return {0, [scale](Extent) { return scale; }};
}

cv::Mat drawn(const Picture& picture, const Matrix& matrix) {
    cv::Mat input(96, 112, CV_8UC3);
    warp(picture.pixels, then(inverse(picture.reduction), matrix), {1, 2, 3},
         pipeline::Interpolation::bilinear, input);
    return input;
}

double mean_difference(const cv::Mat& one, const cv::Mat& other) {
    return cv::norm(one, other, cv::NORM_L1) / static_cast<double>(one.total() * 3);
}

bool is_equal(const cv::Mat& one, const cv::Mat& other) {
    return one.size() == other.size() && cv::norm(one, other, cv::NORM_INF) == 0;
}

/// The bytes without the segments of that marker.
std::string without(const std::string& bytes, char marker) {
    std::string left = bytes.substr(0, 2);
    std::size_t byte = 2;
    while (bytes[byte + 1] != '\xda') {
        const std::size_t length =
            2 + 256 * static_cast<std::uint8_t>(bytes[byte + 2]) + static_cast<std::uint8_t>(bytes[byte + 3]);
        left += bytes[byte + 1] == marker ? "" : bytes.substr(byte, length);
        byte += length;
    }
    return left + bytes.substr(byte);
}

}  // namespace

// Proves: a JPEG is decoded at 4/8 or 2/8 where one and a half pixels are left for each that is wanted, and
// whole otherwise, with the extent of the whole.
TEST_CASE("a JPEG is decoded as small as its use allows") {
    const std::string bytes = jpeg(scene(303, 405));
    const auto size = [&](double scale) {
        const Picture picture = PictureReader().read(std::string_view(bytes), at_scale(scale));
        CHECK(picture.original.height == 303);
        CHECK(picture.original.width == 405);
        return picture.pixels.size();
    };
    CHECK(size(1) == cv::Size(405, 303));
    CHECK(size(0.34) == cv::Size(405, 303));
    CHECK(size(0.33) == cv::Size(203, 152));
    CHECK(size(0.17) == cv::Size(203, 152));
    CHECK(size(0.16) == cv::Size(102, 76));
    CHECK(size(0.001) == cv::Size(102, 76));
    CHECK(read_picture(std::string_view(bytes)).pixels.size() == cv::Size(405, 303));
}

// Proves: every place of the picture lies where it lies in the whole one, for sides that no factor divides,
// turned by EXIF in every way, under a resize rule and under augmentation: the difference is less than half
// of what a shift by half a pixel of the input makes.
TEST_CASE("what is decoded smaller is drawn where the whole is drawn") {
    for (const auto& [height, width] : {std::pair{605, 803}, {606, 801}, {607, 806}}) {
        const std::string plain = jpeg(scene(height, width), {cv::IMWRITE_JPEG_QUALITY, 97});
        for (char orientation = 1; orientation <= 8; ++orientation) {
            CAPTURE(static_cast<int>(orientation));
            const std::string bytes = with_orientation(plain, orientation);
            const Picture whole = read_picture(std::string_view(bytes));
            Preprocess preprocess;
            preprocess.height = 96;
            preprocess.width = 112;
            const Matrix upright = placement(preprocess, whole.original);
            for (const Matrix& matrix : {upright, then(upright, rotation(20, {56, 48}))}) {
                for (const double scale : {0.3, 0.1}) {
                    const Picture small = PictureReader().read(std::string_view(bytes), at_scale(scale));
                    REQUIRE(small.pixels.cols < whole.pixels.cols / 1.9);
                    CHECK(small.original.height == whole.original.height);
                    CHECK(small.original.width == whole.original.width);
                    const cv::Mat expected = drawn(whole, matrix);
                    const cv::Mat beside = drawn(whole, then(matrix, scale_and_shift(1, 1, 0.5, 0.5)));
                    const double difference = mean_difference(drawn(small, matrix), expected);
                    CHECK(difference < 0.5 * mean_difference(beside, expected));
                    CHECK(difference < 1);
                }
            }
        }
    }
}

// Proves: the zoom of augmentation counts, in either order of its bounds.
TEST_CASE("the strongest zoom that augmentation may draw") {
    CHECK(data::largest_zoom({}) == 1);
    CHECK(data::largest_zoom({{"flip", {0.5}, {}}, {"rotate", {30}, {}}}) == 1);
    CHECK(data::largest_zoom({{"scale", {0.8, 1.5}, {}}, {"scale", {0.5, 2}, {}}}) == 3);
    CHECK(data::largest_zoom({{"scale", {0.5, 0.8}, {}}}) == 0.8);
}

// Proves: memory is used again once nobody holds it, and never while somebody does.
TEST_CASE("a reader's memory serves one picture after the other") {
    const std::string first = jpeg(scene(200, 300));
    const std::string second = jpeg(cv::Mat(200, 300, CV_8UC3, cv::Scalar::all(7)));
    PictureReader reader;
    const Picture held = reader.read(std::string_view(first));
    const cv::Mat copy = held.pixels.clone();
    const std::uint8_t* memory = nullptr;
    for (int time = 0; time < 3; ++time) {
        const Picture other = reader.read(std::string_view(second));
        CHECK(other.pixels.data != held.pixels.data);
        CHECK(is_equal(held.pixels, copy));
        CHECK(other.pixels.at<cv::Vec3b>(9, 9) == cv::Vec3b::all(7));
        CHECK((memory == nullptr || memory == other.pixels.data));
        memory = other.pixels.data;
    }
}

// Proves: a picture does not depend on those before it: frames of a camera's film leave out the tables that
// are the standard's (ISO/IEC 10918-1, annex K), and a file without its quantisation is damaged.
TEST_CASE("tables of one JPEG do not reach the next") {
    const cv::Mat picture = scene(64, 96);
    const std::string standard = jpeg(picture);
    const std::string optimised = jpeg(picture, {cv::IMWRITE_JPEG_OPTIMIZE, 1});
    PictureReader reader;
    const cv::Mat expected = reader.read(std::string_view(standard)).pixels.clone();
    CHECK(is_equal(reader.read(std::string_view(optimised)).pixels, expected));
    CHECK(is_equal(reader.read(std::string_view(without(standard, '\xc4'))).pixels, expected));
    CHECK(test::failure_text([&] { reader.read(std::string_view(without(standard, '\xdb'))); }) ==
          "is a damaged JPEG: it cannot be decoded");
    CHECK(is_equal(reader.read(std::string_view(standard)).pixels, expected));
}
