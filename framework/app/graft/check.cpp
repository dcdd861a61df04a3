// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "jobs.hpp"
#include "jobs/queue.hpp"
#include "pipeline/expansion.hpp"
#include "trace_shapes.hpp"
#include "trust.hpp"

namespace graft::app {
namespace {

const Usage& check_usage() {
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
                                {set_option(), trace_shapes_option(), plugin_dir_option(), trust_option(),
                                 verbose_option(), json_option()},
                                "graft check configs/synthetic.yaml --set data.image.size=96"};
    return usage;
}

void print(const core::Json& checked, const Console& console) {
    if (console.json()) {
        console.print(checked.value("report", core::Json::object()));
    } else {
        console.print(checked.value("text", std::string()));
    }
}

/// Prints what the engine tells of each pipeline of a file with `matrix`.
class Several : public core::EventSink {
public:
    Several(const pipeline::Expansion& pipelines, const Console& console)
        : pipelines_(pipelines), console_(console) {}

    void emit(const core::Event& event) override {
        if (event.name == "checking") {
            number_ = event.fields.value("pipeline", std::size_t{0});
            if (!console_.json()) {
                console_.print(fmt::format("{}[{}/{}] {}\n", number_ > 0 ? "\n" : "", number_ + 1,
                                           pipelines_.size(), label()));
            }
        } else if (event.name == "checked" && event.fields.contains("error")) {
            codes_.push_back(event.fields.value("category", 1));
            console_.fail(codes_.back(), event.fields.value("error", std::string()), label());
        } else if (event.name == "checked") {
            print(event.fields, console_);
        }
    }

    /// The exit code; `outcome` is that of the engine, which may have died.
    int conclude(const jobs::Outcome& outcome) {
        if (!outcome.error.empty()) {
            codes_.push_back(console_.fail(outcome.exit_code, outcome.error, label()));
        }
        return jobs::worst_exit_code(codes_);
    }

private:
    const std::string& label() const { return pipelines_.label(number_); }

    const pipeline::Expansion& pipelines_;
    const Console& console_;
    std::size_t number_ = 0;
    std::vector<int> codes_;
};

}  // namespace

int check(const Words& words) {
    const auto arguments = parse(check_usage(), words);
    if (!arguments) {
        return 0;
    }
    if (arguments->positional().empty()) {
        refuse(check_usage(), "which pipeline?");
    }
    const Console console = console_for(*arguments);
    const std::string file = arguments->positional().front();
    const std::vector<std::string> sets = arguments->many("set");
    const pipeline::Expansion pipelines({file, sets, pipeline::process_environment()});
    const jobs::Job job = {file,
                           {{"command", "check"},
                            {"pipeline", file},
                            {"sets", sets},
                            {"trace_shapes", arguments->has("trace-shapes")},
                            {"plugin_dirs", plugin_dirs(*arguments)}}};
    if (pipelines.has_matrix()) {
        Several several(pipelines, console);
        return several.conclude(run_job(trusting(job, *arguments), console, &several));
    }
    pipelines.document(0);  // what is unreadable is told without the engine
    const jobs::Outcome outcome = run_job(trusting(job, *arguments), console);
    if (!outcome.error.empty()) {
        return console.fail(outcome.exit_code, outcome.error);
    }
    print(outcome.result, console);
    return outcome.exit_code;
}

}  // namespace graft::app
