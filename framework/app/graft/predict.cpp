// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>

#include <unistd.h>

#include <fmt/format.h>

#include "command.hpp"
#include "jobs.hpp"
#include "jobs/run_files.hpp"
#include "report/predictions.hpp"

namespace graft::app {
namespace {

using core::Json;

const Usage& usage() {
    static const Usage usage = {
        "predict",
        "RUN [IMAGE...]",
        static_cast<std::size_t>(-1),
        "Shows images, or all images of a folder, to a trained model and prints what it sees. One image is "
        "drawn\n"
        "with its prediction at its own resolution, of several the first sixty on a sheet. An image that "
        "cannot "
        "be\n"
        "read is named, the others are predicted, and the exit code is 4.",
        {{"set", "data.KEY=VALUE",
          "instead of images: every picture of the run's dataset with this option replaced", true},
         {"picture", "FILE", "where to draw; default predict.png in the run's folder, with --json none",
          false},
         {"masks", "DIR", "where predicted masks go, a PNG each; default masks in the run's folder", false},
         device_option(),
         threads_option(),
         plugin_dir_option(),
         verbose_option(),
         json_option()},
        "graft predict runs/first photographs/ --picture seen.png\n"
        "graft predict runs/first --set data.csv=other.csv --json"};
    return usage;
}

/// Prints predictions as they come (JSON), or keeps them for the table.
class Predictions : public core::EventSink {
public:
    explicit Predictions(const Console& console) : console_(console) {}

    void emit(const core::Event& event) override {
        if (event.name != "prediction") {
            return;
        }
        if (console_.json()) {
            Json shown = event.fields;
            shown.erase("several");  // for the table alone
            console_.print(shown);
        } else {
            all.push_back(event.fields);
        }
    }

    std::vector<Json> all;

private:
    const Console& console_;
};

std::string picture_path(const Arguments& arguments, const std::string& run) {
    if (arguments.has("picture") || arguments.has("json")) {
        return arguments.one("picture");
    }
    // A run's folder may be read-only: the command must not fail for a picture that was not asked for.
    return ::access(run.c_str(), W_OK) == 0 ? jobs::run_file(run, jobs::run_files::prediction_picture) : "";
}

std::string masks_folder(const Arguments& arguments, const std::string& run) {
    if (arguments.has("masks")) {
        return arguments.one("masks");
    }
    return ::access(run.c_str(), W_OK) == 0 ? jobs::run_file(run, jobs::run_files::masks) : "";
}

}  // namespace

int predict(const Words& words) {
    const auto arguments = parse(usage(), words);
    if (!arguments) {
        return 0;
    }
    if (arguments->positional().empty() || (arguments->positional().size() < 2 && !arguments->has("set"))) {
        refuse(usage(), arguments->positional().empty() ? "which run, and which images?" : "which images?");
    }
    if (arguments->positional().size() > 1 && arguments->has("set")) {
        refuse(usage(), "--set names the pictures of a dataset, and images are named, too; keep one of them");
    }
    const Console console = console_for(*arguments);
    const std::string run = find_run(arguments->positional().front(), console);
    const std::vector<std::string> images(arguments->positional().begin() + 1, arguments->positional().end());
    const jobs::Job job = {run,
                           {{"command", "predict"},
                            {"run", run},
                            {"images", images},
                            {"sets", arguments->many("set")},
                            {"picture", picture_path(*arguments, run)},
                            {"masks", masks_folder(*arguments, run)},
                            {"resources", to_json(resources_of(*arguments))},
                            {"plugin_dirs", plugin_dirs(*arguments)}}};
    Predictions predictions(console);
    const jobs::Outcome outcome = run_job(job, console, &predictions);
    if (!console.json() && !predictions.all.empty()) {
        console.print(report::predictions_text(predictions.all, console.out()));
    }
    if (!outcome.error.empty()) {
        return console.fail(outcome.exit_code, outcome.error);
    }
    const std::string picture = outcome.result.value("picture", std::string());
    if (!console.json() && !picture.empty()) {
        console.print("picture: " + picture + "\n");
    }
    if (outcome.exit_code == static_cast<int>(core::Category::data)) {
        const auto images = outcome.result.value("images", std::int64_t{0});
        const auto failed = outcome.result.value("failed", images);
        return console.fail(outcome.exit_code, failed == images
                                                   ? "none of the images could be read"
                                                   : fmt::format("{} of {} images could not be read; the "
                                                                 "others were predicted",
                                                                 failed, images));
    }
    return outcome.exit_code;
}

}  // namespace graft::app
