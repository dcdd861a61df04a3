// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <opencv2/core/types.hpp>

namespace cv {
class Mat;
}

namespace graft::lettering {

/// Writes lines into pictures, in any script for which the machine has a font (fontconfig finds it, HarfBuzz
/// shapes, FreeType draws). A line begins on the left; what is written from right to left in it runs so. What
/// is no UTF-8 is drawn as U+FFFD, a character that no font has by its number, as [65E5]. On a machine
/// without fonts OpenCV's strokes serve, which know ASCII alone. Sizes are in pixels an em. One thread per
/// object.
class Lettering {
public:
    Lettering();
    ~Lettering();
    Lettering(const Lettering&) = delete;
    Lettering& operator=(const Lettering&) = delete;

    /// Pixels that a line takes.
    int width(std::string_view line, double size);

    /// Draws a line into an RGB picture (uint8), from a place on its baseline on; what lies beside the
    /// picture is cut off.
    void write(cv::Mat& picture, std::string_view line, cv::Point start, double size,
               const cv::Scalar& color);

    /// The line, or as much of its beginning as goes into `width` pixels with a mark that there was more.
    std::string fitted(const std::string& line, double size, int width);

    /// What to tell of what it could not draw as it should; empty: nothing.
    std::vector<std::string> notes() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A name within a line: its direction is its own and leaves that of what stands beside it alone.
std::string isolated(const std::string& name);

}  // namespace graft::lettering
