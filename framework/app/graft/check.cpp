// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "command.hpp"
#include "jobs.hpp"

namespace graft::app {
namespace {

const Usage& usage() {
    static const Usage usage = {"check",
                                "PIPELINE",
                                1,
                                "Puts a pipeline together, runs one blank image through it on the CPU, and "
                                "prints its stages, outputs and\n"
                                "parameters. Needs neither weights nor data: what is not there is a warning, "
                                "and classes that only the "
                                "data\n"
                                "tell are placeholders. Every error is told in one go.",
                                {set_option(), plugin_dir_option(), verbose_option(), json_option()},
                                "graft check configs/synthetic.yaml --set data.image.size=96"};
    return usage;
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
    const std::vector<std::string> sets = arguments->many("set");
    read_pipeline(file, sets);
    const jobs::Job job = {
        file,
        {{"command", "check"}, {"pipeline", file}, {"sets", sets}, {"plugin_dirs", plugin_dirs(*arguments)}}};
    const jobs::Outcome outcome = run_job(job, console);
    if (!outcome.error.empty()) {
        return console.fail(outcome.exit_code, outcome.error);
    }
    if (console.json()) {
        console.print(outcome.result.value("report", core::Json::object()));
    } else {
        console.print(outcome.result.value("text", std::string()));
    }
    return outcome.exit_code;
}

}  // namespace graft::app
