// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "insight/document.hpp"
#include "insight/page.hpp"
#include "jobs.hpp"
#include "jobs/run_files.hpp"
#include "report/formatting.hpp"
#include "trust.hpp"
#include "watched_page.hpp"
#include "whole_number.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;
using core::Json;

constexpr std::int64_t most_on_map = 5000;  ///< t-SNE looks at every pair, a thousand times

const Usage& report_usage() {
    static const Usage usage = {
        "report",
        "RUN [RUN...]",
        static_cast<std::size_t>(-1),
        "Writes a page of HTML that shows what a run's network learnt: curves, confusion, errors, the "
        "samples\n"
        "that it gets right and wrong, and where in the picture its answers come from (Grad-CAM). It is one\n"
        "file that needs no network. Several runs are put beside each other. The data of every chart and "
        "table\n"
        "lie beside the page, in a folder of its name.",
        {{"out", "FILE", "where the page goes; default report.html in the run's folder, of several runs here",
          false},
         {"layer", "STAGE",
          "of the backbone, whose places Grad-CAM colours; default the last with places that the head reads",
          false},
         {"map", "N", "at most so many validation samples on the map of features; 0: no map; default 5000",
          false},
         {"serve", "", "show the run in a browser on this machine while it trains; writes nothing", false},
         {"port", "N", "of --serve; default any that is free", false},
         device_option(),
         threads_option(),
         plugin_dir_option(),
         trust_option(),
         verbose_option(),
         json_option()},
        "graft report runs/first\n"
        "graft report runs/first --serve\n"
        "graft report runs/first runs/second --out comparison.html"};
    return usage;
}

/// What the engine tells of a run; where it fails, the page is written without, and says so.
insight::Illustration illustrate(const std::string& run, const insight::WantedSamples& wanted,
                                 const Arguments& arguments, const Console& console) {
    Json request = {{"command", "report"}, {"run", run}};
    request.update(insight::to_json(wanted));
    request["layer"] = arguments.one("layer");
    request["resources"] = to_json(resources_of(arguments));
    request["plugin_dirs"] = plugin_dirs(arguments);
    const jobs::Outcome outcome = run_job(trusting({run, request}, arguments), console);
    if (arguments.has("layer") && outcome.exit_code == static_cast<int>(core::Category::pipeline)) {
        throw core::Failure(core::Category::pipeline, "--layer: " + outcome.error);
    }
    insight::Illustration illustration;
    if (!outcome.error.empty()) {
        illustration.missing = outcome.error;
    } else if (outcome.result.is_object()) {
        illustration = insight::illustration_of(outcome.result);
    }
    if (!illustration.missing.empty()) {
        console.err().out << "warning: the page has no pictures: " << core::legible(illustration.missing)
                          << "\n"
                          << std::flush;
    }
    return illustration;
}

/// An option's whole number; `otherwise` where it is not given.
std::int64_t number_of(const Arguments& arguments, const std::string& option, std::int64_t most,
                       std::int64_t otherwise) {
    if (!arguments.has(option)) {
        return otherwise;
    }
    const std::string text = arguments.one(option);
    const auto number = whole_number(text, 0, most);
    if (!number) {
        refuse(report_usage(), fmt::format("--{} '{}' is no number from 0 to {}", option, text, most));
    }
    return *number;
}

/// Options that go with one run, or with a page that is served, alone.
void check_options(const Arguments& arguments) {
    const bool serves = arguments.has("serve");
    const bool alone = arguments.positional().size() == 1;
    for (const char* option : {"layer", "map", "serve"}) {
        if (!alone && arguments.has(option)) {
            refuse(report_usage(), fmt::format("--{} is for the page of one run", option));
        }
    }
    for (const char* option : {"out", "layer", "map", "device", "threads", "trust-run-plugins"}) {
        if (serves && arguments.has(option)) {
            refuse(report_usage(),
                   fmt::format("--serve writes no page and runs no network, so --{} means nothing", option));
        }
    }
    if (!serves && arguments.has("port")) {
        refuse(report_usage(), "--port is for --serve");
    }
}

std::string page_file(const Arguments& arguments, const std::vector<insight::RunLeft>& runs) {
    if (arguments.has("out")) {
        const fs::path wanted = arguments.one("out");
        return wanted.has_extension() ? wanted.string() : wanted.string() + ".html";
    }
    return runs.size() == 1 ? jobs::run_file(runs.front().folder, jobs::run_files::report) : "report.html";
}

/// The first file of a page's data, or what core::write_atomically has of it, or had when it was killed.
bool is_of_page(const fs::directory_entry& entry) {
    return entry.path().filename().string().starts_with(insight::charts_file);
}

/// Files of a page's data have common names (summary.csv): they go where nothing is but those of an earlier
/// page, or of one that is being written.
void require_folder_of_page(const std::string& folder) {
    std::error_code error;
    const fs::directory_iterator entries(folder, error);
    if (fs::exists(folder, error) && !fs::is_empty(folder, error) &&
        std::none_of(begin(entries), end(entries), is_of_page)) {
        throw core::Failure(
            core::Category::pipeline,
            fmt::format("the data of the page's charts go to '{}', which holds something else",
                        core::legible(folder)),
            "name another page with --out; nothing was touched");
    }
}

}  // namespace

int report(const Words& words) {
    const auto arguments = parse(report_usage(), words);
    if (!arguments) {
        return 0;
    }
    if (arguments->positional().empty()) {
        refuse(report_usage(), "which run?");
    }
    check_options(*arguments);
    const Console console = console_for(*arguments);
    if (arguments->has("serve")) {
        const std::int64_t port = number_of(*arguments, "port", 65535, 0);
        serve_run(find_run(arguments->positional().front(), console), static_cast<std::uint16_t>(port),
                  console);
        return 0;
    }
    const std::vector<insight::RunLeft> runs = runs_left(*arguments, console);
    const std::string file = page_file(*arguments, runs);
    const std::string folder = fs::path(file).replace_extension().string();
    require_folder_of_page(folder);
    const bool alone = runs.size() == 1;
    insight::WantedSamples wanted =
        alone ? insight::pictures_wanted(runs.front()) : insight::pictures_wanted(runs);
    wanted.on_map = alone ? number_of(*arguments, "map", most_on_map, most_on_map) : 0;
    const insight::Illustration illustration =
        alone || !wanted.empty() ? illustrate(runs.front().folder, wanted, *arguments, console)
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
