// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/reference.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "pipeline/value_words.hpp"

namespace graft::pipeline {
namespace {

using Levels = std::vector<std::string>;

/// The levels of a path without positions in lists; any name is NAME in a section's path alone.
Levels levels_of(const std::string& path) {
    Levels levels(1);
    for (const char byte : path) {
        if (byte == '.') {
            levels.emplace_back();
        } else {
            levels.back() +=
                byte == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(byte)));
        }
    }
    const auto is_position = [](const std::string& level) {
        return level.empty() || level == "n" ||
               std::all_of(level.begin(), level.end(), [](char byte) { return byte >= '0' && byte <= '9'; });
    };
    levels.erase(std::remove_if(levels.begin(), levels.end(), is_position), levels.end());
    return levels;
}

bool same(const std::string& format_level, const std::string& level) {
    return format_level == "name" || format_level == level;
}

/// Whether the levels are the end of a path.
bool ends_with(const Levels& path, const Levels& levels) {
    return levels.size() <= path.size() &&
           std::equal(
               levels.rbegin(), levels.rend(), path.rbegin(),
               [](const std::string& level, const std::string& of_path) { return same(of_path, level); });
}

/// Whether a section is meant: by its name, or by the end of its path. What stands in a phase may stand in
/// `train`, too.
bool means(Levels levels, const FormatSection& section) {
    if (levels == Levels{section.name}) {
        return true;
    }
    const auto phases = std::find(levels.begin(), levels.end(), "phases");
    if (phases != levels.end() && phases + 1 != levels.end()) {
        levels.erase(phases);
    }
    Levels path = levels_of(section.path);
    const bool named = !path.empty() && path.back() == "name";
    if (levels.empty() || (named && levels.size() == 1 && levels.front() != path.front())) {
        return false;  // not every word is the name of a head
    }
    if (ends_with(path, levels)) {
        return true;
    }
    if (named) {
        path.pop_back();
    }
    return named && ends_with(path, levels);
}

bool holds(const Levels& before, const FormatSection& section) {
    return before.empty() || means(before, section) || (before == Levels{"train"} && section.name == "phase");
}

void add_keys(const FormatSection& section, const Levels& levels, std::vector<Meaning>& found) {
    const Levels before(levels.begin(), levels.end() - 1);
    for (const FormatKey& key : section.keys) {
        Levels of_key = before;
        const bool below_key = !of_key.empty() && of_key.back() == key.spec.name;
        if (below_key) {
            of_key.pop_back();
        }
        if (key.spec.name == levels.back() && key.section.empty() && holds(before, section)) {
            found.push_back({&section, &key, nullptr});
        }
        for (const FormatWord& word : key.words) {
            if (word.name == levels.back() &&
                (holds(before, section) || (below_key && holds(of_key, section)))) {
                found.push_back({&section, &key, &word});
            }
        }
    }
}

}  // namespace

std::string takes(const FormatKey& key) {
    const std::string plain = allowed(key.spec, key.length);
    std::string text = key.form.empty() ? plain : key.form;
    if (const std::size_t brace = text.find("{}"); brace != std::string::npos) {
        text.replace(brace, 2, plain);
    }
    return key.spec.unit.empty() ? text : text + " " + key.spec.unit;
}

std::string without(const FormatKey& key) {
    if (key.spec.required) {
        return "required";
    }
    std::string text = key.absent.empty() ? written(key.spec.fallback) : key.absent;
    for (const auto& [use, value] : key.fallbacks) {
        text += fmt::format("; {} with {}", written(value), use);
    }
    return text;
}

std::string path_of(const FormatSection& section, const FormatKey& key) {
    return section.path.empty() ? key.spec.name : section.path + "." + key.spec.name;
}

std::vector<Meaning> look_up(const std::string& words) {
    std::vector<Meaning> found;
    const Levels levels = levels_of(words);
    if (levels.empty()) {
        return found;
    }
    for (const FormatSection& section : format()) {
        if (means(levels, section)) {
            found.push_back({&section, nullptr, nullptr});
        }
    }
    for (const FormatSection& section : format()) {
        add_keys(section, levels, found);
    }
    return found;
}

std::vector<Meaning> mentions(const std::string& word) {
    std::vector<Meaning> found;
    for (const FormatSection& section : format()) {
        for (const FormatKey& key : section.keys) {
            bool said = key.spec.doc.find(word) != std::string::npos;
            for (const FormatWord& value : key.words) {
                said = said || value.doc.find(word) != std::string::npos;
            }
            if (said) {
                found.push_back({&section, &key, nullptr});
            }
        }
    }
    return found;
}

std::vector<std::string> format_words() {
    std::set<std::string> names;
    for (const FormatSection& section : format()) {
        names.insert(section.name);
        for (const FormatKey& key : section.keys) {
            names.insert(key.spec.name);
            for (const FormatWord& word : key.words) {
                names.insert(word.name);
            }
        }
    }
    return {names.begin(), names.end()};
}

}  // namespace graft::pipeline
