// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "target/canvas.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "target/caption.hpp"

namespace graft::target {
namespace {

/// Black or white: what is legible on a colour.
cv::Scalar color_on(const cv::Scalar& color) {
    const double light = 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2];
    return cv::Scalar::all(light > 140 ? 0 : 255);
}

/// The corners of a box in pixels of the canvas, both within the box.
std::array<cv::Point, 2> corners_of(const Box& box, double scale) {
    const auto scaled = [&](double place) { return static_cast<int>(std::lround(place * scale)); };
    return {cv::Point(scaled(box.left), scaled(box.top)),
            cv::Point(scaled(box.right) - 1, scaled(box.bottom) - 1)};
}

/// Outside of the box where the picture has room, else within it.
void draw_plate(const Canvas& canvas, const LabelledBox& labelled) {
    cv::Mat& picture = canvas.picture;
    const double size = std::clamp(0.03 * std::max(picture.cols, picture.rows), 9.0, 40.0);
    const auto pad = static_cast<int>(std::lround(0.2 * size));
    const std::string shown = canvas.lettering.fitted(labelled.text, size, picture.cols - 2 * pad);
    const cv::Size plate(canvas.lettering.width(shown, size) + 2 * pad,
                         static_cast<int>(std::lround(1.25 * size)));
    const auto [from, to] = corners_of(labelled.box, canvas.scale);
    const int left = std::clamp(from.x, 0, std::max(0, picture.cols - plate.width));
    const int above = from.y >= plate.height ? from.y - plate.height : std::max(0, from.y);
    const int below = to.y + 1 + plate.height <= picture.rows ? to.y + 1 : to.y + 1 - plate.height;
    const int top = labelled.below ? std::max(0, below) : above;
    cv::rectangle(picture, cv::Rect({left, top}, plate), labelled.color, cv::FILLED);
    canvas.lettering.write(picture, shown, {left + pad, top + static_cast<int>(std::lround(0.95 * size))},
                           size, color_on(labelled.color));
}

}  // namespace

void draw_boxes(const Canvas& canvas, const std::vector<LabelledBox>& boxes) {
    cv::Mat& picture = canvas.picture;
    const int thickness = std::max(1, std::min(picture.cols, picture.rows) / 160);
    for (const LabelledBox& each : boxes) {
        const auto [from, to] = corners_of(each.box, canvas.scale);
        cv::rectangle(picture, from, to, each.color, thickness);
    }
    for (auto each = boxes.rbegin(); each != boxes.rend(); ++each) {
        if (!each->text.empty()) {
            draw_plate(canvas, *each);
        }
    }
}

std::vector<Key> keys_of_classes(const TargetSchema& schema, const std::array<std::int64_t, 256>& counts) {
    std::vector<Key> keys;
    for (std::size_t index = 1; index < schema.classes.size(); ++index) {
        if (counts.at(index) > 0) {
            keys.push_back({schema.classes[index], color_of_class(index)});
        }
    }
    return keys;
}

}  // namespace graft::target
