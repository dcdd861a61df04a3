// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// graft-conformance PLUGIN.so [--list] [--case NAME] [--set OPTION=VALUE]...
//
// Puts every component of one library through the cases of its kind.
#include <exception>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>

#include "case.hpp"
#include "catalog/catalog.hpp"
#include "core/problem.hpp"
#include "pipeline/pipeline.hpp"
#include "plugin/registry.hpp"

namespace {

using graft::conformance::Case;
using graft::conformance::Cases;
using graft::conformance::Subject;

struct Arguments {
    std::string plugin;
    std::string only;
    std::vector<std::string> sets;
    bool list = false;
};

Arguments parse(int count, char** values) {
    Arguments arguments;
    for (int index = 1; index < count; ++index) {
        const std::string value = values[index];
        const bool has_next = index + 1 < count;
        if (value == "--list") {
            arguments.list = true;
        } else if (value == "--case" && has_next) {
            arguments.only = values[++index];
        } else if (value == "--set" && has_next) {
            arguments.sets.emplace_back(values[++index]);
        } else {
            arguments.plugin = value;
        }
    }
    return arguments;
}

/// The component's options: its example, overridden by `--set`, else the table's fallbacks.
graft::Options options_of(const graft::plugin::ComponentHandle& component,
                          const std::vector<std::string>& sets) {
    graft::core::Problems problems;
    graft::Options options =
        graft::pipeline::read_options(graft::pipeline::use_from_words(component.id(), sets), component.kind(),
                                      component.options(), problems);
    for (graft::core::Problem& problem : problems) {
        problem.remedy +=
            (problem.remedy.empty() ? "" : ". ") +
            std::string("The cases take options from --set, CMake's from CONFORMANCE in graft_add_plugin");
    }
    graft::core::throw_if_any(graft::core::Category::pipeline, problems);
    return options;
}

void add_cases(Cases& cases, const Subject& subject) {
    static const std::map<std::string, void (*)(Cases&, const Subject&)> kinds = {
        {"backbone", graft::conformance::add_backbone_cases},
        {"head", graft::conformance::add_head_cases},
        {"loss", graft::conformance::add_loss_cases},
        {"dataset", graft::conformance::add_dataset_cases},
    };
    graft::conformance::add_option_cases(cases, subject);
    kinds.at(subject.component.kind())(cases, subject);
}

struct Totals {
    int passed = 0;
    int failed = 0;
    int skipped = 0;
};

void run(const Case& one, Totals& totals) {
    try {
        one.body();
        ++totals.passed;
        std::cout << "ok " << one.name << "\n";
    } catch (const graft::conformance::Skip& skip) {
        ++totals.skipped;
        std::cout << "skipped " << one.name << ": " << skip.what() << "\n";
    } catch (const c10::Error& error) {
        ++totals.failed;
        std::cout << "FAILED " << one.name << ": " << error.what_without_backtrace() << "\n";
    } catch (const std::exception& error) {
        ++totals.failed;
        std::cout << "FAILED " << one.name << ": " << error.what() << "\n";
    }
}

int work(const Arguments& arguments) {
    const auto stamp = graft::plugin::host_stamp();
    const auto file = graft::catalog::read_plugin_file(arguments.plugin, stamp);
    if (!file.problem.empty()) {
        throw graft::core::Failure(graft::core::Category::plugin, arguments.plugin + ": " + file.problem);
    }
    graft::plugin::Registry registry(graft::catalog::Catalog({}, stamp));
    std::vector<Subject> subjects;
    for (const graft::plugin::ComponentHandle& component : registry.load(file)) {
        subjects.push_back({component, options_of(component, arguments.sets)});
    }
    Cases cases;
    for (const Subject& subject : subjects) {
        add_cases(cases, subject);
    }
    Totals totals;
    for (const Case& one : cases) {
        if (arguments.list) {
            std::cout << one.name << "\n";
        } else if (arguments.only.empty() || arguments.only == one.name) {
            run(one, totals);
        }
    }
    if (arguments.list) {
        return 0;
    }
    if (totals.passed + totals.failed + totals.skipped == 0) {
        throw std::runtime_error("there is no case '" + arguments.only + "'; --list prints all");
    }
    std::cout << totals.passed << " passed, " << totals.failed << " failed, " << totals.skipped
              << " skipped\n";
    return totals.failed == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** values) {
    const Arguments arguments = parse(count, values);
    if (arguments.plugin.empty()) {
        std::cerr << "usage: graft-conformance PLUGIN.so [--list] [--case NAME] [--set OPTION=VALUE]...\n";
        return 2;
    }
    at::set_num_threads(2);
    try {
        return work(arguments);
    } catch (const graft::core::Failure& failure) {
        std::cerr << failure.what() << "\n";
        return static_cast<int>(failure.category());
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
