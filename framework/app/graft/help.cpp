// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include "catalog/catalog.hpp"
#include "command.hpp"
#include "core/names.hpp"
#include "core/problem.hpp"
#include "jobs.hpp"
#include "pipeline/reference.hpp"
#include "report/format_text.hpp"

namespace graft::app {
namespace {

using core::Json;

const Usage& help_usage() {
    static const Usage usage = {
        "help",
        "[WORD]",
        1,
        "Explains the pipeline format: a section (train, data.image), a key (lr, train.batch) or a value\n"
        "(cosine), with types, bounds, defaults and an example; names where a plugin or one of its options\n"
        "is explained. Without a word: the sections. docs/pipeline.md is the same on one page.",
        {plugin_dir_option(), verbose_option(), json_option()},
        "graft help train\ngraft help cosine\ngraft help data.image"};
    return usage;
}

struct Pointer {
    std::string what;     ///< "csv is an option of the data set keypoints_csv: the table"
    std::string command;  ///< that explains it
};

/// The components that are called so, by the notes in the plugins' files: nothing is loaded.
std::vector<Pointer> components_called(const std::string& word, const std::vector<std::string>& folders) {
    std::vector<Pointer> found;
    const catalog::Catalog catalog(catalog::plugin_folders(folders, {}), catalog::host_stamp());
    for (const catalog::PluginFile& file : catalog.files()) {
        for (const catalog::Entry& entry : file.entries) {
            if (entry.id == word) {
                found.push_back({fmt::format("{} is a {}: {}", word, entry.kind, entry.summary),
                                 "graft plugins " + word});
            }
        }
    }
    return found;
}

/// The plugins' options that are called so; only an engine knows them. None where that fails.
std::vector<Pointer> options_called(const std::string& word, const std::vector<std::string>& folders,
                                    const Console& console) {
    std::vector<Pointer> found;
    const jobs::Outcome outcome = run_job(
        {"help", {{"command", "plugins"}, {"id", ""}, {"plugin_dirs", folders}, {"skip", Json::array()}}},
        console);
    if (!outcome.result.is_object()) {
        return found;
    }
    for (const Json& file : outcome.result.value("plugins", Json::array())) {
        for (const Json& component : file.value("components", Json::array())) {
            const std::string id = component.value("id", "");
            for (const Json& option : component.value("options", Json::array())) {
                if (option.value("name", "") == word) {
                    found.push_back({fmt::format("{} is an option of the {} {}: {}", word,
                                                 component.value("kind", ""), id, option.value("doc", "")),
                                     "graft plugins " + id});
                }
            }
        }
    }
    return found;
}

[[noreturn]] void refuse_unknown(const std::string& word) {
    const std::string near = core::nearest(word, pipeline::format_words());
    std::string remedy = near.empty() ? "" : "did you mean '" + near + "'?";
    for (const pipeline::Meaning& meaning : pipeline::mentions(word)) {
        remedy += remedy.empty() ? "" : "\n  ";
        remedy +=
            fmt::format("{}: {}", pipeline::path_of(*meaning.section, *meaning.key), meaning.key->spec.doc);
    }
    refuse(help_usage(), fmt::format("'{}' is no word of the pipeline format, and no plugin's", word),
           remedy.empty() ? "`graft help` lists the sections, `graft plugins` the plugins" : remedy);
}

void show_sections(const Console& console) {
    if (!console.json()) {
        console.print(report::format_overview(console.out()) +
                      "\n`graft help WORD` explains a section, a key or a value; `graft --help` lists the "
                      "commands.\n");
        return;
    }
    std::vector<pipeline::Meaning> all;
    for (const pipeline::FormatSection& section : pipeline::format()) {
        all.push_back({&section, nullptr, nullptr});
    }
    console.print(report::meanings_json(all));
}

void show(const Console& console, const std::vector<pipeline::Meaning>& meanings,
          const std::vector<Pointer>& pointers) {
    if (console.json()) {
        Json result = {{"meanings", report::meanings_json(meanings)}, {"plugins", Json::array()}};
        for (const Pointer& pointer : pointers) {
            result["plugins"].push_back({{"what", pointer.what}, {"command", pointer.command}});
        }
        console.print(result);
        return;
    }
    std::string text = report::meanings_text(meanings, console.out());
    for (const Pointer& pointer : pointers) {
        text += (text.empty() ? "" : "\n") + pointer.what + "\n  `" + pointer.command + "` explains it\n";
    }
    console.print(text);
}

}  // namespace

int help(const Words& words) {
    const auto arguments = parse(help_usage(), words);
    if (!arguments) {
        return 0;
    }
    const Console console = console_for(*arguments);
    if (arguments->positional().empty()) {
        show_sections(console);
        return 0;
    }
    const std::string& word = arguments->positional().front();
    const std::vector<std::string> folders = plugin_dirs(*arguments);
    const std::vector<pipeline::Meaning> meanings = pipeline::look_up(word);
    std::vector<Pointer> pointers = components_called(word, folders);
    if (meanings.empty() && pointers.empty()) {
        pointers = options_called(word.substr(word.rfind('.') + 1), folders, console);  // "data.csv", too
    }
    if (meanings.empty() && pointers.empty()) {
        refuse_unknown(word);
    }
    show(console, meanings, pointers);
    return 0;
}

}  // namespace graft::app
