// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Masks, boxes and points go with their picture through the loader: under every resize rule, augmentation and
// orientation by EXIF.
#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "data/loader.hpp"
#include "jpeg.hpp"
#include "support.hpp"

using namespace graft;
using namespace graft::data;
using graft::test::all_of;
using graft::test::FakeDataset;
using pipeline::Augment;
using pipeline::Resize;

namespace {

constexpr int picture_width = 180;
constexpr int picture_height = 130;

/// Class 1 is two bars and a disc, in no way symmetric; some pixels of class 0 do not count.
cv::Mat shapes() {
    cv::Mat mask(picture_height, picture_width, CV_8U, cv::Scalar(0));
    mask(cv::Rect(20, 15, 60, 18)).setTo(1);
    mask(cv::Rect(30, 40, 14, 70)).setTo(1);
    for (int y = 0; y < picture_height; ++y) {
        for (int x = 0; x < picture_width; ++x) {
            if (std::hypot(x + 0.5 - 125, y + 0.5 - 80) < 30) {
                mask.at<std::uint8_t>(y, x) = 1;
            }
        }
    }
    return mask;
}

/// Red is 255 exactly where the mask is class 1, and blue is 200 wherever there is a picture.
RgbImage picture_of(const cv::Mat& mask) {
    RgbImage image{mask.cols, mask.rows, {}};
    for (int y = 0; y < mask.rows; ++y) {
        for (int x = 0; x < mask.cols; ++x) {
            const bool one = mask.at<std::uint8_t>(y, x) == 1;
            image.pixels.insert(image.pixels.end(), {static_cast<std::uint8_t>(one ? 255 : 0), 0, 200});
        }
    }
    return image;
}

ClassMap map_of(const cv::Mat& mask) {
    const cv::Mat whole = mask.clone();
    return {whole.cols, whole.rows, {whole.datastart, whole.dataend}};
}

/// What differs between a moved mask and the red of its picture.
struct Difference {
    std::int64_t red = 0;      ///< class 1 or not
    std::int64_t outside = 0;  ///< beside the picture or not
    std::int64_t inland = 0;   ///< of both, where no border is near
    std::int64_t ones = 0;     ///< pixels of class 1
    std::int64_t pixels = 0;

    bool is_small() const { return 100 * red <= 3 * pixels && 100 * outside <= 3 * pixels && inland == 0; }
};

/// Whether the mask has but one class within two pixels.
bool is_inland(const cv::Mat& mask, int y, int x) {
    for (int row = std::max(0, y - 2); row <= std::min(mask.rows - 1, y + 2); ++row) {
        for (int column = std::max(0, x - 2); column <= std::min(mask.cols - 1, x + 2); ++column) {
            if (mask.at<std::uint8_t>(row, column) != mask.at<std::uint8_t>(y, x)) {
                return false;
            }
        }
    }
    return true;
}

Difference compare(const at::Tensor& image, const at::Tensor& classes) {
    const int rows = static_cast<int>(classes.size(0));
    const int columns = static_cast<int>(classes.size(1));
    const cv::Mat mask(rows, columns, CV_8U, classes.data_ptr<std::uint8_t>());
    const cv::Mat pixels(rows, columns, CV_8UC3, image.data_ptr<std::uint8_t>());
    Difference difference;
    for (int y = 0; y < rows; ++y) {
        for (int x = 0; x < columns; ++x) {
            const std::uint8_t index = mask.at<std::uint8_t>(y, x);
            const cv::Vec3b color = pixels.at<cv::Vec3b>(y, x);
            const bool red = (color[0] > 127) != (index == 1);
            const bool outside = (color[2] < 100) != (index == ignored_class);
            difference.red += red ? 1 : 0;
            difference.outside += outside ? 1 : 0;
            difference.inland += (red || outside) && is_inland(mask, y, x) ? 1 : 0;
            difference.ones += index == 1 ? 1 : 0;
            ++difference.pixels;
        }
    }
    return difference;
}

LoaderOptions options_of(std::vector<TargetSchema> targets) {
    LoaderOptions options;
    options.preprocess.height = 96;
    options.preprocess.width = 112;
    options.preprocess.normalization.mean = {0, 0, 0};  // black beside the picture
    options.targets = std::move(targets);
    options.seed = 5;
    return options;
}

/// A picture of 48 x 32 as it is stored: black, with two white blocks that lie in no way symmetric. JPEG
/// keeps blocks of 8 x 8 sharp.
cv::Mat stored_blocks() {
    cv::Mat mask(32, 48, CV_8U, cv::Scalar(0));
    mask(cv::Rect(8, 0, 16, 8)).setTo(1);
    mask(cv::Rect(40, 16, 8, 16)).setTo(1);
    return mask;
}

const Boxes stored_boxes{{8, 0, 24, 8, 0, false}, {40, 16, 48, 32, 1, true}};
const Points stored_points{Point{16, 4}, Point{44, 24}, std::nullopt};

/// Turns a picture as EXIF 2.3 says of the orientation's number: which side the stored first row and column
/// are.
cv::Mat turned(const cv::Mat& stored, int orientation) {
    const bool swaps = orientation >= 5;
    cv::Mat seen(swaps ? stored.cols : stored.rows, swaps ? stored.rows : stored.cols, stored.type());
    // Row 0 is at the top | bottom | left | right; column 0 at the left | right | top | bottom.
    const bool row_ends = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    const bool column_ends = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    for (int row = 0; row < stored.rows; ++row) {
        for (int column = 0; column < stored.cols; ++column) {
            const int across = row_ends ? stored.rows - 1 - row : row;
            const int along = column_ends ? stored.cols - 1 - column : column;
            seen.at<std::uint8_t>(swaps ? along : across, swaps ? across : along) =
                stored.at<std::uint8_t>(row, column);
        }
    }
    return seen;
}

TargetSchema in_frame(TargetSchema schema, Frame frame) {
    schema.frame = frame;
    return schema;
}

std::vector<TargetSchema> framed_schemas(Frame frame) {
    return {in_frame(mask_target("mask", {"none", "block"}), frame),
            in_frame(boxes_target("boxes", {"lying", "standing"}), frame),
            in_frame(points_target("points", 3), frame)};
}

/// Reads a JPEG of that orientation with targets in the stored frame.
std::unique_ptr<Loader> stored_loader(int orientation, const std::vector<Augment>& augment) {
    auto dataset = std::make_shared<FakeDataset>();
    dataset->samples = 1;
    dataset->picture = [orientation](std::int64_t) {
        const std::string bytes =
            test::with_orientation(test::jpeg_of(stored_blocks() * 255), static_cast<char>(orientation));
        return EncodedImage{{bytes.begin(), bytes.end()}};
    };
    dataset->values = [](std::int64_t) {
        return std::vector<TargetValue>{MaskSource(map_of(stored_blocks())), stored_boxes, stored_points};
    };
    LoaderOptions options = options_of(framed_schemas(Frame::stored));
    options.augment = augment;
    return std::make_unique<Loader>(all_of(dataset), options);
}

std::unique_ptr<Batch> first_batch(Loader& loader, std::int64_t epoch = 1) {
    loader.start(epoch);
    auto batch = loader.next();
    REQUIRE_MESSAGE(batch != nullptr, loader.skipped().at(0).reason);
    return batch;
}

std::unique_ptr<Batch> stored_batch(int orientation, const std::vector<Augment>& augment) {
    const auto loader = stored_loader(orientation, augment);
    return first_batch(*loader);
}

/// The rectangle around all pixels within `box` that are brighter than half; `box` is in input pixels.
Box bright_part(const at::Tensor& image, const at::Tensor& box) {
    const auto side = [&](std::int64_t index) { return box[index].item<double>(); };
    Box found{1e9, 1e9, 0, 0, 0, false};
    for (std::int64_t y = 0; y < image.size(0); ++y) {
        for (std::int64_t x = 0; x < image.size(1); ++x) {
            const auto column = static_cast<double>(x);
            const auto row = static_cast<double>(y);
            const bool near = column + 4 > side(box::left) && column - 4 < side(box::right) &&
                              row + 4 > side(box::top) && row - 4 < side(box::bottom);
            if (near && image[y][x][0].item<int>() > 127) {
                found.left = std::min(found.left, column);
                found.top = std::min(found.top, row);
                found.right = std::max(found.right, column + 1);
                found.bottom = std::max(found.bottom, row + 1);
            }
        }
    }
    return found;
}

void check_stored(int orientation, const std::vector<Augment>& augment) {
    CAPTURE(orientation);
    const auto batch = stored_batch(orientation, augment);
    CHECK(batch->motions[0].orientation == orientation);
    const at::Tensor image = batch->images[0];
    const at::Tensor mask = batch->targets[0].values[0];
    CHECK(mask.eq(1).eq(image.select(2, 0).gt(127)).to(at::kFloat).mean().item<double>() > 0.97);
    const double ones = mask.eq(1).to(at::kFloat).mean().item<double>();
    CHECK(ones == doctest::Approx(256.0 / (48 * 32)).epsilon(0.1));
    for (std::int64_t index = 0; index < 2; ++index) {
        const at::Tensor box = batch->targets[1].values[0][index];
        const Box bright = bright_part(image, box);
        CHECK(std::abs(box[box::left].item<double>() - bright.left) <= 1.5);
        CHECK(std::abs(box[box::top].item<double>() - bright.top) <= 1.5);
        CHECK(std::abs(box[box::right].item<double>() - bright.right) <= 1.5);
        CHECK(std::abs(box[box::bottom].item<double>() - bright.bottom) <= 1.5);
        CHECK(box[box::class_index].item<double>() == static_cast<double>(index));
        CHECK(box[box::state].item<double>() == (index == 0 ? 1 : 0));
        const at::Tensor point = batch->targets[2].values[0][index];
        CHECK(std::abs(point[0].item<double>() - (bright.left + bright.right) / 2) <= 1.5);
        CHECK(std::abs(point[1].item<double>() - (bright.top + bright.bottom) / 2) <= 1.5);
    }
    CHECK(batch->targets[2].present[0].equal(at::tensor({1, 1, 0}).to(at::kBool)));
}

}  // namespace

// Proves: whatever moves the pixels moves the classes: at most 3 % of the pixels, all of them at borders,
// differ; what lies beside the picture does not count.
TEST_CASE("masks and pixels go the same way under every resize rule and augmentation") {
    const Augment flip{"flip", {0.5}, {}};
    const Augment rotate{"rotate", {25}, {}};
    const Augment scale{"scale", {0.7, 1.4}, {}};
    const Augment translate{"translate", {0.1}, {}};
    const Augment color{"color", {0.2}, {}};
    auto dataset = std::make_shared<FakeDataset>();
    dataset->samples = 4;
    dataset->picture = [](std::int64_t) { return picture_of(shapes()); };
    dataset->values = [](std::int64_t) { return std::vector<TargetValue>{MaskSource(map_of(shapes()))}; };
    for (const Resize resize : {Resize::stretch, Resize::crop, Resize::pad}) {
        for (const auto& augment :
             std::vector<std::vector<Augment>>{{},
                                               {flip},
                                               {rotate},
                                               {scale},
                                               {translate},
                                               {color},
                                               {flip, rotate, scale, translate, color}}) {
            CAPTURE(static_cast<int>(resize));
            CAPTURE(augment.size());
            CAPTURE((augment.empty() ? "" : augment.front().name));
            LoaderOptions options = options_of({mask_target("mask", {"none", "shape"})});
            options.preprocess.resize = resize;
            options.augment = augment;
            Loader loader(all_of(dataset), options);
            for (std::int64_t epoch = 1; epoch <= 2; ++epoch) {
                loader.start(epoch);
                const auto batch = loader.next();
                REQUIRE(batch != nullptr);
                for (std::int64_t sample = 0; sample < 4; ++sample) {
                    const Difference made = compare(batch->images[sample], batch->targets[0].values[sample]);
                    CAPTURE(made.red);
                    CAPTURE(made.outside);
                    CAPTURE(made.inland);
                    CHECK(made.is_small());
                    CHECK(made.ones > made.pixels / 20);
                }
            }
        }
    }
}

// Proves: where the file says that it is to be turned, targets that were made on its stored pixels lie where
// the turned picture shows them, mirrored by augmentation or not.
TEST_CASE("masks, boxes and points in the stored frame: all eight orientations") {
    for (int orientation = 1; orientation <= 8; ++orientation) {
        check_stored(orientation, {});
        check_stored(orientation, {{"flip", {1.0}, {}}});
        check_stored(orientation, {{"translate", {0.02}, {}}});
    }
}

// Proves: the same targets made on the picture as people see it give the same input.
TEST_CASE("masks in the frame as seen: all eight orientations") {
    for (int orientation = 1; orientation <= 8; ++orientation) {
        CAPTURE(orientation);
        const auto stored = stored_batch(orientation, {});
        auto dataset = std::make_shared<FakeDataset>();
        dataset->samples = 1;
        dataset->picture = [&](std::int64_t) {
            const std::string bytes =
                test::with_orientation(test::jpeg_of(stored_blocks() * 255), static_cast<char>(orientation));
            return EncodedImage{{bytes.begin(), bytes.end()}};
        };
        dataset->values = [&](std::int64_t) {
            return std::vector<TargetValue>{MaskSource(map_of(turned(stored_blocks(), orientation)))};
        };
        Loader loader(all_of(dataset), options_of({mask_target("mask", {"none", "block"})}));
        loader.start(1);
        const auto batch = loader.next();
        REQUIRE(batch != nullptr);
        CHECK(batch->images.equal(stored->images));
        CHECK(batch->targets[0].values.equal(stored->targets[0].values));
        CHECK(batch->motions[0].original.height == (orientation >= 5 ? 48 : 32));
    }
}

// Proves: of a picture whose row is there nothing is decoded, and yet its targets lie where they would; the
// row of one view is not that of another.
TEST_CASE("targets move alike where a row stands for the picture") {
    const std::vector<Augment> augment = {{"flip", {1.0}, {}}, {"rotate", {10}, {}}, {"color", {0.2}, {}}};
    constexpr std::size_t row_bytes = 64;
    for (const int orientation : {1, 6, 7}) {
        CAPTURE(orientation);
        const test::TemporaryFolder folder;
        const auto table = std::make_shared<features::FeatureTable>(folder.path() / "t", row_bytes);
        features::FileIndex files(folder.path() / "files");
        const auto from_pixels = first_batch(*stored_loader(orientation, augment), 2);
        const auto loader = stored_loader(orientation, augment);
        loader->use_rows({table, &files});
        const auto cold = first_batch(*loader, 2);
        REQUIRE(cold->rows->there == std::vector<bool>{false});
        CHECK(cold->images.equal(from_pixels->images));
        table->add(cold->rows->origins, std::vector<std::byte>(row_bytes));
        const auto warm = first_batch(*loader, 2);
        REQUIRE(warm->rows->there == std::vector<bool>{true});
        CHECK(warm->motions[0].matrix == from_pixels->motions[0].matrix);
        CHECK(warm->motions[0].mirrored);
        for (std::size_t target = 0; target < 3; ++target) {
            CHECK(warm->targets[target].values.equal(from_pixels->targets[target].values));
            CHECK(warm->targets[target].present.equal(from_pixels->targets[target].present));
        }
        CHECK(first_batch(*loader, 3)->rows->there == std::vector<bool>{false});
        loader->use_views({2, 0});  // the fourth epoch sees what the second drew
        CHECK(first_batch(*loader, 4)->rows->there == std::vector<bool>{true});
    }
}

// Proves: a mask that does not go with its picture costs its sample, which is named with both sizes.
TEST_CASE("samples whose mask does not fit are skipped") {
    auto dataset = std::make_shared<FakeDataset>();
    dataset->samples = 3;
    dataset->picture = [](std::int64_t) { return RgbImage{2, 3, std::vector<std::uint8_t>(18, 9)}; };
    dataset->values = [](std::int64_t index) -> std::vector<TargetValue> {
        if (index == 0) {
            return {MaskSource(ClassMap{3, 2, {0, 0, 0, 0, 0, 0}})};
        }
        if (index == 1) {
            return {MaskSource(std::filesystem::path("/nowhere/1.png"))};
        }
        return {std::monostate{}};
    };
    Loader loader(all_of(dataset), options_of({mask_target("mask", {"none", "block"})}));
    loader.start(1);
    const auto batch = loader.next();
    REQUIRE(batch != nullptr);
    CHECK(batch->ids == std::vector<std::string>{"sample 2"});
    CHECK_FALSE(batch->targets[0].present.any().item<bool>());
    REQUIRE(loader.skipped().size() == 2);
    CHECK(loader.skipped()[0].reason == "target 'mask' has a mask of 3 x 2 pixels, its picture has 2 x 3");
    CHECK(loader.skipped()[1].reason == "target 'mask' has a mask '/nowhere/1.png' that is no file");
}
