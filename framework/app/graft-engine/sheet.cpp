// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "sheet.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "legend.hpp"

namespace graft::engine {
namespace {

using lettering::Lettering;
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

    double name_size() const { return 11 * zoom; }
    double caption_size() const { return 14 * zoom; }

    int side;
    double zoom;
    int gap;
    int line;
    int bar;
    int title;
};

void write_line(cv::Mat& sheet, const std::string& text, cv::Point start, double size, Mood mood, int width,
                Lettering& lettering) {
    lettering.write(sheet, lettering.fitted(text, size, width), start, size, target::color_of(mood));
}

std::vector<target::Key> keys_of(const std::vector<Panel>& panels) {
    std::vector<target::Key> keys;
    for (const Panel& panel : panels) {
        add_keys(panel.keys, keys);
    }
    return keys;
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
void draw_captions(cv::Mat& sheet, const Panel& panel, cv::Point top, int width, const Measures& measures,
                   Lettering& lettering) {
    int y = top.y;
    for (const Caption& caption : panel.captions) {
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
        write_line(sheet, caption.text, {top.x, y - measures.pixels(4)}, measures.caption_size(),
                   caption.mood, width, lettering);
    }
    write_line(sheet, panel.name, {top.x, y + measures.pixels(16)}, measures.name_size(), Mood::faint, width,
               lettering);
}

}  // namespace

cv::Mat sheet_of(const std::vector<Panel>& panels, const std::string& title, int side, Lettering& lettering) {
    const Measures measures(side);
    const auto count = static_cast<int>(panels.size());
    const int columns = std::max(1, std::min(count, static_cast<int>(std::ceil(std::sqrt(1.6 * count)))));
    const int rows = (count + columns - 1) / columns;
    int below = 0;
    for (const Panel& panel : panels) {
        below = std::max(below, caption_height(panel.captions, measures));
    }
    const int cell = measures.side + below + measures.gap;
    const int width = columns * (measures.side + measures.gap) - measures.gap;
    const Legend legend(keys_of(panels), width, measures.caption_size(), lettering);
    const int above = measures.title + legend.height();
    cv::Mat sheet(above + rows * cell + measures.gap, width + 2 * measures.gap, CV_8UC3, paper);
    write_line(sheet, title, {measures.gap, 34}, 18, Mood::plain, width, lettering);
    legend.draw(sheet, {measures.gap, measures.title - measures.gap / 2});
    for (int index = 0; index < count; ++index) {
        const Panel& panel = panels[static_cast<std::size_t>(index)];
        const cv::Rect frame(measures.gap + index % columns * (measures.side + measures.gap),
                             above + index / columns * cell, measures.side, measures.side);
        cv::rectangle(sheet, frame, track, cv::FILLED);
        panel.picture.copyTo(sheet(cv::Rect(frame.x + (frame.width - panel.picture.cols) / 2,
                                            frame.y + (frame.height - panel.picture.rows) / 2,
                                            panel.picture.cols, panel.picture.rows)));
        draw_captions(sheet, panel, {frame.x, frame.y + frame.height}, frame.width, measures, lettering);
    }
    return sheet;
}

cv::Mat card_of(const Panel& panel, int side, Lettering& lettering) {
    const Measures measures(side);
    const cv::Mat& picture = panel.picture;
    const int width = std::max(picture.cols, smallest_card);
    const Legend legend(panel.keys, width, measures.caption_size(), lettering);
    const int below = measures.gap + picture.rows + measures.gap / 2;
    cv::Mat card(picture.rows + legend.height() + caption_height(panel.captions, measures) + 3 * measures.gap,
                 width + 2 * measures.gap, CV_8UC3, paper);
    picture.copyTo(
        card(cv::Rect(measures.gap + (width - picture.cols) / 2, measures.gap, picture.cols, picture.rows)));
    legend.draw(card, {measures.gap, below});
    draw_captions(card, panel, {measures.gap, below + legend.height()}, width, measures, lettering);
    return card;
}

}  // namespace graft::engine
