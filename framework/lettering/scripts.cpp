// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "lettering/scripts.hpp"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>
#include <hb.h>

#include "core/names.hpp"

namespace graft::lettering {
namespace {

struct ScriptName {
    hb_script_t script;
    const char* name;
};

constexpr const char* chinese_japanese_korean = "fonts-noto-cjk";
constexpr const char* others = "fonts-noto-core";

constexpr std::array east_asian{HB_SCRIPT_HAN, HB_SCRIPT_HIRAGANA, HB_SCRIPT_KATAKANA, HB_SCRIPT_HANGUL,
                                HB_SCRIPT_BOPOMOFO};

/// Of those that many people write; others go by their four letters of ISO 15924.
std::string name_of(hb_script_t script) {
    static constexpr std::array names{
        ScriptName{HB_SCRIPT_HAN, "Chinese (Han)"},
        ScriptName{HB_SCRIPT_HIRAGANA, "Hiragana"},
        ScriptName{HB_SCRIPT_KATAKANA, "Katakana"},
        ScriptName{HB_SCRIPT_HANGUL, "Hangul"},
        ScriptName{HB_SCRIPT_LATIN, "Latin"},
        ScriptName{HB_SCRIPT_GREEK, "Greek"},
        ScriptName{HB_SCRIPT_CYRILLIC, "Cyrillic"},
        ScriptName{HB_SCRIPT_ARABIC, "Arabic"},
        ScriptName{HB_SCRIPT_HEBREW, "Hebrew"},
        ScriptName{HB_SCRIPT_DEVANAGARI, "Devanagari"},
        ScriptName{HB_SCRIPT_BENGALI, "Bengali"},
        ScriptName{HB_SCRIPT_GURMUKHI, "Gurmukhi"},
        ScriptName{HB_SCRIPT_GUJARATI, "Gujarati"},
        ScriptName{HB_SCRIPT_TAMIL, "Tamil"},
        ScriptName{HB_SCRIPT_TELUGU, "Telugu"},
        ScriptName{HB_SCRIPT_KANNADA, "Kannada"},
        ScriptName{HB_SCRIPT_MALAYALAM, "Malayalam"},
        ScriptName{HB_SCRIPT_SINHALA, "Sinhala"},
        ScriptName{HB_SCRIPT_THAI, "Thai"},
        ScriptName{HB_SCRIPT_LAO, "Lao"},
        ScriptName{HB_SCRIPT_KHMER, "Khmer"},
        ScriptName{HB_SCRIPT_MYANMAR, "Burmese"},
        ScriptName{HB_SCRIPT_GEORGIAN, "Georgian"},
        ScriptName{HB_SCRIPT_ARMENIAN, "Armenian"},
        ScriptName{HB_SCRIPT_ETHIOPIC, "Ethiopic"},
        ScriptName{HB_SCRIPT_TIBETAN, "Tibetan"},
        ScriptName{HB_SCRIPT_COMMON, "some symbols"},
        ScriptName{HB_SCRIPT_INHERITED, "some marks"},
        ScriptName{HB_SCRIPT_UNKNOWN, "characters that Unicode has not given out"},
    };
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const ScriptName& entry) { return entry.script == script; });
    if (found != names.end()) {
        return found->name;
    }
    const auto tag = static_cast<std::uint32_t>(script);
    std::string letters;
    for (const int shift : {24, 16, 8, 0}) {
        letters += static_cast<char>(tag >> shift & 0xFF);
    }
    return "the script " + letters;
}

}  // namespace

std::vector<std::string> notes_on_missing(const std::set<std::uint32_t>& scripts) {
    std::map<std::string, std::vector<std::string>> names;
    for (const std::uint32_t number : scripts) {
        const auto script = static_cast<hb_script_t>(number);
        const bool is_eastern = std::find(east_asian.begin(), east_asian.end(), script) != east_asian.end();
        names[is_eastern ? chinese_japanese_korean : others].push_back(name_of(script));
    }
    std::vector<std::string> notes;
    notes.reserve(names.size());
    for (const auto& [package, missing] : names) {
        notes.push_back(
            fmt::format("no font on this machine has {}: pictures show such characters by their numbers, as "
                        "[65E5]; a font for them: apt-get install {}",
                        core::listed(missing), package));
    }
    return notes;
}

}  // namespace graft::lettering
