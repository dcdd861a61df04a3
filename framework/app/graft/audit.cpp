// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cstddef>
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "command.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "jobs.hpp"
#include "jobs/run_files.hpp"
#include "report/audit_text.hpp"
#include "report/formatting.hpp"
#include "run_or_pipeline.hpp"
#include "trust.hpp"
#include "whole_number.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;
using core::Json;

constexpr std::size_t usual_top = 10;

const Usage& audit_usage() {
    static const Usage usage = {
        "audit",
        "PIPELINE|RUN",
        1,
        "Looks for what is wrong with the data: labels that models which had not seen the sample do not "
        "believe,\n"
        "the same picture twice, in training and validation above all, shifted points, outliers, classes "
        "that "
        "are\n"
        "too small, pictures nobody can read. Writes audit.json, and exclude.csv and relabel.csv for "
        "data.exclude\n"
        "and data.relabel of a pipeline; looks at every sample once, trains no network and changes no data.\n"
        "A picture in several splits ends with exit code 4.",
        {{"out", "DIR", "where to write; default RUN/audit, of a pipeline `audit`", false},
         {"top", "N", "how many of each kind to print; default 10", false},
         {"allow-leaks", "", "pictures in several splits are no error", false},
         {"set", "KEY=VALUE", "replace a value of the pipeline; of a run, only data.KEY", true},
         {"force", "", "replace what an audit has left in the folder", false},
         device_option(),
         threads_option(),
         plugin_dir_option(),
         trust_option(),
         verbose_option(),
         json_option()},
        "graft audit configs/ants_bees_efficientnet_lite0.yaml --out audit\n"
        "graft run configs/ants_bees_efficientnet_lite0.yaml --set data.relabel=audit/relabel.csv"};
    return usage;
}

std::size_t top_of(const Arguments& arguments) {
    if (!arguments.has("top")) {
        return usual_top;
    }
    const std::string text = arguments.one("top");
    const auto top = whole_number(text, 1);
    if (!top) {
        refuse(audit_usage(), fmt::format("--top '{}' is no number of rows", text), "write --top 30");
    }
    return static_cast<std::size_t>(*top);
}

/// The command that uses what was written; nothing where there is nothing to use.
std::string next_step(const Json& result, const std::string& pipeline, const Words& sets) {
    std::string more;
    const Json proposed = report::inner(result, "proposed");
    for (const char* key : {"exclude", "relabel"}) {
        const Json each = report::inner(proposed, key);
        if (each.value("rows", 0) > 0) {
            more += " --set " +
                    core::shell_word(fmt::format("data.{}={}", key, each.value("file", std::string())));
        }
    }
    if (more.empty()) {
        return "";
    }
    std::string given;
    for (const std::string& set : sets) {
        given += " --set " + core::shell_word(set);
    }
    return fmt::format(
        "\nlook through both tables and take out the rows that you do not believe, then\n  graft run "
        "{}{}{}\n",
        core::shell_word(pipeline), given, more);
}

}  // namespace

int audit(const Words& words) {
    const auto arguments = parse(audit_usage(), words);
    if (!arguments) {
        return 0;
    }
    const Words& given = arguments->positional();
    if (given.empty()) {
        refuse(audit_usage(), "which pipeline, or which run?");
    }
    const std::size_t top = top_of(*arguments);
    const Console console = console_for(*arguments);
    const auto [run, pipeline] = run_or_pipeline(given.front(), arguments->many("set"), console);
    const std::string usual_out = run.empty() ? "audit" : (fs::path(run) / "audit").string();
    const jobs::Job job = {run,
                           {{"command", "audit"},
                            {"run", run},
                            {"pipeline", pipeline},
                            {"sets", arguments->many("set")},
                            {"out", arguments->has("out") ? arguments->one("out") : usual_out},
                            {"force", arguments->has("force")},
                            {"allow_leaks", arguments->has("allow-leaks")},
                            {"resources", to_json(resources_of(*arguments))},
                            {"plugin_dirs", plugin_dirs(*arguments)}}};
    const jobs::Outcome outcome = run_job(trusting(job, *arguments), console);
    if (!outcome.error.empty()) {
        return console.fail(outcome.exit_code, outcome.error);
    }
    if (outcome.result.is_null()) {
        return outcome.exit_code;  // interrupted
    }
    if (console.json()) {
        console.print(outcome.result);
    } else {
        console.print(report::audit_text(outcome.result, top, console.out()) +
                      next_step(outcome.result,
                                run.empty() ? pipeline : jobs::run_file(run, jobs::run_files::pipeline),
                                arguments->many("set")));
    }
    if (outcome.exit_code == static_cast<int>(core::Category::data)) {
        const auto leaks = outcome.result.value("leaks", std::int64_t{0});
        return console.fail(
            outcome.exit_code,
            fmt::format("{} in more than one split\n  exclude.csv takes {} out of training; "
                        "--allow-leaks where that is meant",
                        leaks == 1 ? "a picture is" : report::counted(leaks, "picture") + " are",
                        leaks == 1 ? "it" : "them"));
    }
    return outcome.exit_code;
}

}  // namespace graft::app
