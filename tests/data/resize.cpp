// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The resize rules against Pillow's numbers (tools/goldens/pillow_resize.py), and the filter's own promises.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "image/geometry.hpp"
#include "image/resample_kernel/kernel.hpp"
#include "image/warp.hpp"
#include "support/skip.hpp"

using namespace graft;
using namespace graft::image;

namespace {

/// picture() of the script.
cv::Mat formula_picture(int height, int width) {
    cv::Mat picture(height, width, CV_8UC3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            picture.at<cv::Vec3b>(y, x) = {static_cast<std::uint8_t>(x * 255 / (width - 1)),
                                           static_cast<std::uint8_t>((x / 3 + y / 5) % 2 * 200 + 30),
                                           static_cast<std::uint8_t>((x * x + 3 * y * y + x * y) % 256)};
        }
    }
    return picture;
}

cv::Mat through(const cv::Mat& picture, const Preprocess& preprocess, const Matrix& more = identity_matrix) {
    cv::Mat target(static_cast<int>(preprocess.height), static_cast<int>(preprocess.width), CV_8UC3);
    const Matrix matrix = then(placement(preprocess, {picture.rows, picture.cols}), more);
    warp(picture, matrix, fill_color(preprocess.normalization), preprocess.interpolation, target);
    return target;
}

}  // namespace

TEST_CASE("resize rules equal Pillow's antialiased bilinear within 1 of 255, its bicubic within 4") {
    std::ifstream file(GRAFT_TEST_SOURCE "/tests/data/goldens/pillow_resize.txt");
    REQUIRE(file);
    std::string comment;
    std::getline(file, comment);
    std::getline(file, comment);
    std::string rule;
    std::string filter;
    int height = 0;
    int width = 0;
    int side = 0;
    int cases = 0;
    while (file >> rule >> filter >> height >> width >> side) {
        CAPTURE(rule);
        CAPTURE(filter);
        CAPTURE(height);
        CAPTURE(width);
        Preprocess preprocess;
        preprocess.height = side;
        preprocess.width = side;
        preprocess.resize = rule == "crop" ? pipeline::Resize::crop : pipeline::Resize::stretch;
        preprocess.interpolation =
            filter == "bicubic" ? pipeline::Interpolation::bicubic : pipeline::Interpolation::bilinear;
        preprocess.crop_scale = side == 14 ? 16.0 / 14 : 24.0 / 21;
        const cv::Mat made = through(formula_picture(height, width), preprocess);
        int worst = 0;
        for (int byte = 0; byte < side * side * 3; ++byte) {
            int expected = -1;
            file >> expected;
            REQUIRE(file.good());
            worst = std::max(worst, std::abs(expected - made.data[byte]));
        }
        // Pillow rounds and cuts to bytes between its two passes, where a cubic filter overshoots most.
        CHECK(worst <= (filter == "bicubic" ? 4 : 1));
        ++cases;
    }
    CHECK(cases == 10);
}

TEST_CASE("the identity leaves every byte as it is, and a mirror turns rows around") {
    const cv::Mat picture = formula_picture(13, 17);
    cv::Mat made(13, 17, CV_8UC3);
    warp(picture, identity_matrix, {}, pipeline::Interpolation::bicubic, made);
    CHECK(std::equal(picture.datastart, picture.dataend, made.datastart));
    warp(picture, scale_and_shift(-1, 1, 17, 0), {}, pipeline::Interpolation::bilinear, made);
    for (int x = 0; x < 17; ++x) {
        CHECK(made.at<cv::Vec3b>(5, x) == picture.at<cv::Vec3b>(5, 16 - x));
    }
}

TEST_CASE("a fine checkerboard becomes grey, with and without rotation: nothing aliases") {
    cv::Mat board(400, 400, CV_8UC3);
    for (int y = 0; y < 400; ++y) {
        for (int x = 0; x < 400; ++x) {
            board.at<cv::Vec3b>(y, x) = cv::Vec3b::all((x + y) % 2 == 0 ? 255 : 0);
        }
    }
    Preprocess preprocess;
    preprocess.height = 50;
    preprocess.width = 50;
    for (const double degrees : {0.0, 7.0, 30.0}) {
        CAPTURE(degrees);
        const cv::Mat made = through(board, preprocess, rotation(degrees, {25, 25}));
        for (int y = 10; y < 40; ++y) {
            for (int x = 10; x < 40; ++x) {
                CHECK(std::abs(made.at<cv::Vec3b>(y, x)[0] - 127) <= 6);
            }
        }
    }
}

TEST_CASE("pad keeps the whole picture in the middle and fills with the normalisation's mean") {
    const cv::Mat white(20, 40, CV_8UC3, cv::Scalar::all(255));
    Preprocess preprocess;
    preprocess.height = 40;
    preprocess.width = 40;
    preprocess.resize = pipeline::Resize::pad;
    const cv::Mat made = through(white, preprocess);
    const cv::Vec3b mean(124, 116, 104);  // 0.485, 0.456, 0.406 of 255
    CHECK(made.at<cv::Vec3b>(9, 20) == mean);
    CHECK(made.at<cv::Vec3b>(10, 20) == cv::Vec3b::all(255));
    CHECK(made.at<cv::Vec3b>(29, 0) == cv::Vec3b::all(255));
    CHECK(made.at<cv::Vec3b>(30, 39) == mean);
}

TEST_CASE("pictures longer than OpenCV's warp allows are rotated all the same") {
    const cv::Mat strip(60, 40'000, CV_8UC3, cv::Scalar::all(200));
    Preprocess preprocess;
    preprocess.resize = pipeline::Resize::crop;
    const cv::Mat made = through(strip, preprocess, rotation(20, {112, 112}));
    CHECK(made.at<cv::Vec3b>(112, 112) == cv::Vec3b::all(200));
}

TEST_CASE("a matrix times its inverse is the identity, and points go there and back") {
    const Matrix matrix = then(then(scale_and_shift(0.3, 0.7, 4, -9), rotation(33, {10, 20})),
                               Matrix{1, 0, 0, 0, 1, 0, 0.001, 0.002, 1});
    const Point there = image::apply(matrix, {12.5, 99});
    const Point back = image::apply(inverse(matrix), there);
    CHECK(back.x == doctest::Approx(12.5));
    CHECK(back.y == doctest::Approx(99));
    CHECK_THROWS_AS(inverse(Matrix{1, 2, 0, 2, 4, 0, 0, 0, 1}), core::Failure);
}

TEST_CASE("a positive rotation turns counter-clockwise as seen") {
    const Point moved = image::apply(rotation(90, {0, 0}), {1, 0});
    CHECK(moved.x == doctest::Approx(0));
    CHECK(moved.y == doctest::Approx(-1));  // up
}

#ifdef __x86_64__
// Proves: sums of rows and columns, bytes beyond 0 and 255 among them, are the same bits whatever the CPU
// has.
TEST_CASE("resampling gives the same bytes with every set of instructions") {
    if (!__builtin_cpu_supports("avx2")) {
        tests::skip("this CPU has no AVX2");
        return;
    }
    constexpr int width = 75;  // a number of bytes that registers do not divide
    const cv::Mat picture = formula_picture(9, width);
    const std::vector<float> weights{-0.31F, 0.9F, 0.55F, -0.14F};
    const std::vector<resampling::Taps> taps{{0, 4, 0}, {3, 2, 1}, {}, {width - 4, 4, 0}, {width - 1, 1, 1}};
    const std::vector<std::uint8_t> fill{1, 2, 3};
    const auto computed = [&](const resampling::Kernel& kernel) {
        std::vector<float> sums(width * 3 + 1);
        std::vector<std::uint8_t> pixels(taps.size() * 3);
        kernel.sum_rows(picture.ptr<std::uint8_t>(2), static_cast<std::ptrdiff_t>(picture.step), 3, width * 3,
                        weights.data(), 4, sums.data());
        kernel.sum_columns(sums.data(), taps.data(), static_cast<int>(taps.size()), weights.data(),
                           fill.data(), pixels.data());
        return std::pair(sums, pixels);
    };
    CHECK(computed(resampling::kernel_plain) == computed(resampling::kernel_avx2));
    const auto [sums, pixels] = computed(resampling::kernel_plain);
    CHECK(std::vector(pixels.begin() + 6, pixels.begin() + 9) == fill);
    CHECK(sums[0] == 0);  // not asked for
    const auto byte = [&](int row) { return static_cast<float>(picture.ptr<std::uint8_t>(row)[100]); };
    CHECK(sums[100] ==
          0.5F + weights[0] * byte(2) + weights[1] * byte(3) + weights[2] * byte(4) + weights[3] * byte(5));
}
#endif
