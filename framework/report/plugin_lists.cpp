// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "core/json_text.hpp"
#include "report/formatting.hpp"
#include "report/results.hpp"

namespace graft::report {
namespace {

using core::Json;

std::string plain(const Json& value) {
    return value.is_string() ? printable(value.get<std::string>()) : core::json_text(value);
}

/// Lines after the first go two further to the right.
std::string indented(const std::string& text) {
    std::string shown;
    for (const char letter : text) {
        shown += letter == '\n' ? std::string("\n  ") : std::string(1, letter);
    }
    return shown;
}

/// A bound as people write it: 1, not 1.0.
std::string bound(const Json& number) {
    return fmt::format("{}", number.get<double>());
}

/// "[0, 1)", "at least 1".
std::string range(const Json& option) {
    const bool has_low = option.contains("minimum");
    const bool has_high = option.contains("maximum");
    const bool open_low = option.value("excludes_minimum", false);
    const bool open_high = option.value("excludes_maximum", false);
    if (has_low && has_high) {
        return fmt::format("{}{}, {}{}", open_low ? "(" : "[", bound(option["minimum"]),
                           bound(option["maximum"]), open_high ? ")" : "]");
    }
    if (has_low) {
        return (open_low ? "above " : "at least ") + bound(option["minimum"]);
    }
    return has_high ? (open_high ? "below " : "at most ") + bound(option["maximum"]) : "";
}

/// "[0, 1)", "a | b | c", "above 0 | balanced".
std::string allowed(const Json& option) {
    const std::string numbers = range(option);
    const std::string words = joined(option.value("choices", Json::array()), " | ");
    return numbers + (numbers.empty() || words.empty() ? "" : " | ") + words;
}

std::string options_text(const Json& options) {
    const Rows rows = option_rows(options);
    return rows.size() > 1 ? "\n" + table(rows) : "";
}

/// A list of objects ({"name":.., ..}: stages, targets, outputs, weights) as a table of their fields.
std::string list_text(const std::string& heading, const Json& list) {
    Rows rows(1);
    for (const Json& item : list) {
        if (!item.is_object()) {
            return "\n" + heading + ": " + joined(list) + "\n";
        }
        std::vector<std::string> row;
        for (const auto& [key, value] : item.items()) {
            if (rows.size() == 1) {
                rows[0].push_back(key);
            }
            row.push_back(value.is_array() ? joined(value) : plain(value));
        }
        rows.push_back(row);
    }
    return rows.size() > 1 ? "\n" + heading + "\n" + table(rows) : "";
}

int rank(const std::string& kind) {
    static const std::map<std::string, int> order = {
        {"backbone", 0}, {"head", 1}, {"loss", 2}, {"dataset", 3}};
    const auto found = order.find(kind);
    return found == order.end() ? 4 : found->second;
}

std::string component_once(const Json& component, const Screen& screen) {
    std::string shown = paint(
        screen, Paint::bold,
        fmt::format("{} {} {}", text(component, "kind"), text(component, "id"), text(component, "version")));
    shown += "\n" + text(component, "summary") + "\n" + text(component, "file") + "\n";
    shown += options_text(component.value("options", Json::array()));
    static const std::vector<std::string> told = {"kind", "id",      "version", "summary",
                                                  "file", "options", "example"};
    for (const auto& [key, value] : component.items()) {
        if (std::find(told.begin(), told.end(), key) != told.end()) {
            continue;
        }
        if (value.is_array()) {
            shown += list_text(key, value);
        } else if (value.is_object()) {
            shown += list_text(key, Json::array({value}));
        }
    }
    std::string example = component.value("example", std::string());
    if (!example.empty()) {
        while (!example.empty() && example.back() == '\n') {
            example.pop_back();
        }
        shown += "\nexample\n  " + indented(printable(example)) + "\n";
    }
    return shown;
}

}  // namespace

Rows option_rows(const Json& options) {
    Rows rows = {{"option", "type", "default", "allowed", "meaning"}};
    for (const Json& option : options) {
        const Json fallback = option.value("default", Json());
        std::string standard = option.value("required", false) ? "required"
                               : fallback.is_null()            ? "none"
                                                               : plain(fallback);
        std::string type = text(option, "type");
        if (const std::string unit = text(option, "unit"); !unit.empty()) {
            fallback.is_null() ? type += ", " + unit : standard += " " + unit;
        }
        rows.push_back({text(option, "name"), type, standard, allowed(option), text(option, "doc")});
    }
    return rows;
}

std::string plugins_text(const Json& result, const Screen& screen) {
    std::map<std::string, Rows> folders;
    std::string broken;
    std::string notes;
    for (const Json& plugin : result.value("plugins", Json::array())) {
        const std::filesystem::path path = text(plugin, "path");
        if (const std::string problem = text(plugin, "problem"); !problem.empty()) {
            const bool named = problem.find(path.string()) != std::string::npos;
            broken += "  " + indented(named ? problem : path.string() + ": " + problem) + "\n";
            continue;
        }
        for (const Json& note : plugin.value("notes", Json::array())) {
            notes += "  " + path.string() + ": " + indented(printable(note.get<std::string>())) + "\n";
        }
        for (const Json& component : plugin.value("components", Json::array())) {
            folders[path.parent_path().string()].push_back(
                {text(component, "kind"), text(component, "id"), text(component, "version"),
                 text(component, "summary"), path.filename().string()});
        }
    }
    std::string shown;
    for (auto& [folder, rows] : folders) {
        std::sort(rows.begin(), rows.end(), [](const auto& left, const auto& right) {
            return std::pair(rank(left[0]), left[1]) < std::pair(rank(right[0]), right[1]);
        });
        shown += (shown.empty() ? "" : "\n") + paint(screen, Paint::bold, folder) + "\n" + table(rows);
    }
    if (!notes.empty()) {
        shown += "\n" + paint(screen, Paint::bold, "newer than this graft") + "\n" + notes;
    }
    if (!broken.empty()) {
        shown += (shown.empty() ? "" : "\n") + paint(screen, Paint::red, "cannot be used") + "\n" + broken;
    }
    return shown.empty() ? "no plugin was found\n" : shown;
}

std::string component_text(const Json& component, const Screen& screen) {
    if (!component.is_array()) {
        return component_once(component, screen);
    }
    std::string shown;  // one id, several kinds
    for (const Json& one : component) {
        shown += (shown.empty() ? "" : "\n") + component_once(one, screen);
    }
    return shown;
}

}  // namespace graft::report
