// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Pictures of every kind that people have, and those that should not be opened.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/files.hpp"
#include "data/sample.hpp"
#include "image/decode.hpp"
#include "image/geometry.hpp"
#include "image/image_header.hpp"
#include "image/preprocess.hpp"
#include "jpeg.hpp"
#include "support.hpp"

using namespace graft;
using namespace graft::data;
using namespace graft::image;
using graft::test::failure_text;
using graft::test::with_orientation;

namespace {

std::string encode(const cv::Mat& picture, const std::string& extension,
                   const std::vector<int>& settings = {}) {
    std::vector<std::uint8_t> bytes;
    REQUIRE(cv::imencode(extension, picture, bytes, settings));
    return {bytes.begin(), bytes.end()};
}

/// BGR, for OpenCV's encoder: each quarter has its own colour.
cv::Mat quarters(int height, int width) {
    cv::Mat picture(height, width, CV_8UC3, cv::Scalar(0, 0, 255));  // red
    picture(cv::Rect(width / 2, 0, width / 2, height / 2)).setTo(cv::Scalar(0, 255, 0));
    picture(cv::Rect(0, height / 2, width / 2, height / 2)).setTo(cv::Scalar(255, 0, 0));
    picture(cv::Rect(width / 2, height / 2, width / 2, height / 2)).setTo(cv::Scalar(255, 255, 255));
    return picture;
}

cv::Vec3b corner(const cv::Mat& picture, bool right, bool bottom) {
    return picture.at<cv::Vec3b>(bottom ? picture.rows - 3 : 2, right ? picture.cols - 3 : 2);
}

bool near(cv::Vec3b color, int red, int green, int blue) {
    return std::abs(color[0] - red) < 8 && std::abs(color[1] - green) < 8 && std::abs(color[2] - blue) < 8;
}

std::string refused(const std::string& bytes) {
    return failure_text([&] { decode(std::string_view(bytes)); });
}

std::string big_endian(std::uint32_t number) {
    return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
            static_cast<char>(number)};
}

}  // namespace

TEST_SUITE("smoke") {
    TEST_CASE("every readable format gives the same RGB picture") {
        for (const std::string extension : {".png", ".bmp", ".tiff", ".ppm", ".webp", ".jpg"}) {
            CAPTURE(extension);
            const cv::Mat picture = decode(std::string_view(encode(quarters(32, 48), extension)));
            REQUIRE(picture.rows == 32);
            REQUIRE(picture.cols == 48);
            CHECK(near(corner(picture, false, false), 255, 0, 0));
            CHECK(near(corner(picture, true, false), 0, 255, 0));
            CHECK(near(corner(picture, false, true), 0, 0, 255));
        }
    }
}

TEST_CASE("headers tell format and size without decoding") {
    for (const auto& [suffix, format] : {std::pair<std::string, std::string>{".png", "PNG"},
                                         {".bmp", "BMP"},
                                         {".tiff", "TIFF"},
                                         {".ppm", "PNM"},
                                         {".webp", "WebP"},
                                         {".jpg", "JPEG"}}) {
        const std::string& extension = suffix;  // clang 14 captures no structured binding
        CAPTURE(extension);
        const ImageHeader header = read_header(encode(quarters(32, 48), extension));
        CHECK(header.format == format);
        CHECK(header.unread.empty());
        CHECK(header.width == 48);
        CHECK(header.height == 32);
    }
    // Lossy WebP has another chunk than lossless.
    const ImageHeader lossy = read_header(encode(quarters(32, 48), ".webp", {cv::IMWRITE_WEBP_QUALITY, 50}));
    CHECK(lossy.width == 48);
    CHECK(lossy.height == 32);
}

TEST_CASE("EXIF orientation is applied: all eight") {
    const std::string jpeg = encode(quarters(32, 48), ".jpg");
    // Where the stored picture's red, green and blue corners are seen (right, bottom); EXIF 2.3, tag 0x0112.
    struct Seen {
        char orientation;
        bool red_right, red_bottom, green_right, green_bottom;
    };
    for (const Seen& seen : {Seen{1, false, false, true, false}, Seen{2, true, false, false, false},
                             Seen{3, true, true, false, true}, Seen{4, false, true, true, true},
                             Seen{5, false, false, false, true}, Seen{6, true, false, true, true},
                             Seen{7, true, true, true, false}, Seen{8, false, true, false, false}}) {
        CAPTURE(static_cast<int>(seen.orientation));
        const cv::Mat picture = decode(std::string_view(with_orientation(jpeg, seen.orientation)));
        CHECK(picture.cols == (seen.orientation >= 5 ? 32 : 48));
        CHECK(near(corner(picture, seen.red_right, seen.red_bottom), 255, 0, 0));
        CHECK(near(corner(picture, seen.green_right, seen.green_bottom), 0, 255, 0));
    }
}

TEST_CASE("grey, alpha and 16 bits become 8-bit RGB") {
    const cv::Mat grey(8, 8, CV_8U, cv::Scalar(77));
    CHECK(decode(std::string_view(encode(grey, ".png"))).at<cv::Vec3b>(4, 4) == cv::Vec3b::all(77));
    const cv::Mat clear(8, 8, CV_8UC4, cv::Scalar(10, 20, 30, 0));  // transparent, yet it keeps its colour
    CHECK(decode(std::string_view(encode(clear, ".png"))).at<cv::Vec3b>(4, 4) == cv::Vec3b(30, 20, 10));
    const cv::Mat deep(8, 8, CV_16U, cv::Scalar(0x4DFF));
    CHECK(decode(std::string_view(encode(deep, ".png"))).at<cv::Vec3b>(4, 4) == cv::Vec3b::all(0x4D));
    CHECK(decode(std::string_view(encode(deep, ".tiff"))).at<cv::Vec3b>(4, 4) == cv::Vec3b::all(0x4D));
    // The name of a file does not matter: a PNG with alpha called .jpg is read for what it is.
    const test::TemporaryFolder folder;
    core::write_atomically(folder.path() / "alpha.jpg", encode(clear, ".png"));
    CHECK(decode(ImageSource(folder.path() / "alpha.jpg")).at<cv::Vec3b>(0, 0) == cv::Vec3b(30, 20, 10));
}

TEST_CASE("every mode becomes what Pillow's convert(RGB) makes of it") {
    // Made by tools/goldens/pillow_modes.py.
    const std::filesystem::path folder = GRAFT_TEST_SOURCE "/tests/data/goldens/modes";
    std::ifstream listing(folder / "modes.txt");
    std::string name;
    int height = 0;
    int width = 0;
    int files = 0;
    while (listing >> name >> height >> width) {
        CAPTURE(name);
        cv::Mat expected(height, width, CV_8UC3);
        for (int offset = 0; offset < height * width * 3; ++offset) {
            int value = -1;
            listing >> value;
            expected.data[offset] = static_cast<std::uint8_t>(value);
        }
        ++files;
        const cv::Mat picture = decode(ImageSource(folder / name));
        CHECK(picture.size() == expected.size());
        if (picture.size() == expected.size()) {
            // JPEG decoders differ by a little in the inverse transform, libtiff rounds CMYK down; the others
            // not at all.
            const double most = name.ends_with(".jpg") ? 3 : name == "cmyk.tiff" ? 1 : 0;
            CHECK(cv::norm(picture, expected, cv::NORM_INF) <= most);
        }
    }
    CHECK(files == 55);
}

// Proves: 12 bits in a file of 16 are scaled when it is said, told when it is not, and refused where they are
// more.
TEST_CASE("samples of 16 bits that use fewer") {
    const std::string deep = encode(cv::Mat(8, 8, CV_16UC3, cv::Scalar(0x0ABC, 0x0123, 0x0FFF)), ".png");
    const Picture dark = read_picture(std::string_view(deep));
    CHECK(dark.pixels.at<cv::Vec3b>(4, 4) == cv::Vec3b(0x0F, 0x01, 0x0A));
    CHECK(dark.traits.bits == 16);
    CHECK(dark.traits.highest == 0x0FFF);
    CHECK(read_picture(std::string_view(deep), 12).pixels.at<cv::Vec3b>(4, 4) == cv::Vec3b(0xFF, 0x12, 0xAB));
    CHECK(failure_text([&] { read_picture(std::string_view(deep), 11); }) ==
          "has a sample of 4095, but data.image.bits says that samples have 11 bits, at most 2047\n"
          "  correct data.image.bits, or take the picture out");
    const std::string flat = encode(cv::Mat(8, 8, CV_8UC3, cv::Scalar(1, 2, 200)), ".png");
    CHECK(read_picture(std::string_view(flat), 12).pixels.at<cv::Vec3b>(4, 4) == cv::Vec3b(200, 2, 1));
    CHECK(read_picture(std::string_view(flat), 12).traits.bits == 8);
}

// Proves: transparency and further frames are noticed where there are any; an alpha of 255 everywhere is
// none.
TEST_CASE("what pictures have besides their pixels") {
    const std::filesystem::path folder = GRAFT_TEST_SOURCE "/tests/data/goldens/modes";
    const auto traits = [&](const char* name) { return read_picture(ImageSource(folder / name)).traits; };
    CHECK(traits("alpha.png").is_transparent);
    CHECK(traits("palette.png").is_transparent);
    CHECK(traits("alpha.webp").is_transparent);
    CHECK(traits("alpha.tiff").is_transparent);
    CHECK_FALSE(traits("grey.png").is_transparent);
    const std::string opaque = encode(cv::Mat(8, 8, CV_8UC4, cv::Scalar(1, 2, 3, 255)), ".png");
    CHECK_FALSE(read_picture(std::string_view(opaque)).traits.is_transparent);
    CHECK(traits("animated.webp").has_several);
    CHECK(traits("pages.tiff").has_several);
    CHECK_FALSE(traits("alpha.webp").has_several);
    CHECK_FALSE(traits("alpha.tiff").has_several);
}

// Proves: kinds of TIFF and BMP that are not read are told by what they are, not as damaged.
TEST_CASE("TIFFs and BMPs that are not read say why") {
    const std::string remedy = "\n  convert it, or take it out of the folder";
    const auto changed = [](std::string bytes, const std::string& tag, const std::string& value) {
        const std::size_t entry = bytes.find(tag);  // tag, type, count; the value follows
        REQUIRE(entry != std::string::npos);
        return bytes.replace(entry + 8, value.size(), value);
    };
    const std::string grey = encode(cv::Mat(8, 8, CV_8U, cv::Scalar(7)), ".tiff");
    const std::string bits("\x02\x01\x03\0\x01\0\0\0", 8);
    CHECK(refused(changed(grey, bits, std::string("\x0c", 1))) == "is a TIFF of 12 bits a sample" + remedy);
    CHECK(refused(changed(grey, bits, std::string("\x04", 1))) == "is a TIFF of 4 bits a sample" + remedy);
    CHECK(refused(encode(cv::Mat(8, 8, CV_32F, cv::Scalar(0.5)), ".tiff")) ==
          "is a TIFF of floating-point numbers of 32 bits" + remedy);
    std::string bmp = encode(cv::Mat(8, 8, CV_8UC3, cv::Scalar(7)), ".bmp");
    bmp[30] = 4;
    CHECK(refused(bmp) == "is a BMP of the compression 4 (JPEG)" + remedy);
    bmp[30] = 0;
    bmp[28] = 30;
    CHECK(refused(bmp) == "is a BMP of 30 bits a pixel" + remedy);
    bmp[28] = 24;
    CHECK(refused(bmp.substr(0, bmp.size() - 40)) == "is cut off: rows of the BMP are missing");
}

// Proves: a BMP of 16 or 32 bits has its colours where its masks say.
TEST_CASE("BMPs with masks") {
    const auto number = [](std::uint32_t value, int bytes) {
        std::string text;
        for (int byte = 0; byte < bytes; ++byte) {
            text += static_cast<char>(value >> (8 * byte));
        }
        return text;
    };
    const auto bmp = [&](int bits, const std::vector<std::uint32_t>& masks, std::uint32_t pixel) {
        std::string head = number(40, 4) + number(1, 4) + number(1, 4) + number(1, 2) + number(bits, 2) +
                           number(3, 4) + std::string(20, '\0');
        for (const std::uint32_t mask : masks) {
            head += number(mask, 4);
        }
        return "BM" + number(70, 4) + number(0, 4) + number(14 + head.size(), 4) + head + number(pixel, 4);
    };
    const auto color = [&](const std::string& bytes) {
        return decode(std::string_view(bytes)).at<cv::Vec3b>(0, 0);
    };
    CHECK(color(bmp(16, {0xF800, 0x07E0, 0x001F}, 0xF81F)) == cv::Vec3b(255, 0, 255));
    CHECK(color(bmp(16, {0xF800, 0x07E0, 0x001F}, 0x8410)) ==
          cv::Vec3b(16 * 255 / 31, 32 * 255 / 63, 16 * 255 / 31));
    CHECK(color(bmp(32, {0x000000FF, 0x0000FF00, 0x00FF0000}, 0x00030201)) == cv::Vec3b(1, 2, 3));
    CHECK(color(bmp(32, {0x3FF00000, 0x000FFC00, 0x000003FF}, 0x3FF00000)) == cv::Vec3b(255, 0, 0));
    CHECK(refused(bmp(32, {0x00FF00FF, 0x0000FF00, 0}, 0)) ==
          "is a BMP whose colours lie in scattered bits (mask 0xff00ff)\n  convert it, or take it out of the "
          "folder");
}

// Proves: where EXIF is silent, XMP says how a picture is to be turned, as browsers and Pillow have it.
TEST_CASE("orientation out of XMP") {
    const std::string jpeg = encode(quarters(32, 48), ".jpg");
    const std::string xmp = std::string("http://ns.adobe.com/xap/1.0/\0", 29) + "<x tiff:Orientation=\"6\"/>";
    const std::string segment = std::string("\xff\xe1\0", 3) + static_cast<char>(xmp.size() + 2) + xmp;
    const std::string turned = jpeg.substr(0, 2) + segment + jpeg.substr(2);
    CHECK(read_header(turned).orientation == 6);
    CHECK(read_header(with_orientation(turned, 3)).orientation == 3);  // EXIF comes first
}

TEST_CASE("what cannot be decoded says why") {
    const std::string formats = "JPEG, PNG, BMP, WebP, TIFF and PNM (PBM, PGM, PPM)";
    CHECK(refused("") == "is empty (0 bytes)");
    CHECK(refused("these are words, not pixels\n") ==
          "is text; graft reads " + formats + "\n  convert it, or take it out of the folder");
    CHECK(refused("GIF89a\x10\0\x10\0") ==
          "is a GIF; graft reads " + formats + "\n  convert it, or take it out of the folder");
    CHECK(refused(std::string("\0\0\0\x18"
                              "ftypheic\0\0\0\0",
                              16)) ==
          "is a HEIC; graft reads " + formats + "\n  convert it, or take it out of the folder");
    CHECK(refused(std::string("\x01\x02\x03\x04\x05\0", 6)) ==
          "is no picture that graft knows; it reads " + formats);
    CHECK(refused("\xff\xd8\xff") == "is damaged: its header gives no size");
}

TEST_CASE("bombs are refused by their header") {
    const std::string png = encode(cv::Mat(4, 4, CV_8UC3), ".png");
    const std::string bomb = png.substr(0, 16) + big_endian(30'000) + big_endian(30'000) + png.substr(24);
    CHECK(refused(bomb) == "has 30000 x 30000 pixels; at most 100 million are decoded\n  make it smaller");
    CHECK(refused("P6 40000 40000 255\n") ==
          "has 40000 x 40000 pixels; at most 100 million are decoded\n  make it smaller");
}

TEST_CASE("a file cut off anywhere is refused or decoded whole, never half") {
    cv::Mat noise(40, 40, CV_8UC3);
    cv::randu(noise, 0, 256);
    for (const std::string extension : {".jpg", ".png", ".bmp", ".webp", ".ppm", ".tiff"}) {
        CAPTURE(extension);
        const std::string whole = encode(noise, extension);
        const cv::Mat picture = decode(std::string_view(whole));
        for (std::size_t length = 0; length < whole.size(); length += 1 + whole.size() / 60) {
            CAPTURE(length);
            try {
                const cv::Mat part = decode(std::string_view(whole).substr(0, length));
                CHECK(std::equal(part.datastart, part.dataend, picture.datastart, picture.dataend));
            } catch (const core::Failure& failure) {
                CHECK(failure.category() == core::Category::data);
            }
        }
    }
    const std::string jpeg = encode(noise, ".jpg");
    CHECK(refused(jpeg.substr(0, jpeg.size() / 2)) == "is cut off: the end of the JPEG is missing");
}

TEST_CASE("changed bytes anywhere never do worse than a refusal") {
    cv::Mat noise(24, 24, CV_8UC3);
    cv::randu(noise, 0, 256);
    for (const std::string extension : {".jpg", ".png", ".bmp", ".webp", ".ppm", ".tiff"}) {
        const std::string whole = encode(noise, extension);
        for (std::size_t offset = 0; offset < whole.size(); offset += 1 + whole.size() / 150) {
            std::string changed = whole;
            changed[offset] = static_cast<char>(changed[offset] ^ 0xA5);
            try {
                decode(std::string_view(changed));
            } catch (const core::Failure& failure) {
                CHECK(failure.category() == core::Category::data);
            }
        }
    }
}

TEST_CASE("pixels given as they are must be as many as they say") {
    CHECK(failure_text([] {
              decode(ImageSource(RgbImage{2, 2, {1, 2, 3}}));
          }) == "has 3 bytes of pixels, but 2 x 2 RGB pixels are 12");
    CHECK(decode(ImageSource(RgbImage{1, 1, {1, 2, 3}})).at<cv::Vec3b>(0, 0) == cv::Vec3b(1, 2, 3));
}

TEST_CASE("prepare names the file, and gives what predict needs") {
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "missing.jpg";
    CHECK(failure_text([&] { prepare(path, Preprocess{}); }) == path.string() + ": does not exist");
    core::write_atomically(folder.path() / "a.png", encode(quarters(30, 60), ".png"));
    const Prepared prepared = prepare(folder.path() / "a.png", Preprocess{});
    CHECK(prepared.image.sizes() == at::IntArrayRef({1, 224, 224, 3}));
    CHECK((prepared.image.scalar_type() == at::kByte));
    CHECK(prepared.original.sizes() == at::IntArrayRef({30, 60, 3}));
    CHECK(prepared.original[1][1].equal(at::tensor({255, 0, 0}, at::kByte)));
    const Point middle = image::apply(prepared.motion.matrix, {30, 15});
    CHECK(middle.x == doctest::Approx(112));
    CHECK(middle.y == doctest::Approx(112));
}
