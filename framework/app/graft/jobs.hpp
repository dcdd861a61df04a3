// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What the commands that start graft-engine share.
#pragma once

#include <string>
#include <vector>

#include "arguments.hpp"
#include "console.hpp"
#include "core/event.hpp"
#include "insight/run_left.hpp"
#include "jobs/job.hpp"
#include "jobs/resources.hpp"
#include "pipeline/node.hpp"
#include "report/output_log.hpp"
#include "report/terminal.hpp"

namespace graft::app {

/// The options that several commands have.
OptionRow set_option();
OptionRow plugin_dir_option();
OptionRow device_option();
OptionRow threads_option();
OptionRow verbose_option();
OptionRow json_option();

/// A console as --json and --verbose ask for it.
Console console_for(const Arguments& arguments);

/// The folders given with --plugin-dir. Throws Failure(pipeline) when one is not there: it was typed.
std::vector<std::string> plugin_dirs(const Arguments& arguments);

/// What --device and --threads allow a job. Throws Failure(pipeline) for what they cannot mean.
jobs::Resources resources_of(const Arguments& arguments);

/// The run that a folder means (jobs::find_run), named on standard error where it is not that folder.
std::string find_run(const std::string& folder, const Console& console);
std::string find_run_to_resume(const std::string& folder, const Console& console);

/// What the runs that the command names have left, under names that tell them apart. Throws Failure.
std::vector<insight::RunLeft> runs_left(const Arguments& arguments, const Console& console);

/// Parses the document alone, so that what is unreadable is told at once, without the engine. Throws
/// Failure(pipeline).
pipeline::Node read_pipeline(const std::string& file, const std::vector<std::string>& sets);

/// Hears a lone job: progress and warnings go to standard error, what plugins print to the log of the run's
/// folder.
class JobOnScreen : public core::EventSink {
public:
    explicit JobOnScreen(const Console& console)
        : console_(console), progress_(console.err(), core::steady_seconds, console.verbose()) {}

    void emit(const core::Event& event) override {
        log_.emit(event);
        progress_.emit(event);
    }

    /// Takes the progress away, and tells again what has scrolled off.
    void conclude();

private:
    const Console& console_;
    report::TerminalReport progress_;
    report::OutputLog log_;
};

/// Runs one job, its progress and warnings on standard error, what plugins print in the log of the run's
/// folder; `listener`, where there is one, hears every event, too.
jobs::Outcome run_job(const jobs::Job& job, const Console& console, core::EventSink* listener = nullptr);

/// Runs one job; its text, or its result for programs, goes to standard output. The exit code.
int answer(const jobs::Job& job, const Console& console,
           std::string (*text)(const core::Json& result, const report::Screen& screen));

}  // namespace graft::app
