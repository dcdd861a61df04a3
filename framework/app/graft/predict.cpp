// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdint>
#include <optional>

#include <unistd.h>

#include <fmt/format.h>

#include "command.hpp"
#include "core/files.hpp"
#include "image_names.hpp"
#include "jobs.hpp"
#include "jobs/run_files.hpp"
#include "output_file.hpp"
#include "report/predictions.hpp"
#include "report/predictions_csv.hpp"
#include "trust.hpp"

namespace graft::app {
namespace {

using core::Json;

const Usage& predict_usage() {
    static const Usage usage = {
        "predict",
        "RUN [IMAGE...]",
        static_cast<std::size_t>(-1),
        "Shows images to a trained model and prints what it sees: files, folders (all that is in them), "
        "patterns in\n"
        "quotes ('photos/*.jpg'), and - for an image on standard input. One image is drawn with its "
        "prediction "
        "at\n"
        "its own resolution; of several the first sixty are drawn on a sheet, and with --picture all of "
        "them, "
        "on\n"
        "FILE, FILE-2, ... An image that cannot be read is named, the others are predicted, and the exit "
        "code "
        "is 4.",
        {{"list", "FILE", "more images: a name a line of this file; - is standard input", false},
         {"csv", "FILE", "write a table of predictions, a row an image; - is standard output", false},
         {"set", "data.KEY=VALUE",
          "instead of images: every picture of the run's dataset with this option replaced", true},
         {"picture", "FILE", "where to draw; default predict.png in the run's folder, with --json none",
          false},
         {"masks", "DIR", "where predicted masks go, a PNG each; default masks in the run's folder", false},
         device_option(),
         threads_option(),
         plugin_dir_option(),
         trust_option(),
         verbose_option(),
         json_option()},
        "graft predict runs/first photographs/ --picture seen.png\n"
        "graft predict runs/first 'photographs/*.jpg' --csv seen.csv\n"
        "graft predict runs/first --set data.csv=other.csv --json"};
    return usage;
}

/// Prints predictions as they come (JSON), or keeps them for a table.
class Predictions : public core::EventSink {
public:
    Predictions(const Console& console, bool keeps) : console_(console), keeps_(keeps) {}

    void emit(const core::Event& event) override {
        if (event.name != "prediction") {
            return;
        }
        if (console_.json()) {
            Json shown = event.fields;
            shown.erase("several");  // for the table alone
            console_.print(shown);
        }
        if (keeps_) {
            all.push_back(event.fields);
        }
    }

    std::vector<Json> all;

private:
    const Console& console_;
    bool keeps_;
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

/// What the command line asks for.
void check(const Arguments& arguments) {
    const std::size_t words = arguments.positional().size();
    const bool names_some = words > 1 || arguments.has("list");
    if (words == 0 || (!names_some && !arguments.has("set"))) {
        refuse(predict_usage(), words == 0 ? "which run, and which images?" : "which images?");
    }
    if (names_some && arguments.has("set")) {
        refuse(predict_usage(),
               "--set names the pictures of a dataset, and images are named, too; keep one of them");
    }
    if (arguments.has("json") && arguments.one("csv") == "-") {
        refuse(predict_usage(), "--json and --csv - would both print on standard output; give --csv a file");
    }
}

/// Names of the images, of which one at most comes on standard input.
std::vector<std::string> images_of(const Arguments& arguments) {
    std::vector<std::string> images =
        images_meant({arguments.positional().begin() + 1, arguments.positional().end()});
    const auto piped = std::count(images.begin(), images.end(), standard_input);
    if (piped + (arguments.one("list") == standard_input ? 1 : 0) > 1) {
        refuse(predict_usage(), "- stands there twice; standard input is read once");
    }
    if (arguments.has("list")) {
        const std::vector<std::string> listed = images_listed(arguments.one("list"));
        images.insert(images.end(), listed.begin(), listed.end());
    }
    return images;
}

void print(const Predictions& predictions, const Arguments& arguments, const Console& console) {
    const std::string csv = arguments.one("csv");
    if (csv == "-") {
        console.print(report::predictions_csv(predictions.all));
        return;
    }
    if (!csv.empty()) {
        core::write_atomically(csv, report::predictions_csv(predictions.all));
    }
    if (!console.json() && !predictions.all.empty()) {
        console.print(report::predictions_text(predictions.all, console.out()));
    }
}

}  // namespace

int predict(const Words& words) {
    const auto arguments = parse(predict_usage(), words);
    if (!arguments) {
        return 0;
    }
    check(*arguments);
    const Console console = console_for(*arguments);
    const std::string run = find_run(arguments->positional().front(), console);
    const std::vector<std::string> images = images_of(*arguments);
    for (const char* option : {"csv", "picture"}) {
        require_output_file(option, arguments->one(option), images);
    }
    std::optional<SpooledInput> input;
    if (std::find(images.begin(), images.end(), standard_input) != images.end()) {
        input.emplace();
    }
    const jobs::Job job = {run,
                           {{"command", "predict"},
                            {"run", run},
                            {"images", images},
                            {"standard_input", input ? input->file() : ""},
                            {"sets", arguments->many("set")},
                            {"picture", picture_path(*arguments, run)},
                            {"all_sheets", arguments->has("picture")},
                            {"masks", masks_folder(*arguments, run)},
                            {"resources", to_json(resources_of(*arguments))},
                            {"plugin_dirs", plugin_dirs(*arguments)}}};
    Predictions predictions(console, !console.json() || arguments->has("csv"));
    const jobs::Outcome outcome = run_job(trusting(job, *arguments), console, &predictions);
    print(predictions, *arguments, console);
    if (!outcome.error.empty()) {
        return console.fail(outcome.exit_code, outcome.error);
    }
    const std::string picture = outcome.result.value("picture", std::string());
    if (!console.json() && !picture.empty() && arguments->one("csv") != "-") {
        const auto sheets = outcome.result.value("sheets", std::int64_t{1});
        console.print(fmt::format("picture: {}{}\n", picture,
                                  sheets > 1 ? fmt::format(" and {} more", sheets - 1) : ""));
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
