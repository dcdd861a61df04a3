// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "lettering/lettering.hpp"
#include "target/canvas.hpp"
#include "target/caption.hpp"

namespace graft::engine {

/// A picture that is drawn, with what stands below it.
struct Panel {
    cv::Mat picture;  ///< RGB
    std::vector<target::Caption> captions;
    std::string name;
    std::vector<target::Key> keys = {};  ///< what colours in the picture mean
};

/// A card's picture has at least so many pixels on its longer side: below it points and captions cannot be
/// told apart.
inline constexpr int smallest_card = 384;

/// Panels side by side, each picture in a square of `side` pixels that none may exceed, below a title and a
/// legend of all their keys. RGB.
cv::Mat sheet_of(const std::vector<Panel>& panels, const std::string& title, int side,
                 lettering::Lettering& lettering);

/// One panel alone, with its legend; captions are as large as suits a picture whose longer side is `side`.
/// RGB.
cv::Mat card_of(const Panel& panel, int side, lettering::Lettering& lettering);

}  // namespace graft::engine
