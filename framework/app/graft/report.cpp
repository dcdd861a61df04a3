// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "core/text.hpp"
#include "insight/page.hpp"
#include "jobs.hpp"
#include "jobs/run_files.hpp"
#include "report/formatting.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;
using core::Json;

const Usage& usage() {
    static const Usage usage = {
        "report",
        "RUN [RUN...]",
        static_cast<std::size_t>(-1),
        "Writes a page of HTML that shows what a run's network learnt: curves, confusion, errors, the "
        "samples that "
        "it\n"
        "gets right and wrong. It is one file that needs no network. Several runs are put beside each other. "
        "The "
        "data\n"
        "of every chart and table lie beside the page, in a folder of its name.",
        {{"out", "FILE", "where the page goes; default report.html in the run's folder, of several runs here",
          false},
         plugin_dir_option(),
         verbose_option(),
         json_option()},
        "graft report runs/first\n"
        "graft report runs/first runs/second --out comparison.html"};
    return usage;
}

/// What the engine tells of a run; where it fails, the page is written without, and says so.
insight::Illustration illustrate(const std::string& run, const std::vector<std::string>& ids,
                                 const Arguments& arguments, const Console& console) {
    const jobs::Job job = {
        run, {{"command", "report"}, {"run", run}, {"ids", ids}, {"plugin_dirs", plugin_dirs(arguments)}}};
    const jobs::Outcome outcome = run_job(job, console);
    insight::Illustration illustration;
    if (!outcome.error.empty()) {
        illustration.missing = outcome.error;
    } else if (outcome.result.is_object()) {
        illustration.network = outcome.result.value("network", Json::object());
        illustration.missing = outcome.result.value("no_pictures", std::string());
        for (const Json& picture : outcome.result.value("pictures", Json::array())) {
            illustration.thumbnails.emplace(picture.value("id", std::string()), picture);
        }
    }
    if (!illustration.missing.empty()) {
        console.err().out << "warning: the page has no pictures: " << core::legible(illustration.missing)
                          << "\n"
                          << std::flush;
    }
    return illustration;
}

std::string page_file(const Arguments& arguments, const std::vector<insight::RunLeft>& runs) {
    if (arguments.has("out")) {
        const fs::path wanted = arguments.one("out");
        return wanted.has_extension() ? wanted.string() : wanted.string() + ".html";
    }
    return runs.size() == 1 ? jobs::run_file(runs.front().folder, jobs::run_files::report) : "report.html";
}

}  // namespace

int report(const Words& words) {
    const auto arguments = parse(usage(), words);
    if (!arguments) {
        return 0;
    }
    if (arguments->positional().empty()) {
        refuse(usage(), "which run?");
    }
    const Console console = console_for(*arguments);
    const std::vector<insight::RunLeft> runs = runs_left(*arguments, console);
    const std::string file = page_file(*arguments, runs);
    const std::string folder = fs::path(file).replace_extension().string();
    const bool alone = runs.size() == 1;
    const auto ids = alone ? insight::pictures_wanted(runs.front()) : insight::pictures_wanted(runs);
    const insight::Illustration illustration = alone || !ids.empty()
                                                   ? illustrate(runs.front().folder, ids, *arguments, console)
                                                   : insight::Illustration();
    insight::write(
        alone ? insight::page_of(runs.front(), illustration) : insight::page_of(runs, illustration), file,
        folder);
    if (console.json()) {
        console.print(Json{{"page", core::name_to_text(file)}, {"data", core::name_to_text(folder)}});
    } else {
        console.print(graft::report::table({{"page", graft::report::printable(file)},
                                            {"data of its charts", graft::report::printable(folder)}}));
    }
    return 0;
}

}  // namespace graft::app
