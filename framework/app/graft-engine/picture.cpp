// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "picture.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/files.hpp"
#include "core/problem.hpp"

namespace graft::engine {
namespace {

constexpr int tile_side = 256;  // pixels, as all lengths here
constexpr int gap = 18;
constexpr int line_height = 22;
constexpr int title_height = 54;

// RGB; the sheet is turned into BGR when it is written.
const cv::Scalar paper(250, 249, 246);
const cv::Scalar ink(40, 42, 48);
const cv::Scalar pale(128, 130, 136);
const cv::Scalar track(228, 226, 220);
const cv::Scalar neutral(74, 114, 176);
const cv::Scalar right_colour(46, 140, 87);
const cv::Scalar wrong_colour(204, 62, 54);

void write_text(cv::Mat& sheet, const std::string& text, cv::Point at, double scale, const cv::Scalar& colour,
                int width) {
    std::string shown = text;
    int baseline = 0;
    while (shown.size() > 1 &&
           cv::getTextSize(shown, cv::FONT_HERSHEY_SIMPLEX, scale, 1, &baseline).width > width) {
        shown = shown.substr(0, shown.size() - (shown.ends_with("..") ? 3 : 1)) + "..";
    }
    cv::putText(sheet, shown, at, cv::FONT_HERSHEY_SIMPLEX, scale, colour, 1, cv::LINE_AA);
}

/// What is drawn for one target: a line of text, its colour, and how much of the bar is filled (< 0: none).
struct Caption {
    std::string text;
    cv::Scalar colour = neutral;
    double bar = -1;
};

Caption category_caption(const TargetPrediction& prediction, const TargetValue* truth) {
    const std::size_t best = likeliest(prediction);
    Caption caption{
        fmt::format("{} {:.0f} %", prediction.schema.classes[best], 100 * prediction.numbers[best]), neutral,
        prediction.numbers[best]};
    if (const auto* index = truth == nullptr ? nullptr : std::get_if<std::int64_t>(truth)) {
        const bool right = static_cast<std::size_t>(*index) == best;
        caption.colour = right ? right_colour : wrong_colour;
        if (!right) {
            caption.text += ", truth: " + prediction.schema.classes.at(static_cast<std::size_t>(*index));
        }
    }
    return caption;
}

Caption caption_of(const TargetPrediction& prediction, const TargetValue* truth) {
    const std::string& unit = prediction.schema.unit;
    switch (prediction.schema.kind) {
        case TargetKind::category:
            return category_caption(prediction, truth);
        case TargetKind::scalar: {
            Caption caption{
                fmt::format("{}: {:.1f} {}", prediction.schema.name, prediction.numbers.front(), unit), ink,
                -1};
            if (const auto* value = truth == nullptr ? nullptr : std::get_if<double>(truth)) {
                caption.text += fmt::format(", truth: {:.1f}", *value);
            }
            return caption;
        }
        case TargetKind::labels: {
            Caption caption{"", ink, -1};
            for (std::size_t index = 0; index < prediction.numbers.size(); ++index) {
                if (prediction.numbers[index] >= 0.5) {
                    caption.text += (caption.text.empty() ? "" : ", ") + prediction.schema.classes[index];
                }
            }
            return caption;
        }
        case TargetKind::points:
        case TargetKind::tensor:
            break;
    }
    return {fmt::format("{}: {} numbers", prediction.schema.name,
                        prediction.points.empty() ? prediction.numbers.size() : 2 * prediction.points.size()),
            pale, -1};
}

void draw_points(cv::Mat& sheet, const Points& points, const cv::Rect& area, double scale,
                 const cv::Scalar& colour) {
    for (const auto& point : points) {
        if (point) {
            const cv::Point centre(area.x + static_cast<int>(std::lround(point->x * scale)),
                                   area.y + static_cast<int>(std::lround(point->y * scale)));
            if (area.contains(centre)) {
                cv::circle(sheet, centre, 3, cv::Scalar(255, 255, 255), cv::FILLED, cv::LINE_AA);
                cv::circle(sheet, centre, 2, colour, cv::FILLED, cv::LINE_AA);
            }
        }
    }
}

/// Fits the picture into the tile, keeping its aspect; returns the area and the scale.
std::pair<cv::Rect, double> draw_picture(cv::Mat& sheet, const at::Tensor& original, cv::Point corner) {
    const at::Tensor pixels = original.contiguous();
    const cv::Mat picture(static_cast<int>(pixels.size(0)), static_cast<int>(pixels.size(1)), CV_8UC3,
                          pixels.data_ptr());
    const double scale = static_cast<double>(tile_side) / std::max(picture.cols, picture.rows);
    cv::Mat fitted;
    const cv::Size size(std::max(1, static_cast<int>(std::lround(picture.cols * scale))),
                        std::max(1, static_cast<int>(std::lround(picture.rows * scale))));
    cv::resize(picture, fitted, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
    const cv::Rect area(corner.x + (tile_side - size.width) / 2, corner.y + (tile_side - size.height) / 2,
                        size.width, size.height);
    fitted.copyTo(sheet(area));
    return {area, scale};
}

void draw_tile(cv::Mat& sheet, const Tile& tile, cv::Point corner) {
    const cv::Rect frame(corner.x, corner.y, tile_side, tile_side);
    cv::rectangle(sheet, frame, track, cv::FILLED);
    const auto [area, scale] = draw_picture(sheet, tile.original, corner);
    int y = corner.y + tile_side + line_height - 4;
    for (std::size_t index = 0; index < tile.prediction.size(); ++index) {
        const TargetPrediction& prediction = tile.prediction[index];
        const bool known = index < tile.truth.size() && tile.truth[index].has_value();
        const TargetValue* truth = known ? &*tile.truth[index] : nullptr;
        if (prediction.schema.kind == TargetKind::points) {
            if (const auto* points = truth == nullptr ? nullptr : std::get_if<Points>(truth)) {
                draw_points(sheet, *points, area, scale, right_colour);
            }
            draw_points(sheet, prediction.points, area, scale, wrong_colour);
            continue;
        }
        const Caption caption = caption_of(prediction, truth);
        if (caption.bar >= 0) {
            const cv::Rect bar(corner.x, y - line_height + 8, tile_side, 4);
            cv::rectangle(sheet, bar, track, cv::FILLED);
            cv::rectangle(
                sheet,
                cv::Rect(bar.x, bar.y, static_cast<int>(std::lround(bar.width * caption.bar)), bar.height),
                caption.colour, cv::FILLED);
            y += 8;
        }
        write_text(sheet, caption.text, {corner.x, y}, 0.5, caption.colour, tile_side);
        y += line_height;
    }
    write_text(sheet, tile.name, {corner.x, y - 2}, 0.38, pale, tile_side);
}

}  // namespace

void write_sheet(const std::vector<Tile>& tiles, const std::string& title, const std::string& path) {
    if (tiles.empty()) {
        return;
    }
    const int columns = std::min<int>(
        static_cast<int>(tiles.size()),
        std::max(1, static_cast<int>(std::ceil(std::sqrt(1.6 * static_cast<double>(tiles.size()))))));
    const int rows = (static_cast<int>(tiles.size()) + columns - 1) / columns;
    const int captions = static_cast<int>(tiles.front().prediction.size());
    const int cell = tile_side + captions * (line_height + 8) + line_height + gap;
    cv::Mat sheet(title_height + rows * cell + gap, gap + columns * (tile_side + gap), CV_8UC3, paper);
    write_text(sheet, title, {gap, 34}, 0.65, ink, sheet.cols - 2 * gap);
    for (std::size_t index = 0; index < tiles.size(); ++index) {
        const int row = static_cast<int>(index) / columns;
        const int column = static_cast<int>(index) % columns;
        draw_tile(sheet, tiles[index], {gap + column * (tile_side + gap), title_height + row * cell});
    }
    cv::cvtColor(sheet, sheet, cv::COLOR_RGB2BGR);
    std::vector<unsigned char> bytes;
    if (!cv::imencode(".png", sheet, bytes)) {
        throw core::Failure(core::Category::internal, "the picture cannot be encoded as PNG");
    }
    core::write_atomically(path, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace graft::engine
