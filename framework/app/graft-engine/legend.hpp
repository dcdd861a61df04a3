// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <opencv2/core/types.hpp>

#include "lettering/lettering.hpp"
#include "target/canvas.hpp"

namespace graft::engine {

/// Adds the keys that are not there yet.
void add_keys(const std::vector<target::Key>& more, std::vector<target::Key>& keys);

/// Colours with their names, one beside the other in as many lines as it takes. Lengths in pixels.
class Legend {
public:
    /// `size`: of the letters. The lettering must outlive it.
    Legend(const std::vector<target::Key>& keys, int width, double size, lettering::Lettering& lettering);

    /// 0 without keys.
    int height() const;

    void draw(cv::Mat& picture, cv::Point corner) const;

private:
    struct Entry {
        std::string name;
        cv::Scalar color;
        cv::Point place;  ///< of its swatch, beside the corner
    };

    int line() const;
    int swatch() const;

    double size_;
    lettering::Lettering& lettering_;
    std::vector<Entry> entries_;
};

}  // namespace graft::engine
