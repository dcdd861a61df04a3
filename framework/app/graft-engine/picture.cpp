// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "picture.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "core/files.hpp"
#include "image/png.hpp"
#include "sheet.hpp"

namespace graft::engine {
namespace {

using lettering::Lettering;
using target::Caption;

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

}  // namespace

void write_sheet(const std::vector<Tile>& tiles, const std::string& title, const std::string& path,
                 Lettering& lettering) {
    constexpr int side = 256;
    if (tiles.empty()) {
        return;
    }
    std::vector<Panel> panels;
    for (const Tile& tile : tiles) {
        panels.push_back({with_marks(tile, side), captions_of(tile, 1), tile.name});
    }
    const bool with_truth = std::any_of(tiles.begin(), tiles.end(), has_true_places);
    const char* legend = with_truth ? " (places: red is predicted, green the truth)" : "";
    core::write_atomically(path, image::encode_png(sheet_of(panels, title + legend, side, lettering)));
}

void write_card(const Tile& tile, const std::string& path, Lettering& lettering) {
    constexpr std::size_t classes = 5;
    const auto longer = static_cast<int>(std::max(tile.original.size(0), tile.original.size(1)));
    const int side = longer * std::max(1, (smallest_card + longer - 1) / longer);
    const Panel panel{with_marks(tile, side), captions_of(tile, classes), tile.name};
    core::write_atomically(path, image::encode_png(card_of(panel, side, lettering)));
}

}  // namespace graft::engine
