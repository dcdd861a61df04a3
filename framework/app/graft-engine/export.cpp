// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "export/export.hpp"

#include <algorithm>
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "command.hpp"
#include "composition.hpp"
#include "core/files.hpp"
#include "core/names.hpp"
#include "core/problem.hpp"
#include "jobs/run_files.hpp"
#include "trained_model.hpp"

namespace graft::engine {
namespace {

namespace fs = std::filesystem;
using core::Json;
using exporting::Check;
using exporting::Exported;

bool is_verified(const Check& check) {
    return check.not_verified.empty();
}

/// What could not run the file is a note where something else could.
std::string check_text(const Check& check, bool is_note) {
    if (is_verified(check)) {
        return fmt::format("verified  {} at a batch of {}: differs from the model by {:.1e} at most",
                           check.by, check.batch, check.largest_difference);
    }
    return (is_note ? "note      " : "not verified: ") + check.not_verified;
}

Json check_json(const Check& check) {
    if (!is_verified(check)) {
        return {{"by", check.by}, {"verified", false}, {"reason", check.not_verified}};
    }
    return {{"by", check.by},
            {"verified", true},
            {"batch", check.batch},
            {"largest_difference", check.largest_difference}};
}

Json report_of(const Exported& made, const std::string& file) {
    Json report = {
        {"file", file}, {"bytes", made.bytes.size()}, {"outputs", Json::array()}, {"checks", Json::array()}};
    for (const exporting::NetworkOutput& output : made.outputs) {
        report["outputs"].push_back({{"name", output.name}, {"shape", output.shape}});
    }
    for (const Check& check : made.checks) {
        report["checks"].push_back(check_json(check));
    }
    return report;
}

std::string text_of(const Exported& made, const std::string& file) {
    std::string text =
        fmt::format("{}\n  size      {:.1f} MB\n", file, static_cast<double>(made.bytes.size()) / 1e6);
    for (const exporting::NetworkOutput& output : made.outputs) {
        std::string shape = "N";
        for (const std::int64_t side : output.shape) {
            shape += " x " + std::to_string(side);
        }
        text += fmt::format("  output    {} ({})\n", output.name, shape);
    }
    const bool is_any = std::any_of(made.checks.begin(), made.checks.end(), is_verified);
    for (const Check& check : made.checks) {
        text += "  " + check_text(check, is_any) + "\n";
    }
    return text;
}

exporting::ExportRequest request_of(const CommandContext& context) {
    const std::string part = context.text("part");
    if (!part.empty() && part != "backbone") {
        throw core::Failure(core::Category::pipeline, fmt::format("--part '{}' is none", part),
                            "allowed: backbone; without it, the whole model");
    }
    return {context.text("to"), {context.flag("fold"), context.flag("raw")}, part == "backbone"};
}

/// Where the file is written. Another program would take a wrong suffix for what the file is, and a file that
/// lies there already may be somebody's only copy.
fs::path file_of(const CommandContext& context, const std::string& format, const std::string& run) {
    const std::vector<std::string>& suffixes = exporting::suffixes_of(format);
    const std::string wanted = context.text("out");
    const fs::path file = wanted.empty() ? fs::path(run) / ("model" + suffixes.front()) : fs::path(wanted);
    core::Problems problems;
    if (std::find(suffixes.begin(), suffixes.end(), file.extension().string()) == suffixes.end()) {
        problems.push_back(
            {{},
             fmt::format("--out '{}' does not end as a file of the format {} does", wanted, format),
             fmt::format("allowed: {}; or choose another format with --to", core::listed(suffixes))});
    }
    if (fs::is_directory(file)) {
        problems.push_back({{}, fmt::format("--out '{}' is a folder", file.string()), "name a file in it"});
    } else if (fs::exists(fs::symlink_status(file)) && !context.flag("force")) {
        problems.push_back({{},
                            fmt::format("'{}' is there already", file.string()),
                            "--force replaces it; --out names another file"});
    }
    core::throw_if_any(core::Category::pipeline, problems);
    return file;
}

}  // namespace

int export_run(CommandContext& context) {
    const exporting::ExportRequest request = request_of(context);
    const std::string run = jobs::find_run(context.text("run"));
    const fs::path file = file_of(context, request.format, run);
    auto registry = open_run_registry(context, run);
    model::Model model = open_model(context, run, *registry);
    const Exported made = exporting::export_model(model, request);
    if (file.has_parent_path()) {
        core::make_folder(file.parent_path());
    }
    core::write_atomically(file, made.bytes);
    context.events.emit(
        {"result", {{"report", report_of(made, file.string())}, {"text", text_of(made, file.string())}}});
    return 0;
}

}  // namespace graft::engine
