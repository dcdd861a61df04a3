// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "picture.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "core/files.hpp"
#include "image/png.hpp"
#include "legend.hpp"

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

/// Of the picture that was predicted.
image::Extent extent_of(const Tile& tile) {
    return tile.prediction.empty() ? image::Extent{tile.original.size(0), tile.original.size(1)}
                                   : tile.prediction.front().answer.original;
}

/// The picture with what the predictions draw into it, its longer side brought to `side`.
cv::Mat with_marks(const Tile& tile, int side, Lettering& lettering) {
    const at::Tensor pixels = tile.original.contiguous();
    const cv::Mat picture(static_cast<int>(pixels.size(0)), static_cast<int>(pixels.size(1)), CV_8UC3,
                          pixels.data_ptr());
    const image::Extent extent = extent_of(tile);
    const double scale =
        static_cast<double>(side) / static_cast<double>(std::max(extent.width, extent.height));
    const auto scaled = [&](std::int64_t length) {
        return std::max(1, static_cast<int>(std::lround(static_cast<double>(length) * scale)));
    };
    const cv::Size size(scaled(extent.width), scaled(extent.height));
    cv::Mat fitted = picture.clone();
    if (size != picture.size()) {
        cv::resize(picture, fitted, size, 0, 0, size.width < picture.cols ? cv::INTER_AREA : cv::INTER_CUBIC);
    }
    for (std::size_t index = 0; index < tile.prediction.size(); ++index) {
        const target::Answer& answer = tile.prediction[index].answer;
        target::kind_of(answer.schema).draw(answer, known_truth(tile, index), {fitted, scale, lettering});
    }
    return fitted;
}

}  // namespace

bool shows_true_places(const Tile& tile) {
    for (std::size_t index = 0; index < tile.prediction.size(); ++index) {
        const TargetSchema& schema = tile.prediction[index].answer.schema;
        if (known_truth(tile, index) != nullptr &&
            schema.kind != TargetKind::mask &&  // in its classes' colours
            target::kind_of(schema).is_spatial()) {
            return true;
        }
    }
    return false;
}

Panel panel_of_tile(const Tile& tile, int side, std::size_t classes, Lettering& lettering) {
    Panel panel{with_marks(tile, side, lettering), captions_of(tile, classes), tile.name};
    for (const prediction::HeadAnswer& each : tile.prediction) {
        add_keys(target::kind_of(each.answer.schema).keys(each.answer), panel.keys);
    }
    return panel;
}

cv::Mat sheet_of_tiles(const std::vector<Tile>& tiles, const std::string& title, Lettering& lettering) {
    constexpr int side = 256;
    std::vector<Panel> panels;
    panels.reserve(tiles.size());
    for (const Tile& tile : tiles) {
        panels.push_back(panel_of_tile(tile, side, 1, lettering));
    }
    const bool with_truth = std::any_of(tiles.begin(), tiles.end(), shows_true_places);
    const char* colors = with_truth ? " (places: red is predicted, green the truth)" : "";
    return sheet_of(panels, title + colors, side, lettering);
}

void write_sheet(const std::vector<Tile>& tiles, const std::string& title, const std::string& path,
                 Lettering& lettering) {
    if (!tiles.empty()) {
        core::write_atomically(path, image::encode_png(sheet_of_tiles(tiles, title, lettering)));
    }
}

void write_card(const Tile& tile, const std::string& path, Lettering& lettering) {
    constexpr std::size_t classes = 5;
    const auto longer = static_cast<int>(std::max(tile.original.size(0), tile.original.size(1)));
    const int side = longer * std::max(1, (smallest_card + longer - 1) / longer);
    core::write_atomically(
        path, image::encode_png(card_of(panel_of_tile(tile, side, classes, lettering), side, lettering)));
}

}  // namespace graft::engine
