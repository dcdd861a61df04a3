// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// graft: the light program. It reads the command line and pipelines, starts graft-engine for the work and
// tells what it does; it links neither LibTorch nor OpenCV.
#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "catalog/catalog.hpp"
#include "command.hpp"
#include "console.hpp"
#include "core/filesystem_failure.hpp"
#include "core/names.hpp"
#include "core/problem.hpp"
#include "graft/stamp.hpp"
#include "pipeline/reference.hpp"
#include "report/formatting.hpp"

namespace {

using graft::app::Words;
using graft::core::Category;
using graft::core::Failure;

struct Command {
    const char* name;
    const char* summary;  ///< empty: people do not give it
    int (*start)(const Words&);
};

const std::vector<Command>& commands() {
    static const std::vector<Command> table = {
        {"run", "train what a pipeline describes", graft::app::run},
        {"jobs", "follow, cancel and go on with what was begun", graft::app::list_jobs},
        {"check", "put a pipeline together without training it", graft::app::check},
        {"show", "draw samples as the network will get them", graft::app::show},
        {"predict", "show images to a trained model", graft::app::predict},
        {"eval", "measure a trained model", graft::app::evaluate},
        {"report", "write a page that shows what a network learnt", graft::app::report},
        {"audit", "look for what is wrong with the data", graft::app::audit},
        {"compare", "print runs beside each other", graft::app::compare},
        {"embed", "write features of samples for other programs", graft::app::embed},
        {"export", "write a trained model for other programs", graft::app::export_run},
        {"weights", "list, fetch, look into and convert weight files", graft::app::weights},
        {"features", "list, verify and clear what frozen stages gave", graft::app::list_features},
        {"devices", "list what runs may use: cores, memory, GPUs", graft::app::list_devices},
        {"plugins", "list, explain, check or install plugins", graft::app::plugins},
        {"where", "tell where the parts of this graft are, LibTorch too", graft::app::where},
        {"init", "write a pipeline for a folder of data", graft::app::init},
        {"schema", "print a JSON Schema of pipelines, for editors", graft::app::schema},
        {"new", "write a plugin's project", graft::app::new_project},
        {"job", "", graft::app::run_in_slurm},
        {"tasks", "", graft::app::run_tasks},
        {"help", "explain a word of the pipeline format, or a command", graft::app::help},
    };
    return table;
}

std::string overview() {
    std::vector<Words> rows;
    for (const Command& command : commands()) {
        if (*command.summary != '\0') {
            rows.push_back({command.name, command.summary});
        }
    }
    return "usage: graft COMMAND ...\n\nGrafts new heads onto pretrained backbones.\n\ncommands:\n" +
           graft::report::table(rows) +
           "\n`graft COMMAND --help` explains one; `graft help WORD` a word of the pipeline format.\n`graft "
           "--version` tells what "
           "this is.\n\nexample:\n"
           "  graft check configs/synthetic.yaml\n  graft run configs/synthetic.yaml\n";
}

std::string version() {
    const auto stamp = graft::catalog::host_stamp();
    return fmt::format("graft {}\nSDK ABI {}, API level {}\nLibTorch {}\ncompiler {}\n", GRAFT_VERSION,
                       stamp.at("sdk_abi"), GRAFT_API_LEVEL, stamp.at("libtorch"),
#if defined(__clang__)
                       "clang " __clang_version__
#else
                       "GCC " __VERSION__
#endif
    );
}

/// `graft help run` is `graft run --help`; what is a word of the format, too, is explained as such.
bool is_command(const std::string& word) {
    return graft::pipeline::look_up(word).empty() &&
           std::any_of(commands().begin(), commands().end(),
                       [&](const Command& command) { return word == command.name; });
}

int dispatch(const Words& words) {
    const std::string name = words.empty() ? "" : words.front();
    if (name == "--help" || name == "-h") {
        std::cout << overview();
        return 0;
    }
    if (name == "--version") {
        std::cout << version();
        return 0;
    }
    Words names;
    const bool asks_about_command = name == "help" && words.size() == 2 && is_command(words[1]);
    for (const Command& command : commands()) {
        if (asks_about_command && words[1] == command.name) {
            return command.start({"--help"});
        }
        if (name == command.name && !asks_about_command) {
            return command.start(Words(words.begin() + 1, words.end()));
        }
        if (*command.summary != '\0') {
            names.emplace_back(command.name);
        }
    }
    if (words.empty()) {
        throw Failure(Category::pipeline, "which command?",
                      "allowed: " + graft::core::listed(names) + "\n  `graft --help` explains them");
    }
    const bool is_option = name.front() == '-';
    if (is_option) {
        names = {"--help", "--version"};
    }
    throw Failure(Category::pipeline,
                  fmt::format("graft has no {} '{}'", is_option ? "option" : "command", name),
                  graft::core::suggest(name, names) + "\n  `graft --help` lists the commands");
}

}  // namespace

int main(int count, char** arguments) {
    const Words words(arguments + 1, arguments + std::max(count, 1));
    const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
    try {
        return dispatch(words);
    } catch (const Failure& failure) {
        return graft::app::Console(json).fail(static_cast<int>(failure.category()), failure.what());
    } catch (const std::filesystem::filesystem_error& error) {
        const Failure failure = graft::core::failure_of(error);
        return graft::app::Console(json).fail(static_cast<int>(failure.category()), failure.what());
    } catch (const std::exception& error) {
        return graft::app::Console(json).fail(static_cast<int>(Category::internal),
                                              std::string("a fault of graft itself: ") + error.what());
    }
}
