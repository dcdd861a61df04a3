// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "jobs.hpp"
#include "jobs/queue.hpp"
#include "pipeline/expansion.hpp"

namespace graft::app {
namespace {

const Usage& usage() {
    static const Usage usage = {"check",
                                "PIPELINE",
                                1,
                                "Puts a pipeline together, runs one blank image through it on the CPU, and "
                                "prints its stages, outputs and\n"
                                "parameters; of a file with `matrix`, each pipeline. Needs neither weights "
                                "nor data: what is not there is a warning, "
                                "and classes that only the "
                                "data\n"
                                "tell are placeholders. Every error is told in one go.",
                                {set_option(), plugin_dir_option(), verbose_option(), json_option()},
                                "graft check configs/synthetic.yaml --set data.image.size=96"};
    return usage;
}

/// A pipeline, or the variation of a file with `matrix`; the exit code.
int check_one(const Arguments& arguments, const std::string& file, const std::string& label,
              std::size_t variation, const Console& console) {
    const std::vector<std::string> sets = arguments.many("set");
    jobs::Job job = {
        file,
        {{"command", "check"}, {"pipeline", file}, {"sets", sets}, {"plugin_dirs", plugin_dirs(arguments)}}};
    if (!label.empty()) {
        job.request["variation"] = variation;
    }
    read_pipeline(file, sets, label.empty() ? std::nullopt : std::optional(variation));
    const jobs::Outcome outcome = run_job(job, console);
    if (!outcome.error.empty()) {
        return console.fail(outcome.exit_code, outcome.error, label);
    }
    if (console.json()) {
        console.print(outcome.result.value("report", core::Json::object()));
    } else {
        console.print(outcome.result.value("text", std::string()));
    }
    return outcome.exit_code;
}

}  // namespace

int check(const Words& words) {
    const auto arguments = parse(usage(), words);
    if (!arguments) {
        return 0;
    }
    if (arguments->positional().empty()) {
        refuse(usage(), "which pipeline?");
    }
    const Console console = console_for(*arguments);
    const std::string file = arguments->positional().front();
    const pipeline::Expansion pipelines({file, arguments->many("set"), pipeline::process_environment()});
    std::vector<int> codes;
    for (std::size_t variation = 0; variation < pipelines.size(); ++variation) {
        const std::string& label = pipelines.label(variation);
        if (!label.empty() && !console.json()) {
            console.print(fmt::format("{}[{}/{}] {}\n", variation > 0 ? "\n" : "", variation + 1,
                                      pipelines.size(), label));
        }
        codes.push_back(check_one(*arguments, file, label, variation, console));
    }
    return jobs::worst_exit_code(codes);
}

}  // namespace graft::app
