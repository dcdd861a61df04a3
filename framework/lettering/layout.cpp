// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "lettering/layout.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>

#include <fmt/format.h>
#include <fribidi.h>

namespace graft::lettering {
namespace {

using Text = std::vector<std::uint32_t>;

struct EndsBuffer {
    void operator()(hb_buffer_t* buffer) const { hb_buffer_destroy(buffer); }
};
using Buffer = std::unique_ptr<hb_buffer_t, EndsBuffer>;

constexpr double units = 64;  // HarfBuzz's, through FreeType, a pixel

hb_unicode_general_category_t category_of(std::uint32_t character) {
    return hb_unicode_general_category(hb_unicode_funcs_get_default(), character);
}

hb_script_t script_of(std::uint32_t character) {
    return hb_unicode_script(hb_unicode_funcs_get_default(), character);
}

bool is_of_its_neighbours(hb_script_t script) {
    return script == HB_SCRIPT_COMMON || script == HB_SCRIPT_INHERITED || script == HB_SCRIPT_UNKNOWN;
}

/// Direction marks, joiners and selectors of variants, which are not drawn themselves.
bool is_invisible(std::uint32_t character) {
    const bool selects =
        (character >= 0xFE00 && character <= 0xFE0F) || (character >= 0xE0100 && character <= 0xE01EF);
    return selects || category_of(character) == HB_UNICODE_GENERAL_CATEGORY_FORMAT;
}

/// With numbers for what no font has.
Text drawable(const Text& text, Fonts& fonts, std::set<std::uint32_t>& missing) {
    Text shown;
    for (const std::uint32_t character : text) {
        if (is_invisible(character) || fonts.font_of(character)) {
            shown.push_back(character);
            continue;
        }
        missing.insert(script_of(character));
        const Text number = number_of(character);
        shown.insert(shown.end(), number.begin(), number.end());
    }
    return shown;
}

/// Levels of the bidirectional algorithm, of a line that begins on the left, and the order in which the
/// characters stand from left to right.
struct Directions {
    std::vector<FriBidiLevel> levels;
    std::vector<FriBidiStrIndex> order;
};

Directions directions_of(const Text& text) {
    const auto length = static_cast<FriBidiStrIndex>(text.size());
    std::vector<FriBidiCharType> types(text.size());
    std::vector<FriBidiBracketType> brackets(text.size());
    Directions directions{std::vector<FriBidiLevel>(text.size()), std::vector<FriBidiStrIndex>(text.size())};
    FriBidiParType base = FRIBIDI_PAR_LTR;
    fribidi_get_bidi_types(text.data(), length, types.data());
    fribidi_get_bracket_types(text.data(), length, types.data(), brackets.data());
    const FriBidiLevel levels = fribidi_get_par_embedding_levels_ex(types.data(), brackets.data(), length,
                                                                    &base, directions.levels.data());
    std::iota(directions.order.begin(), directions.order.end(), 0);
    if (levels > 0) {  // 0: it failed, for want of memory
        [[maybe_unused]] const FriBidiLevel highest = fribidi_reorder_line(
            0, types.data(), length, 0, base, directions.levels.data(), nullptr, directions.order.data());
    }
    return directions;
}

/// Characters next to each other that are shaped at once.
struct Run {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t font = 0;
    hb_script_t script = HB_SCRIPT_COMMON;
    bool is_leftward = false;
};

/// Of each character its script; one that all scripts use takes that of what stands before it, else behind.
std::vector<hb_script_t> scripts_of(const Text& text) {
    std::vector<hb_script_t> scripts;
    for (const std::uint32_t character : text) {
        const hb_script_t own = script_of(character);
        scripts.push_back(is_of_its_neighbours(own) && !scripts.empty() ? scripts.back() : own);
    }
    for (std::size_t index = scripts.size(); index-- > 1;) {
        if (is_of_its_neighbours(scripts[index - 1])) {
            scripts[index - 1] = scripts[index];
        }
    }
    return scripts;
}

/// Of each character its font: a mark is drawn in that of its letter, where that has it.
std::vector<std::size_t> fonts_of(const Text& text, Fonts& fonts) {
    std::vector<std::size_t> chosen;
    for (const std::uint32_t character : text) {
        const std::size_t before = chosen.empty() ? 0 : chosen.back();
        const bool joins = is_invisible(character) || (script_of(character) == HB_SCRIPT_INHERITED &&
                                                       !chosen.empty() && fonts.has(before, character));
        chosen.push_back(joins ? before : fonts.font_of(character).value_or(before));
    }
    return chosen;
}

std::vector<Run> runs_of(const Text& text, const Directions& directions, Fonts& fonts) {
    const std::vector<hb_script_t> scripts = scripts_of(text);
    const std::vector<std::size_t> chosen = fonts_of(text, fonts);
    std::vector<Run> runs;
    for (std::size_t index = 0; index < text.size(); ++index) {
        const bool goes_on = index > 0 && scripts[index] == scripts[index - 1] &&
                             chosen[index] == chosen[index - 1] &&
                             directions.levels[index] == directions.levels[index - 1];
        if (goes_on) {
            runs.back().end = index + 1;
        } else {
            runs.push_back(
                {index, index + 1, chosen[index], scripts[index], directions.levels[index] % 2 == 1});
        }
    }
    return runs;
}

/// The runs from left to right.
std::vector<Run> in_order(const std::vector<Run>& runs, const Directions& directions) {
    std::vector<std::size_t> run_of(directions.order.size());
    for (std::size_t run = 0; run < runs.size(); ++run) {
        std::fill(run_of.begin() + static_cast<std::ptrdiff_t>(runs[run].begin),
                  run_of.begin() + static_cast<std::ptrdiff_t>(runs[run].end), run);
    }
    std::vector<Run> ordered;
    std::vector<bool> taken(runs.size(), false);
    for (const FriBidiStrIndex character : directions.order) {
        const std::size_t run = run_of[static_cast<std::size_t>(character)];
        if (!taken[run]) {
            taken[run] = true;
            ordered.push_back(runs[run]);
        }
    }
    return ordered;
}

void shape(const Text& text, const Run& run, hb_font_t* shaper, Line& line) {
    const Buffer buffer(hb_buffer_create());
    hb_buffer_add_utf32(buffer.get(), text.data(), static_cast<int>(text.size()),
                        static_cast<unsigned int>(run.begin), static_cast<int>(run.end - run.begin));
    hb_buffer_set_direction(buffer.get(), run.is_leftward ? HB_DIRECTION_RTL : HB_DIRECTION_LTR);
    hb_buffer_set_script(buffer.get(), run.script);
    hb_buffer_set_language(buffer.get(), hb_language_get_default());
    hb_buffer_set_flags(buffer.get(), HB_BUFFER_FLAG_REMOVE_DEFAULT_IGNORABLES);
    hb_shape(shaper, buffer.get(), nullptr, 0);
    unsigned int count = 0;
    const hb_glyph_info_t* glyphs = hb_buffer_get_glyph_infos(buffer.get(), &count);
    const hb_glyph_position_t* places = hb_buffer_get_glyph_positions(buffer.get(), &count);
    for (unsigned int index = 0; index < count; ++index) {
        line.glyphs.push_back({run.font, glyphs[index].codepoint, line.width + places[index].x_offset / units,
                               places[index].y_offset / units});
        line.width += places[index].x_advance / units;
    }
}

}  // namespace

std::vector<std::uint32_t> code_points(std::string_view text) {
    const Buffer buffer(hb_buffer_create());
    hb_buffer_add_utf8(buffer.get(), text.data(), static_cast<int>(text.size()), 0,
                       static_cast<int>(text.size()));
    unsigned int count = 0;
    const hb_glyph_info_t* characters = hb_buffer_get_glyph_infos(buffer.get(), &count);
    Text decoded;
    for (unsigned int index = 0; index < count; ++index) {
        const std::uint32_t character = characters[index].codepoint;
        const bool controls = category_of(character) == HB_UNICODE_GENERAL_CATEGORY_CONTROL;
        decoded.push_back(controls ? U' ' : character);
    }
    return decoded;
}

bool is_mark(std::uint32_t character) {
    switch (category_of(character)) {
        case HB_UNICODE_GENERAL_CATEGORY_NON_SPACING_MARK:
        case HB_UNICODE_GENERAL_CATEGORY_SPACING_MARK:
        case HB_UNICODE_GENERAL_CATEGORY_ENCLOSING_MARK:
        case HB_UNICODE_GENERAL_CATEGORY_FORMAT:
            return true;
        default:
            return is_invisible(character);
    }
}

std::vector<std::uint32_t> number_of(std::uint32_t character) {
    const std::string number = fmt::format("[{:04X}]", character);
    return {number.begin(), number.end()};
}

Line laid_out(std::string_view text, double size, Fonts& fonts, std::set<std::uint32_t>& missing) {
    Line line;
    const Text shown = drawable(code_points(text), fonts, missing);
    if (shown.empty() || fonts.empty()) {
        return line;
    }
    const Directions directions = directions_of(shown);
    for (const Run& run : in_order(runs_of(shown, directions, fonts), directions)) {
        shape(shown, run, fonts.shaper(run.font, size), line);
    }
    return line;
}

}  // namespace graft::lettering
