// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "picture.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "core/files.hpp"
#include "image/png.hpp"

namespace graft::engine {
namespace {

using target::Caption;
using target::Mood;

// RGB.
const cv::Scalar paper(250, 249, 246);
const cv::Scalar track(228, 226, 220);

/// Lengths in pixels, for pictures whose longer side is `side`.
struct Measures {
    explicit Measures(int picture_side)
        : side(picture_side),
          zoom(std::clamp(picture_side / 512.0, 1.0, 4.0)),
          gap(pixels(18)),
          line(pixels(22)),
          bar(pixels(8)),
          title(pixels(54)) {}

    int pixels(double at_zoom_one) const { return static_cast<int>(std::lround(zoom * at_zoom_one)); }

    int side;
    double zoom;
    int gap;
    int line;
    int bar;
    int title;
};

void write_text(cv::Mat& sheet, const std::string& text, cv::Point corner, double scale, Mood mood,
                int width) {
    const int thickness = std::max(1, static_cast<int>(std::lround(1.6 * scale)));
    std::string shown = text;
    int baseline = 0;
    while (shown.size() > 3 &&
           cv::getTextSize(shown, cv::FONT_HERSHEY_SIMPLEX, scale, thickness, &baseline).width > width) {
        shown = shown.substr(0, shown.size() - (shown.ends_with("..") ? 3 : 1)) + "..";
    }
    cv::putText(sheet, shown, corner, cv::FONT_HERSHEY_SIMPLEX, scale, target::color_of(mood), thickness,
                cv::LINE_AA);
}

/// The truth of one prediction; null where nobody knows it.
const TargetValue* known_truth(const Tile& tile, std::size_t index) {
    return index < tile.truth.size() && tile.truth[index] ? &*tile.truth[index] : nullptr;
}

std::vector<Caption> captions_of(const Tile& tile, std::size_t classes) {
    std::vector<Caption> lines;
    for (std::size_t index = 0; index < tile.prediction.size(); ++index) {
        const target::Answer& answer = tile.prediction[index].answer;
        target::kind_of(answer.schema).caption(answer, known_truth(tile, index), classes, lines);
    }
    return lines;
}

/// The picture with what the predictions draw into it, its longer side brought to `side`.
cv::Mat with_marks(const Tile& tile, int side) {
    const at::Tensor pixels = tile.original.contiguous();
    const cv::Mat picture(static_cast<int>(pixels.size(0)), static_cast<int>(pixels.size(1)), CV_8UC3,
                          pixels.data_ptr());
    const double scale = static_cast<double>(side) / std::max(picture.cols, picture.rows);
    const auto scaled = [&](int length) {
        return std::max(1, static_cast<int>(std::lround(length * scale)));
    };
    cv::Mat fitted = picture.clone();
    if (side != std::max(picture.cols, picture.rows)) {
        cv::resize(picture, fitted, {scaled(picture.cols), scaled(picture.rows)}, 0, 0,
                   scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
    }
    for (std::size_t index = 0; index < tile.prediction.size(); ++index) {
        const target::Answer& answer = tile.prediction[index].answer;
        target::kind_of(answer.schema).draw(answer, known_truth(tile, index), scale, fitted);
    }
    return fitted;
}

bool has_true_places(const Tile& tile) {
    for (std::size_t index = 0; index < tile.prediction.size(); ++index) {
        if (known_truth(tile, index) != nullptr &&
            target::kind_of(tile.prediction[index].answer.schema).is_spatial()) {
            return true;
        }
    }
    return false;
}

/// Height of the lines below a picture.
int caption_height(const std::vector<Caption>& captions, const Measures& measures) {
    int height = measures.line;  // the name
    for (const Caption& caption : captions) {
        height += measures.line + (caption.bar >= 0 ? measures.bar : 0);
    }
    return height;
}

/// The captions and the name, from `top` downwards.
void draw_captions(cv::Mat& sheet, const Tile& tile, const std::vector<Caption>& captions, cv::Point top,
                   int width, const Measures& measures) {
    int y = top.y;
    for (const Caption& caption : captions) {
        if (caption.bar >= 0) {
            const int filled = static_cast<int>(std::lround(width * std::clamp(caption.bar, 0.0, 1.0)));
            const int height = measures.bar / 2;
            const int upper = y + measures.bar / 2;
            cv::rectangle(sheet, cv::Rect(top.x, upper, width, height), track, cv::FILLED);
            cv::rectangle(sheet, cv::Rect(top.x, upper, filled, height), target::color_of(caption.mood),
                          cv::FILLED);
            y += measures.bar;
        }
        y += measures.line;
        write_text(sheet, caption.text, {top.x, y - measures.pixels(4)}, 0.5 * measures.zoom, caption.mood,
                   width);
    }
    write_text(sheet, tile.name, {top.x, y + measures.pixels(16)}, 0.38 * measures.zoom, Mood::faint, width);
}

}  // namespace

void write_sheet(const std::vector<Tile>& tiles, const std::string& title, const std::string& path) {
    if (tiles.empty()) {
        return;
    }
    const Measures measures(256);
    const auto count = static_cast<int>(tiles.size());
    const int columns = std::min(count, static_cast<int>(std::ceil(std::sqrt(1.6 * count))));
    const int rows = (count + columns - 1) / columns;
    std::vector<std::vector<Caption>> captions;
    int below = 0;
    for (const Tile& tile : tiles) {
        captions.push_back(captions_of(tile, 1));
        below = std::max(below, caption_height(captions.back(), measures));
    }
    const int cell = measures.side + below + measures.gap;
    cv::Mat sheet(measures.title + rows * cell + measures.gap,
                  measures.gap + columns * (measures.side + measures.gap), CV_8UC3, paper);
    const bool with_truth = std::any_of(tiles.begin(), tiles.end(), has_true_places);
    write_text(sheet, title + (with_truth ? " (places: red is predicted, green the truth)" : ""),
               {measures.gap, 34}, 0.65, Mood::plain, sheet.cols - 2 * measures.gap);
    for (int index = 0; index < count; ++index) {
        const Tile& tile = tiles[static_cast<std::size_t>(index)];
        const cv::Rect frame(measures.gap + index % columns * (measures.side + measures.gap),
                             measures.title + index / columns * cell, measures.side, measures.side);
        cv::rectangle(sheet, frame, track, cv::FILLED);
        const cv::Mat picture = with_marks(tile, measures.side);
        picture.copyTo(
            sheet(cv::Rect(frame.x + (frame.width - picture.cols) / 2,
                           frame.y + (frame.height - picture.rows) / 2, picture.cols, picture.rows)));
        draw_captions(sheet, tile, captions[static_cast<std::size_t>(index)],
                      {frame.x, frame.y + frame.height}, frame.width, measures);
    }
    core::write_atomically(path, image::encode_png(sheet));
}

void write_card(const Tile& tile, const std::string& path) {
    constexpr int smallest = 384;  // below it points and captions cannot be told apart
    constexpr std::size_t classes = 5;
    const auto longer = static_cast<int>(std::max(tile.original.size(0), tile.original.size(1)));
    const Measures measures(longer * std::max(1, (smallest + longer - 1) / longer));
    const std::vector<Caption> captions = captions_of(tile, classes);
    const cv::Mat picture = with_marks(tile, measures.side);
    const int width = std::max(picture.cols, smallest);
    cv::Mat card(picture.rows + caption_height(captions, measures) + 3 * measures.gap,
                 width + 2 * measures.gap, CV_8UC3, paper);
    picture.copyTo(
        card(cv::Rect(measures.gap + (width - picture.cols) / 2, measures.gap, picture.cols, picture.rows)));
    draw_captions(card, tile, captions, {measures.gap, measures.gap + picture.rows + measures.gap / 2}, width,
                  measures);
    core::write_atomically(path, image::encode_png(card));
}

}  // namespace graft::engine
