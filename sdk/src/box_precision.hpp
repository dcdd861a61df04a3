// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Which detections of one picture find which of its true boxes, and what precision comes of it, by the rules
// of COCO's evaluation (Lin et al. 2014; pycocotools' COCOeval with iouType "bbox" and area range "all").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace graft::metrics {

/// Overlaps (intersection over union) from which on a detection finds a true box: 0.50, 0.55 to 0.95. As
/// NumPy's linspace makes them, so that an overlap on the edge falls to the same side.
inline constexpr std::size_t overlap_count = 10;
inline constexpr std::array<double, overlap_count> overlap_thresholds = [] {
    std::array<double, overlap_count> thresholds{};
    for (std::size_t index = 0; index < overlap_count; ++index) {
        thresholds[index] = 0.5 + static_cast<double>(index) * ((0.95 - 0.5) / 9);
    }
    thresholds.back() = 0.95;
    return thresholds;
}();

/// A picture's detections of one class beyond these, by score, are not looked at.
inline constexpr std::size_t most_detections = 100;

struct Rectangle {
    double left = 0;
    double top = 0;
    double right = 0;
    double bottom = 0;

    double area() const { return (right - left) * (bottom - top); }
};

struct Detection {
    Rectangle place;
    float score = 0;
};

struct TrueBox {
    Rectangle place;
    bool ignored = false;  ///< what finds it does not count, and any number may
};

/// What became of a detection, a bit a threshold.
struct DetectionOutcome {
    float score = 0;
    std::int32_t right = 0;  ///< it found a true box that nothing better had found
    std::int32_t wrong = 0;  ///< it found none. Neither: it found an ignored one, and does not count
};

/// Of one class in one picture; the outcomes come by falling score. `truth` is in the order of the picture:
/// where a detection overlaps several boxes equally well, the order decides.
std::vector<DetectionOutcome> match_boxes(std::vector<Detection> detections, std::vector<TrueBox> truth);

/// One threshold's average precision: the mean, over 101 recalls from 0 to 1, of the best precision at that
/// recall or more. `outcomes` by falling score; NaN where `truths`, the number of boxes to find, is 0.
/// Detections of one score come as one step, for no threshold of the score could part them: so their order,
/// which is that of batches and merges, does not matter. (pycocotools takes them in the order of the
/// pictures; where no two scores of a class are equal, both are the same.)
double average_precision(const std::vector<DetectionOutcome>& outcomes, std::size_t threshold, double truths);

}  // namespace graft::metrics
