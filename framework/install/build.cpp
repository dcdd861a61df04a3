// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "install/build.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "core/environment.hpp"
#include "core/files.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "jobs/libtorch.hpp"
#include "jobs/signals.hpp"

namespace graft::install {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

/// The lines of a log that say why a build failed: from the first that speaks of an error.
std::string first_errors(const std::string& log) {
    constexpr int most_lines = 20;
    constexpr std::size_t longest_line = 300;
    std::istringstream lines(log);
    std::string shown;
    int count = 0;
    for (std::string line; std::getline(lines, line) && count < most_lines;) {
        const bool begins =
            line.find("error") != std::string::npos || line.find("Error") != std::string::npos;
        if (count > 0 || begins) {
            shown += "\n  " + core::printable_line(line, longest_line);
            ++count;
        }
    }
    return shown;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t offset = 0; (offset = text.find(from, offset)) != std::string::npos;
         offset += to.size()) {
        text.replace(offset, from.size(), to);
    }
    return text;
}

/// A project being built, and what was printed so far.
struct Building {
    const fs::path& source;
    const fs::path& known_as;
    const fs::path& build;
    const fs::path& log;
    std::string printed;

    /// Adds what one step prints to the log, and stops at a step that fails.
    void step(const char* what, std::vector<std::string> arguments) {
        const jobs::ProgramEnd end = run_cmake(std::move(arguments));
        const std::string now = replaced(replaced(end.out + end.err, source.string(), known_as.string()),
                                         build.string(), "build");  // it goes when all is over
        printed += now;
        core::write_atomically(log, printed);
        if (end.exit_code != 0) {
            throw Failure(Category::plugin, fmt::format("it cannot be {}:{}", what, first_errors(now)));
        }
    }
};

}  // namespace

jobs::ProgramEnd run_cmake(std::vector<std::string> arguments) {
    if (jobs::find_program("cmake").empty()) {
        throw Failure(Category::system, "plugins are built by CMake, and there is none on the PATH",
                      "install CMake 3.25 or newer and a C++ compiler");
    }
    arguments.insert(arguments.begin(), "cmake");
    jobs::SignalQueue signals;  // what CMake starts would go on without this program
    const auto is_stopped = [&] {
        int signal = 0;
        do {
            signal = signals.next();
        } while (signal != 0 && signal != SIGINT && signal != SIGTERM);
        return signal != 0;
    };
    return jobs::run_program(arguments, std::chrono::hours(1), is_stopped);
}

std::vector<fs::path> build_plugins(const fs::path& source, const fs::path& known_as, const fs::path& build,
                                    const fs::path& log) {
    const fs::path prefix = jobs::installed_tree();
    const unsigned at_once = std::max(1U, std::thread::hardware_concurrency());
    Building building{source, known_as, build, log, ""};
    std::vector<std::string> configure = {"-S",
                                          source.string(),
                                          "-B",
                                          build.string(),
                                          "-DCMAKE_PREFIX_PATH=" + prefix.string(),
                                          "-DCMAKE_BUILD_TYPE=Release",
                                          "-DGRAFT_PLUGIN_TESTS=OFF"};
    if (core::environment_variable("CMAKE_GENERATOR").empty() && !jobs::find_program("ninja").empty()) {
        configure.insert(configure.end(), {"-G", "Ninja"});  // CMake's own choice needs make
    }
    building.step("configured", std::move(configure));
    building.step("compiled", {"--build", build.string(), "--parallel", std::to_string(at_once)});
    std::vector<fs::path> libraries;
    std::error_code error;
    for (fs::directory_iterator entry(build / "lib/graft/plugins", error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code ignored;
        if (entry->path().extension() == ".so" && entry->is_regular_file(ignored)) {
            libraries.push_back(entry->path());
        }
    }
    if (libraries.empty()) {
        throw Failure(Category::plugin, "its build makes no plugin",
                      "its CMakeLists.txt must call graft_add_plugin(NAME SOURCES ...)");
    }
    std::sort(libraries.begin(), libraries.end());
    return libraries;
}

}  // namespace graft::install
