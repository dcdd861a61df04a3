// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <filesystem>

#include <fmt/format.h>

#include "command.hpp"
#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "jobs.hpp"
#include "report/classes.hpp"
#include "report/formatting.hpp"
#include "schema.hpp"
#include "start/draft.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;
using core::Json;

const Usage& init_usage() {
    static const Usage usage = {
        "init",
        "DATA_DIR",
        1,
        "Looks at a folder of data, says what it found and what it cannot use, and writes a pipeline that "
        "learns "
        "it.\nKnows class folders (with and without splits), tables of classes, numbers, labels or points, "
        "masks\nbeside pictures, annotations in COCO's and YOLO's formats, and UTKFace's file names.",
        {{"out", "FILE", "the pipeline's file; default: the folder's name with .yaml", false},
         {"weights", "WEIGHTS",
          "an id of the catalogue or a file, for EfficientNet-Lite0; none: a ResNet18 from random values; "
          "default imagenet1k",
          false},
         plugin_dir_option(),
         verbose_option(),
         json_option()},
        "graft init photos\ngraft init photos --weights none --out first.yaml"};
    return usage;
}

fs::path file_for(const Arguments& arguments, const std::string& folder) {
    if (arguments.has("out")) {
        return arguments.one("out");
    }
    const fs::path whole = fs::absolute(folder).lexically_normal();
    return (whole.has_filename() ? whole : whole.parent_path()).filename().string() + ".yaml";
}

void require_new(const fs::path& file) {
    std::error_code error;
    if (fs::exists(fs::symlink_status(file, error))) {
        throw Failure(Category::pipeline, fmt::format("'{}' is there already", file.string()),
                      "name another file with --out; nothing was written");
    }
}

std::string lines_of(const std::vector<std::string>& lines, const std::string& margin) {
    constexpr std::size_t most = 20;
    std::string text;
    for (std::size_t index = 0; index < std::min(lines.size(), most); ++index) {
        text += margin + report::printable(lines[index]) + "\n";
    }
    return text + (lines.size() > most ? fmt::format("{}and {} more\n", margin, lines.size() - most) : "");
}

std::string found_text(const std::string& folder, const start::Finding& finding) {
    std::string text = fmt::format("{}: {}\n", report::printable(folder),
                                   finding.what.empty() ? "nothing that graft knows" : finding.what);
    text += lines_of(finding.facts, "  ");
    if (!finding.unused.empty()) {
        text += "plays no part:\n" + lines_of(finding.unused, "  ");
    }
    return text;
}

/// What the pipeline's first line names, unless it is there.
void write_schema_beside(const fs::path& file, const Console& console,
                         const std::vector<std::string>& folders) {
    const fs::path schema = file.parent_path() / schema_file;
    std::error_code error;
    if (!fs::exists(schema, error)) {
        core::write_atomically(schema, core::json_text(schema_of_pipelines(console, folders), 2) + "\n");
    }
}

/// The report of `graft check` on the pipeline; where it finds a mistake, the file goes and Failure is
/// thrown.
Json checked_pipeline(const fs::path& file, const Console& console, const std::vector<std::string>& folders) {
    const jobs::Outcome outcome = run_job({file.string(),
                                           {{"command", "check"},
                                            {"pipeline", file.string()},
                                            {"sets", Json::array()},
                                            {"plugin_dirs", folders}}},
                                          console);
    if (!outcome.error.empty()) {
        std::error_code ignored;
        fs::remove(file, ignored);
        throw Failure(static_cast<Category>(outcome.exit_code), outcome.error, "no pipeline was written");
    }
    return outcome.result.value("report", Json::object());
}

Json finding_json(const start::Finding& finding) {
    return {{"found", finding.what},
            {"facts", finding.facts},
            {"unused", finding.unused},
            {"refusal", finding.refusal}};
}

}  // namespace

int init(const Words& words) {
    const auto arguments = parse(init_usage(), words);
    if (!arguments) {
        return 0;
    }
    if (arguments->positional().empty()) {
        refuse(init_usage(), "which folder?");
    }
    const Console console = console_for(*arguments);
    const std::string folder = arguments->positional().front();
    const fs::path file = file_for(*arguments, folder);
    const start::Finding finding = start::look_at(folder);
    if (!console.json()) {
        console.print(found_text(folder, finding));
    }
    if (!finding.refusal.empty()) {
        if (console.json()) {
            console.print(finding_json(finding));
        }
        throw Failure(Category::data,
                      fmt::format("no pipeline was written for '{}': {}", folder, finding.refusal));
    }
    require_new(file);
    const std::string weights = arguments->has("weights") ? arguments->one("weights") : "imagenet1k";
    const std::string text =
        start::draft_pipeline(finding, {core::name_to_text(folder), "", weights, schema_file});
    write_schema_beside(file, console, plugin_dirs(*arguments));
    core::write_atomically(file, text);
    const core::Json checked = checked_pipeline(file, console, plugin_dirs(*arguments));
    if (console.json()) {
        Json result = finding_json(finding);
        result["classes"] = checked.value("classes", Json::array());
        result["pipeline"] = file.string();
        console.print(result);
        return 0;
    }
    const std::string shown = core::shell_word(file.string());
    console.print(report::classes_text(checked.value("classes", Json::array())) +
                  fmt::format("\n{} is a pipeline for it:\n  graft check {}\n  graft run {}\n",
                              report::printable(file.string()), shown, shown));
    return 0;
}

}  // namespace graft::app
