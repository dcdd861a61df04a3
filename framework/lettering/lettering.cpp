// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "lettering/lettering.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

#include <opencv2/core/mat.hpp>

#include <ft2build.h>
#include FT_OUTLINE_H

#include "lettering/layout.hpp"
#include "lettering/scripts.hpp"
#include "lettering/strokes.hpp"

namespace graft::lettering {
namespace {

/// Lays a glyph's coverage over the picture.
void blend(cv::Mat& picture, const FT_Bitmap& glyph, cv::Point corner, const cv::Scalar& color) {
    if (glyph.pixel_mode != FT_PIXEL_MODE_GRAY) {
        return;  // nothing in it: a space
    }
    const cv::Rect place(corner, cv::Size(static_cast<int>(glyph.width), static_cast<int>(glyph.rows)));
    const cv::Rect inside = place & cv::Rect(0, 0, picture.cols, picture.rows);
    for (int row = inside.y; row < inside.y + inside.height; ++row) {
        const unsigned char* coverage =
            glyph.buffer + static_cast<std::ptrdiff_t>(row - place.y) * glyph.pitch;
        auto* pixels = picture.ptr<cv::Vec3b>(row);
        for (int column = inside.x; column < inside.x + inside.width; ++column) {
            const double part = coverage[column - place.x] / 255.0;
            for (int channel = 0; channel < 3; ++channel) {
                auto& value = pixels[column][channel];
                value = cv::saturate_cast<std::uint8_t>(value + part * (color[channel] - value));
            }
        }
    }
}

/// Places in UTF-8 where a line may be cut: no mark is parted from its letter.
std::vector<std::size_t> cuts_of(const std::string& line) {
    std::vector<std::size_t> cuts;
    for (std::size_t place = 0; place < line.size(); ++place) {
        const bool is_inside = (static_cast<unsigned char>(line[place]) & 0xC0U) == 0x80;
        if (is_inside) {
            continue;
        }
        const std::vector<std::uint32_t> rest = code_points(std::string_view(line).substr(place, 4));
        if (!rest.empty() && !is_mark(rest.front())) {
            cuts.push_back(place);
        }
    }
    return cuts;
}

}  // namespace

struct Lettering::State {
    Fonts fonts;
    std::set<std::uint32_t> missing;  ///< scripts
    bool was_used = false;
};

Lettering::Lettering() : state_(std::make_unique<State>()) {}

Lettering::~Lettering() = default;

int Lettering::width(std::string_view line, double size) {
    state_->was_used = true;
    if (state_->fonts.empty()) {
        return width_in_strokes(line, size);
    }
    return static_cast<int>(std::ceil(laid_out(line, size, state_->fonts, state_->missing).width));
}

void Lettering::write(cv::Mat& picture, std::string_view line, cv::Point start, double size,
                      const cv::Scalar& color) {
    state_->was_used = true;
    if (state_->fonts.empty()) {
        write_in_strokes(picture, line, start, size, color);
        return;
    }
    for (const Glyph& glyph : laid_out(line, size, state_->fonts, state_->missing).glyphs) {
        FT_Face face = state_->fonts.face(glyph.font, size);
        if (FT_Load_Glyph(face, glyph.index, load_flags) != 0 ||
            face->glyph->format != FT_GLYPH_FORMAT_OUTLINE) {
            continue;
        }
        const double left = std::floor(glyph.x);
        FT_Outline_Translate(&face->glyph->outline, std::lround((glyph.x - left) * 64), 0);
        if (FT_Render_Glyph(face->glyph, FT_RENDER_MODE_NORMAL) == 0) {
            const auto raised = static_cast<int>(std::lround(glyph.y));
            blend(picture, face->glyph->bitmap,
                  {start.x + static_cast<int>(left) + face->glyph->bitmap_left,
                   start.y - raised - face->glyph->bitmap_top},
                  color);
        }
    }
}

std::string Lettering::fitted(const std::string& line, double size, int width) {
    if (this->width(line, size) <= width) {
        return line;
    }
    const std::string more = !state_->fonts.empty() && state_->fonts.font_of(U'…') ? "…" : "..";
    const std::vector<std::size_t> cuts = cuts_of(line);
    // The last cut after which everything fits; a little more text is never narrower by much.
    const auto beyond = std::partition_point(cuts.begin(), cuts.end(), [&](std::size_t cut) {
        return this->width(line.substr(0, cut) + more, size) <= width;
    });
    return line.substr(0, beyond == cuts.begin() ? 0 : *(beyond - 1)) + more;
}

std::vector<std::string> Lettering::notes() const {
    if (state_->was_used && state_->fonts.empty()) {
        return {
            "there is no font on this machine: text in pictures is drawn in strokes, which have no letters "
            "but ASCII; fonts for it: apt-get install fonts-dejavu-core"};
    }
    return notes_on_missing(state_->missing);
}

std::string isolated(const std::string& name) {
    const bool is_plain = std::all_of(name.begin(), name.end(),
                                      [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
    return is_plain ? name : "\u2068" + name + "\u2069";
}

}  // namespace graft::lettering
