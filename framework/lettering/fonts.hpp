// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include <ft2build.h>
#include FT_FREETYPE_H
#include <hb.h>

namespace graft::lettering {

/// The outline fonts of this machine as fontconfig ranks them for plain text: each adds characters to those
/// before it. A font that FreeType cannot open counts as not there. One thread per object.
class Fonts {
public:
    Fonts();
    ~Fonts();
    Fonts(const Fonts&) = delete;
    Fonts& operator=(const Fonts&) = delete;

    /// Whether there is none.
    bool empty() const;

    /// The first font with a glyph for the character (a code point of Unicode); nothing where none has one.
    std::optional<std::size_t> font_of(char32_t character);
    bool has(std::size_t font, char32_t character) const;

    /// A font of `font_of` at a size, in pixels an em. Both stay valid until another size is asked for.
    hb_font_t* shaper(std::size_t font, double size);
    FT_Face face(std::size_t font, double size);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// How glyphs are loaded, for widths as for drawing: outlines, fitted to the rows of pixels alone.
inline constexpr FT_Int32 load_flags = FT_LOAD_TARGET_LIGHT | FT_LOAD_NO_BITMAP;

}  // namespace graft::lettering
