// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Masks from files: numbers as they are stored, whatever a viewer makes of them, and files that are refused.
#include "target/mask_file.hpp"

#include <algorithm>

#include <doctest/doctest.h>
#include <png.h>
#include <opencv2/imgcodecs.hpp>

#include "support.hpp"
#include "support/temporary_folder.hpp"

using namespace graft;
using namespace graft::target;
using core::Category;
using graft::test::failure_text;
using graft::test::schema_of;

namespace {

struct PngStyle {
    int type = PNG_COLOR_TYPE_GRAY;
    int bits = 8;
    bool interlaced = false;
    bool transparent = false;  ///< the palette's last colours
};

void append(png_structp png, png_bytep bytes, png_size_t count) {
    static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<char*>(bytes), count);
}

/// The numbers, a byte each, as libpng writes them.
std::string png_of(const cv::Mat& numbers, const PngStyle& style) {
    std::string file;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, &file, append, nullptr);
    png_set_IHDR(png, info, static_cast<png_uint_32>(numbers.cols), static_cast<png_uint_32>(numbers.rows),
                 style.bits, style.type, style.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    std::vector<png_color> palette;
    std::vector<png_byte> alpha(static_cast<std::size_t>(1) << style.bits, 90);
    if (style.type == PNG_COLOR_TYPE_PALETTE) {
        for (int index = 0; index < 1 << style.bits; ++index) {  // colours that give no number away
            const auto shade = static_cast<png_byte>(255 - 7 * index);
            palette.push_back({shade, static_cast<png_byte>(31 * index), shade});
        }
        png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
        if (style.transparent) {
            png_set_tRNS(png, info, alpha.data(), static_cast<int>(alpha.size()), nullptr);
        }
    }
    png_write_info(png, info);
    png_set_packing(png);
    std::vector<png_bytep> rows;
    for (int row = 0; row < numbers.rows; ++row) {
        rows.push_back(const_cast<png_bytep>(numbers.ptr(row)));
    }
    png_write_image(png, rows.data());
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return file;
}

/// Numbers below `classes`, an odd number a row.
cv::Mat numbers(int classes, int rows = 6, int columns = 11) {
    cv::Mat made(rows, columns, CV_8U);
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column) {
            made.at<std::uint8_t>(row, column) = static_cast<std::uint8_t>((3 * row + 5 * column) % classes);
        }
    }
    return made;
}

std::string encoded(const cv::Mat& picture, const std::string& extension) {
    std::vector<unsigned char> bytes;
    REQUIRE(cv::imencode(extension, picture, bytes));
    return {bytes.begin(), bytes.end()};
}

cv::Mat read(const std::string& bytes) {
    return read_mask(EncodedImage{{bytes.begin(), bytes.end()}});
}

bool equal(const cv::Mat& left, const cv::Mat& right) {
    return left.type() == right.type() && left.size() == right.size() &&
           cv::norm(left, right, cv::NORM_INF) == 0;
}

std::string refused(const std::string& bytes) {
    return failure_text([&] { read(bytes); }, Category::data);
}

}  // namespace

// Proves: the palette's index is the number, whatever colour it stands for, at every depth and interlaced.
TEST_CASE("PNG with a palette keeps indices") {
    for (const int bits : {1, 2, 4, 8}) {
        for (const bool interlaced : {false, true}) {
            for (const bool transparent : {false, true}) {
                CAPTURE(bits);
                CAPTURE(interlaced);
                CAPTURE(transparent);
                const cv::Mat mask = numbers(1 << bits);
                const PngStyle style{PNG_COLOR_TYPE_PALETTE, bits, interlaced, transparent};
                CHECK(equal(read(png_of(mask, style)), mask));
            }
        }
    }
}

// Proves: grey of 1, 2 and 4 bits is not spread to 0..255.
TEST_CASE("grey PNG keeps its numbers") {
    for (const int bits : {1, 2, 4, 8}) {
        for (const bool interlaced : {false, true}) {
            CAPTURE(bits);
            const cv::Mat mask = numbers(1 << bits);
            CHECK(equal(read(png_of(mask, {PNG_COLOR_TYPE_GRAY, bits, interlaced})), mask));
        }
    }
}

// Proves: grey BMP, TIFF and PGM of 8 bits, files, and numbers in memory.
TEST_CASE("other sources of masks") {
    const cv::Mat mask = numbers(200);
    CHECK(equal(read(encoded(mask, ".png")), mask));
    const tests::TemporaryFolder folder;
    const auto file = folder.write("a.any", png_of(mask, {}));
    CHECK(equal(read_mask(file), mask));
    const ClassMap map{11, 6, {mask.datastart, mask.dataend}};
    CHECK(equal(read_mask(map), mask));
    CHECK(equal(read(encode_mask(mask)), mask));
}

// Proves: what holds no classes is refused with its reason and a way out.
TEST_CASE("files that are no masks") {
    const cv::Mat color(4, 5, CV_8UC3, cv::Scalar(1, 2, 3));
    const std::string in_colours =
        "has a mask in colours; the numbers of its pixels must be classes\n"
        "  save it with a palette, or as grey of 8 bits; or tell the colours of the classes, by the option "
        "`colours` of "
        "mask_folder";
    CHECK(refused(encoded(color, ".png")) == in_colours);
    CHECK(refused(encoded(cv::Mat(4, 5, CV_8UC4, cv::Scalar::all(1)), ".png")) == in_colours);
    CHECK(refused(encoded(cv::Mat(4, 5, CV_16U, cv::Scalar(1)), ".png")) ==
          "has a mask of 16 bits; there are at most 255 classes\n  save it as grey of 8 bits");
    // Other formats scale, invert or colour the numbers on their way to pixels.
    const std::string as_png = "\n  save it as PNG, with a palette or grey of 8 bits";
    const cv::Mat grey(4, 5, CV_8U, cv::Scalar(1));
    CHECK(refused(encoded(grey, ".bmp")) == "has a mask that is a BMP; masks are PNG" + as_png);
    CHECK(refused(encoded(grey, ".tiff")) == "has a mask that is a TIFF; masks are PNG" + as_png);
    CHECK(refused(encoded(grey, ".pgm")) == "has a mask that is a PNM; masks are PNG" + as_png);
    CHECK(refused(encoded(grey, ".jpg")) ==
          "has a mask that is a JPEG; masks are PNG\n"
          "  JPEG blends the numbers of neighbouring pixels; save it as PNG");
    CHECK(refused(encoded(color, ".webp")) == "has a mask that is a WebP; masks are PNG" + as_png);
    CHECK(refused(std::string("\x01\x02\x03\x04\x05\0", 6)) ==
          "has a mask that is no picture; masks are PNG" + as_png);
    CHECK(failure_text([] { read_mask(std::filesystem::path("/nowhere/mask.png")); }, Category::data) ==
          "has a mask '/nowhere/mask.png' that is no file");
    CHECK(failure_text([] { read_mask(std::filesystem::path("/tmp")); }, Category::data) ==
          "has a mask '/tmp' that is no file");
    CHECK(failure_text(
              [] {
                  read_mask(ClassMap{2, 2, {1, 2, 3}});
              },
              Category::data) == "has a mask of 3 numbers, but 2 x 2 pixels are 4");
    CHECK(failure_text(
              [] {
                  read_mask(ClassMap{0, 2, {}});
              },
              Category::data) == "has a mask of 0 x 2 pixels; at most 100 million are read");
}

// Proves: damage ends in a refusal or in the whole mask, never in half of one.
TEST_CASE("damaged masks") {
    const cv::Mat mask = numbers(250, 40, 41);
    for (const bool interlaced : {false, true}) {
        const std::string whole = png_of(mask, {PNG_COLOR_TYPE_GRAY, 8, interlaced});
        for (std::size_t length = 1; length < whole.size(); length += 1 + whole.size() / 80) {
            CAPTURE(length);
            const std::string part = whole.substr(0, length);
            const std::string text = refused(part);
            CHECK((text.empty() ? equal(read(part), mask) : text.starts_with("has a ")));
        }
        for (std::size_t offset = 8; offset < whole.size(); offset += 1 + whole.size() / 150) {
            CAPTURE(offset);
            std::string changed = whole;
            changed[offset] = static_cast<char>(changed[offset] ^ 0xA5);
            CHECK(refused(changed).find("another category") == std::string::npos);
        }
    }
    std::string bomb = png_of(mask, {});
    bomb.replace(16, 8,
                 std::string("\0\0\x75\x30\0\0\x75\x30", 8));  // 30000 x 30000, and a checksum that is wrong
    CHECK(refused(bomb).starts_with("has a "));
}

// Proves: a class that the schema does not have is told with its number, how often it is there, and what
// there is; 255 is none.
TEST_CASE("classes beyond the schema") {
    cv::Mat mask(2, 4, CV_8U, cv::Scalar(0));
    mask.at<std::uint8_t>(0, 1) = 7;
    mask.at<std::uint8_t>(1, 3) = 7;
    mask.at<std::uint8_t>(1, 0) = 255;
    const TargetSchema schema = schema_of(TargetKind::mask);
    Motion motion;
    motion.original = motion.input = {2, 4};
    const auto move = [&] {
        TargetValue value = MaskSource(ClassMap{4, 2, {mask.datastart, mask.dataend}});
        kind_of(schema).move(schema, motion, value);
        return std::get<ClassMap>(std::get<MaskSource>(value)).classes;
    };
    CHECK(
        failure_text(move, Category::data) ==
        "target 'ground' has class 7 at 2 pixels of its mask, but there are 2 classes (255: does not count)");
    mask.at<std::uint8_t>(0, 1) = mask.at<std::uint8_t>(1, 3) = 1;
    CHECK(move() == std::vector<std::uint8_t>{0, 1, 0, 0, 255, 0, 0, 1});
}

// Proves: files whose classes have numbers of their own become classes, once; other numbers are told with
// their count.
TEST_CASE("values of classes in the files of masks") {
    TargetSchema schema = mask_target("road", {"ground", "road"});
    schema.properties[mask_values] = "0 200";
    CHECK(schema_problems({schema}).empty());
    const Kind& kind = kind_of(schema);
    cv::Mat mask = numbers(2) * 200;
    mask.at<std::uint8_t>(0, 0) = 255;
    const std::string bytes = png_of(mask, {});
    TargetValue value = MaskSource(EncodedImage{{bytes.begin(), bytes.end()}});
    kind.load(schema, value);
    Motion motion;
    motion.original = motion.input = {6, 11};  // height, width
    kind.move(schema, motion, value);
    const ClassMap map = std::get<ClassMap>(std::get<MaskSource>(value));
    CHECK(map.classes[0] == 255);
    cv::Mat wanted = numbers(2);
    wanted.at<std::uint8_t>(0, 0) = 255;
    CHECK(std::equal(map.classes.begin(), map.classes.end(), wanted.datastart));

    mask.at<std::uint8_t>(0, 1) = 7;
    const std::string other = png_of(mask, {});
    TargetValue wrong = MaskSource(EncodedImage{{other.begin(), other.end()}});
    CHECK(failure_text([&] { kind.load(schema, wrong); }, Category::data) ==
          "target 'road' has the number 7 at 1 pixels of its mask, which no class has: 0 200\n  add it to "
          "`values` and `classes`");
    schema.properties[mask_values] = "0 0";
    CHECK(schema_problems({schema}) ==
          std::vector<std::string>{
              "target 'road' has '0' among the values of its classes; each is another number of "
              "0 to 255"});
    schema.properties[mask_values] = "0 1 2";
    CHECK(schema_problems({schema}) ==
          std::vector<std::string>{"target 'road' has values for 3 classes, but 2 classes"});
}
