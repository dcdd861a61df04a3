// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "lettering/fonts.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <fontconfig/fontconfig.h>
#include <hb-ft.h>

namespace graft::lettering {
struct Fonts::State {
    template <auto Function>
    struct Ends {
        template <class Type>
        void operator()(Type* object) const {
            Function(object);
        }
    };

    using Config = std::unique_ptr<FcConfig, Ends<FcConfigDestroy>>;
    using Pattern = std::unique_ptr<FcPattern, Ends<FcPatternDestroy>>;
    using FontSet = std::unique_ptr<FcFontSet, Ends<FcFontSetDestroy>>;
    using Shaper = std::unique_ptr<hb_font_t, Ends<hb_font_destroy>>;

    struct Font {
        std::string file;
        int index = 0;                   ///< in the file
        const FcCharSet* has = nullptr;  ///< owned by the set of fonts
        std::unique_ptr<FT_FaceRec_, Ends<FT_Done_Face>> face;
        Shaper shaper;
        double size = 0;      ///< that the face has now
        bool is_bad = false;  ///< FreeType cannot open it
    };

    static std::optional<Font> font_from(const FcPattern* pattern);

    // In the order of their making: faces end before the library, and charsets with their set of fonts.
    Config config{FcInitLoadConfigAndFonts()};
    FontSet set;
    std::unique_ptr<FT_LibraryRec_, Ends<FT_Done_FreeType>> library;
    std::vector<Font> fonts;
};

/// What fontconfig says of a font; nothing for one without outlines, or with pictures for glyphs.
std::optional<Fonts::State::Font> Fonts::State::font_from(const FcPattern* pattern) {
    FcChar8* file = nullptr;
    FcCharSet* has = nullptr;
    FcBool has_outlines = FcFalse;
    FcBool has_colors = FcFalse;
    Font font;
    FcPatternGetBool(pattern, FC_OUTLINE, 0, &has_outlines);
    FcPatternGetBool(pattern, FC_COLOR, 0, &has_colors);
    FcPatternGetInteger(pattern, FC_INDEX, 0, &font.index);
    if (has_outlines != FcTrue || has_colors == FcTrue ||
        FcPatternGetString(pattern, FC_FILE, 0, &file) != FcResultMatch ||
        FcPatternGetCharSet(pattern, FC_CHARSET, 0, &has) != FcResultMatch) {
        return std::nullopt;
    }
    font.file = reinterpret_cast<const char*>(file);
    font.has = has;
    return font;
}

Fonts::Fonts() : state_(std::make_unique<State>()) {
    FT_Library library = nullptr;
    if (!state_->config || FT_Init_FreeType(&library) != 0) {
        return;
    }
    state_->library.reset(library);
    const State::Pattern wanted(FcPatternCreate());
    FcPatternAddString(wanted.get(), FC_FAMILY, reinterpret_cast<const FcChar8*>("sans-serif"));
    FcPatternAddInteger(wanted.get(), FC_WEIGHT, FC_WEIGHT_REGULAR);
    FcPatternAddInteger(wanted.get(), FC_SLANT, FC_SLANT_ROMAN);
    FcConfigSubstitute(state_->config.get(), wanted.get(), FcMatchPattern);
    FcDefaultSubstitute(wanted.get());
    FcResult result = FcResultNoMatch;
    state_->set.reset(FcFontSort(state_->config.get(), wanted.get(), FcTrue, nullptr, &result));
    for (int number = 0; state_->set && number < state_->set->nfont; ++number) {
        if (auto font = State::font_from(state_->set->fonts[number])) {
            state_->fonts.push_back(std::move(*font));
        }
    }
}

Fonts::~Fonts() = default;

bool Fonts::empty() const {
    return state_->fonts.empty();
}

bool Fonts::has(std::size_t font, char32_t character) const {
    return FcCharSetHasChar(state_->fonts.at(font).has, character) == FcTrue;
}

std::optional<std::size_t> Fonts::font_of(char32_t character) {
    for (std::size_t index = 0; index < state_->fonts.size(); ++index) {
        State::Font& font = state_->fonts[index];
        if (font.is_bad || !has(index, character)) {
            continue;
        }
        if (!font.face) {
            FT_Face face = nullptr;
            font.is_bad = FT_New_Face(state_->library.get(), font.file.c_str(), font.index, &face) != 0;
            font.face.reset(face);
        }
        if (!font.is_bad) {
            return index;
        }
    }
    return std::nullopt;
}

FT_Face Fonts::face(std::size_t font, double size) {
    State::Font& found = state_->fonts.at(font);
    if (found.size != size) {
        FT_Set_Char_Size(found.face.get(), 0, static_cast<FT_F26Dot6>(std::lround(size * 64)), 72, 72);
        if (found.shaper) {
            hb_ft_font_changed(found.shaper.get());
        }
        found.size = size;
    }
    return found.face.get();
}

hb_font_t* Fonts::shaper(std::size_t font, double size) {
    FT_Face sized = face(font, size);
    State::Font& found = state_->fonts.at(font);
    if (!found.shaper) {
        found.shaper.reset(hb_ft_font_create_referenced(sized));
        hb_ft_font_set_load_flags(found.shaper.get(), load_flags);
    }
    return found.shaper.get();
}

}  // namespace graft::lettering
