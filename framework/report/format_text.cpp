// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/format_text.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "report/formatting.hpp"

namespace graft::report {
namespace {

using core::Json;
using pipeline::FormatKey;
using pipeline::FormatSection;
using pipeline::FormatWord;
using pipeline::Meaning;

/// The key whose value a section is; null for the file as a whole.
const FormatKey* key_of(const FormatSection& section) {
    for (const FormatSection& parent : pipeline::format()) {
        for (const FormatKey& key : parent.keys) {
            if (key.section == section.name) {
                return &key;
            }
        }
    }
    return nullptr;
}

/// Lines no longer than the screen where words allow it; what goes on is indented by four more.
std::string fitted(const std::string& text, const Screen& screen) {
    const auto width = static_cast<std::size_t>(std::max(screen.width, 40));
    std::istringstream lines(text);
    std::string shown;
    for (std::string line; std::getline(lines, line);) {
        const std::size_t indent = std::min(line.find_first_not_of(' '), line.size()) + 4;
        while (columns_of(line) > width) {
            const std::size_t space = line.rfind(' ', width);
            if (space == std::string::npos || space <= indent) {
                break;
            }
            shown += line.substr(0, space) + "\n";
            line = std::string(indent, ' ') + line.substr(space + 1);
        }
        shown += line + "\n";
    }
    return shown;
}

std::string facts(const FormatKey& key) {
    const std::string without = pipeline::without(key);
    return pipeline::takes(key) + (key.spec.required ? "; required" : "; without it: " + without);
}

std::string words_text(const std::vector<FormatWord>& words) {
    Rows rows;
    for (const FormatWord& word : words) {
        rows.push_back({word.name, word.doc});
    }
    constexpr std::size_t indent = 8;
    return rows.empty() ? "" : table(rows, {}, indent);
}

std::string key_text(const FormatKey& key, const Screen& screen) {
    std::string text = "  " + paint(screen, Paint::bold, key.spec.name) + "  " + key.spec.doc + "\n";
    text += "      " + facts(key) + "\n";
    if (!key.only.empty()) {
        text += fmt::format("      goes with use: {}\n", fmt::join(key.only, ", "));
    }
    text += words_text(key.words);
    text += "      example: " + key.example + "\n";
    if (!key.section.empty()) {
        text += "      its keys: `graft help " + key.section + "`\n";
    }
    return text;
}

std::string plugins_hint(const FormatSection& section) {
    return section.open ? "\n" + section.others + ".\n" : "";
}

std::string heading(const FormatSection& section, const Screen& screen) {
    return paint(screen, Paint::bold, section.path.empty() ? "a pipeline" : section.path) + ": " +
           section.doc + "\n";
}

std::string section_text(const FormatSection& section, const Screen& screen) {
    std::string text = heading(section, screen);
    if (const FormatKey* key = key_of(section)) {
        text += "  " + facts(*key) + "\n" + words_text(key->words) + "  example: " + key->example + "\n";
    }
    text += "\n";
    for (const FormatKey& key : section.keys) {
        text += key_text(key, screen);
    }
    if (section.name == "train") {
        for (const FormatKey& key : pipeline::format_section("phase").keys) {
            text += key_text(key, screen);
        }
    }
    return text + plugins_hint(section);
}

/// One value, and the keys that it brings into play.
std::string word_text(const Meaning& meaning, const Screen& screen) {
    const FormatSection& section = *meaning.section;
    const std::string path = pipeline::path_of(section, *meaning.key);
    std::string text =
        fmt::format("{}: {}: {}\n", path, paint(screen, Paint::bold, meaning.word->name), meaning.word->doc);
    if (meaning.key->spec.name != "use") {
        return text + "      example: " + meaning.key->example + "\n";
    }
    text += fmt::format("  short: {}\n  its keys:\n\n",
                        section.path.substr(section.path.rfind('.') + 1) + ": " + meaning.word->name);
    for (const FormatKey& key : section.keys) {
        const bool fits = key.only.empty() ||
                          std::find(key.only.begin(), key.only.end(), meaning.word->name) != key.only.end();
        text += fits && &key != meaning.key ? key_text(key, screen) : "";
    }
    return text;
}

Json key_json(const FormatSection& section, const FormatKey& key) {
    Json words = Json::object();
    for (const FormatWord& word : key.words) {
        words[word.name] = word.doc;
    }
    return {{"key", key.spec.name},
            {"path", pipeline::path_of(section, key)},
            {"doc", key.spec.doc},
            {"takes", pipeline::takes(key)},
            {"without", pipeline::without(key)},
            {"required", key.spec.required},
            {"only", key.only},
            {"values", words},
            {"example", key.example}};
}

}  // namespace

std::string format_overview(const Screen& screen) {
    Rows rows;
    for (const FormatSection& section : pipeline::format()) {
        const std::size_t end =
            std::min({section.doc.find(". "), section.doc.find(": "), section.doc.find("; ")});
        rows.push_back({section.name, section.path, section.doc.substr(0, end)});
    }
    return fitted(paint(screen, Paint::bold, "sections of a pipeline") + "\n" + table(rows), screen);
}

std::string meanings_text(const std::vector<Meaning>& meanings, const Screen& screen) {
    std::string text;
    for (const Meaning& meaning : meanings) {
        text += text.empty() ? "" : "\n";
        if (meaning.word != nullptr) {
            text += word_text(meaning, screen);
        } else if (meaning.key != nullptr) {
            text += "in " + heading(*meaning.section, screen) + key_text(*meaning.key, screen) +
                    plugins_hint(*meaning.section);
        } else {
            text += section_text(*meaning.section, screen);
        }
    }
    return fitted(text, screen);
}

Json meanings_json(const std::vector<Meaning>& meanings) {
    Json list = Json::array();
    for (const Meaning& meaning : meanings) {
        const FormatSection& section = *meaning.section;
        Json entry = {{"section", section.name}, {"path", section.path}, {"doc", section.doc}};
        if (meaning.key != nullptr) {
            entry.update(key_json(section, *meaning.key));
        } else {
            entry["keys"] = Json::array();
            for (const FormatKey& key : section.keys) {
                entry["keys"].push_back(key_json(section, key));
            }
        }
        if (meaning.word != nullptr) {
            entry["value"] = meaning.word->name;
            entry["doc"] = meaning.word->doc;
        }
        list.push_back(entry);
    }
    return list;
}

}  // namespace graft::report
