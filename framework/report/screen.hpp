// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ostream>
#include <string>

namespace graft::report {

/// Where text for people goes, and what that place can show.
struct Screen {
    std::ostream& out;
    bool live = false;     ///< a terminal: a line may be written over
    bool colour = false;   ///< a terminal, and NO_COLOR is not set
    bool unicode = false;  ///< the locale says UTF-8
    int width = 80;        ///< columns
};

/// What is redrawn is redrawn no more often than that.
inline constexpr double seconds_between_drawings = 0.1;

/// What the descriptor behind a stream is: terminal or not, its width, NO_COLOR, TERM, the locale.
Screen screen_of(std::ostream& out, int descriptor);

enum class Paint { bold, dim, red, green, yellow };

/// The text in that paint, or as it is where there is no colour.
std::string paint(const Screen& screen, Paint how, const std::string& text);

}  // namespace graft::report
