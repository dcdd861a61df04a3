// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "catalog/catalog.hpp"
#include "catalog/elf.hpp"
#include "core/number_text.hpp"
#include "graft/stamp.hpp"

namespace graft::catalog {
namespace {

constexpr std::array<std::string_view, 4> kinds = {"backbone", "head", "dataset", "loss"};
constexpr const char* descriptor_symbol =
    "graft_plugin_descriptor";  // as graft/plugin.hpp, which needs LibTorch

/// Untrusted text, made safe for a terminal: control characters become '?'.
std::string printable(std::string text) {
    for (char& letter : text) {
        if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) {
            letter = '?';
        }
    }
    return text;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines(1);
    for (const char letter : text) {
        if (letter == '\n') {
            lines.emplace_back();
        } else {
            lines.back() += letter;
        }
    }
    return lines;
}

bool is_id(const std::string& id) {
    return !id.empty() && std::all_of(id.begin(), id.end(), [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_';
    });
}

/// What is wrong with a component's note; empty: it was added.
std::string add_entry(const std::string& text, std::vector<Entry>& entries) {
    std::vector<std::string> lines = lines_of(text);
    std::transform(lines.begin(), lines.end(), lines.begin(), printable);
    if (lines.size() != 4) {
        return fmt::format("has a component note of {} lines; it must have four: kind, id, version, summary",
                           lines.size());
    }
    const Entry entry{lines[0], lines[1], lines[2], lines[3]};
    if (std::find(kinds.begin(), kinds.end(), entry.kind) == kinds.end()) {
        return fmt::format("brings a component of kind '{}'; there are {}", entry.kind,
                           fmt::join(kinds, ", "));
    }
    if (!is_id(entry.id)) {
        return fmt::format("brings a {} with the id '{}'; an id has lower case letters, digits and _ only",
                           entry.kind, entry.id);
    }
    for (const Entry& other : entries) {
        if (other.kind == entry.kind && other.id == entry.id) {
            return fmt::format("brings the {} '{}' twice; give one of them another id", entry.kind, entry.id);
        }
    }
    entries.push_back(entry);
    return "";
}

std::string stamp_differences(const std::map<std::string, std::string>& plugin,
                              const std::map<std::string, std::string>& host) {
    std::set<std::string> keys;
    for (const auto* stamp : {&plugin, &host}) {
        for (const auto& [key, value] : *stamp) {
            keys.insert(key);
        }
    }
    const auto value_of = [](const std::map<std::string, std::string>& stamp, const std::string& key) {
        const auto found = stamp.find(key);
        return found == stamp.end() ? std::string("nothing") : printable(found->second);
    };
    std::string text;
    for (const std::string& key : keys) {
        const std::string theirs = value_of(plugin, key);
        const std::string ours = value_of(host, key);
        if (theirs != ours) {
            text += fmt::format("\n  {}: plugin {}, host {}", printable(key), theirs, ours);
        }
    }
    return text;
}

/// Why this graft is too old for the plugin, by its note; a plugin without one needs the first level.
std::string level_problem(const std::string& note) {
    const std::map<std::string, std::string> levels = parse_stamp(note);
    const auto needed = levels.find("needed");
    if (needed == levels.end()) {
        return "";
    }
    const auto number = core::number_of_text<std::uint32_t>(needed->second);
    if (!number) {
        return fmt::format("needs API level '{}', which is no number: build it again",
                           printable(needed->second));
    }
    return *number <= GRAFT_API_LEVEL ? "" : too_new(*number);
}

std::string read_notes(ElfFile& elf, PluginFile& file, const std::map<std::string, std::string>& host_stamp) {
    std::vector<std::string> wrong;
    std::string levels;
    bool stamped = false;
    for (const ElfNote& note : elf.notes(note_section)) {
        if (note.owner != note_owner) {
            continue;
        }
        if (note.type == stamp_note) {
            stamped = true;
            file.stamp = parse_stamp(note.text);
        } else if (note.type == level_note) {
            levels = note.text;
        } else if (note.type == component_note) {
            if (std::string problem = add_entry(note.text, file.entries); !problem.empty()) {
                wrong.push_back(std::move(problem));
            }
        }
    }
    if (!stamped) {
        return "carries no graft stamp: build it with graft_add_plugin and put GRAFT_PLUGIN into one of its "
               "files";
    }
    const std::string differences = stamp_differences(file.stamp, host_stamp);
    if (!differences.empty()) {
        // A later SDK may write its notes otherwise, so nothing else is reported.
        const auto libtorch = host_stamp.find("libtorch");
        return fmt::format(
            "was built for another graft:{}\n  rebuild the plugin with this graft's SDK and LibTorch {}, or "
            "remove the file",
            differences, libtorch == host_stamp.end() ? "of the same version" : libtorch->second);
    }
    if (std::string problem = level_problem(levels); !problem.empty()) {
        return problem;
    }
    if (!elf.exports(descriptor_symbol)) {
        wrong.push_back(fmt::format(
            "exports no {}: build it with graft_add_plugin and put GRAFT_PLUGIN into one of its files",
            descriptor_symbol));
    }
    if (wrong.empty() && file.entries.empty()) {
        wrong.emplace_back(
            "brings no component: add GRAFT_BACKBONE, GRAFT_HEAD, GRAFT_DATASET or GRAFT_LOSS");
    }
    return fmt::format("{}", fmt::join(wrong, "\n  "));
}

}  // namespace

std::string too_new(std::uint32_t needed) {
    return fmt::format(
        "needs API level {}, this graft has {} (SDK ABI {}): update graft, or build the plugin "
        "for API level {} or lower",
        needed, GRAFT_API_LEVEL, GRAFT_SDK_ABI, GRAFT_API_LEVEL);
}

PluginFile read_plugin_file(const std::filesystem::path& path,
                            const std::map<std::string, std::string>& host_stamp) {
    PluginFile file;
    file.path = path;
    try {
        ElfFile elf(path);
        file.problem = read_notes(elf, file, host_stamp);
    } catch (const ElfError& error) {
        file.problem = error.is_elf() ? fmt::format("is damaged: {}; build or copy it again", error.what())
                                      : fmt::format("is no shared library: {}; build it again or remove it",
                                                    error.what());
    }
    return file;
}

}  // namespace graft::catalog
