// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/program.hpp"

#include <csignal>
#include <sstream>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/environment.hpp"
#include "core/problem.hpp"
#include "jobs/line_reader.hpp"
#include "jobs/process.hpp"

namespace graft::jobs {

namespace fs = std::filesystem;

fs::path find_program(const std::string& name) {
    std::istringstream folders(core::environment_variable("PATH"));
    for (std::string folder; std::getline(folders, folder, ':');) {
        const fs::path file = fs::path(folder.empty() ? "." : folder) / name;
        std::error_code error;
        if (fs::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0) {
            return file;
        }
    }
    return {};
}

ProgramEnd run_program(const std::vector<std::string>& words, std::chrono::seconds limit,
                       const std::function<bool()>& is_stopped) {
    const fs::path file = find_program(words.front());
    if (file.empty()) {
        throw core::Failure(core::Category::system,
                            fmt::format("there is no program '{}' on the PATH", words.front()));
    }
    ProgramEnd end;
    LineReader out([&](const std::string& line) { end.out += line + "\n"; });
    LineReader errors([&](const std::string& line) { end.err += line + "\n"; });
    Process process(file, {}, {words.begin() + 1, words.end()});
    std::string nothing;
    process.feed(nothing);
    const auto until = std::chrono::steady_clock::now() + limit;
    const auto read = [&] {
        if (process.output() >= 0 && !out.drain(process.output())) {
            process.close_output();
        }
        if (process.errors() >= 0 && !errors.drain(process.errors())) {
            process.close_errors();
        }
    };
    const auto wait = [&](int milliseconds) {
        pollfd channels[] = {{process.output(), POLLIN, 0}, {process.errors(), POLLIN, 0}};
        return ::poll(channels, 2, milliseconds) > 0;
    };
    // Who runs others, as ninja does, each in a group of its own, ends them before it closes its output.
    const auto tell_to_end = [&] {
        process.signal(SIGTERM);
        const auto last = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        while ((process.output() >= 0 || process.errors() >= 0) && std::chrono::steady_clock::now() < last) {
            wait(20);
            read();
        }
    };
    while (!process.ended()) {
        if (is_stopped && is_stopped()) {
            tell_to_end();
            throw core::Failure(core::Category::system, "it was stopped");
        }
        if (std::chrono::steady_clock::now() > until) {
            tell_to_end();
            throw core::Failure(core::Category::system, fmt::format("`{}` gave no answer within {} seconds",
                                                                    words.front(), limit.count()));
        }
        read();
        wait(20);  // not for longer: the end of a process wakes nobody
    }
    read();
    if (is_stopped && is_stopped()) {
        throw core::Failure(core::Category::system, "it was stopped");
    }
    out.finish();
    errors.finish();
    end.exit_code =
        WIFSIGNALED(process.status()) ? 128 + WTERMSIG(process.status()) : WEXITSTATUS(process.status());
    return end;
}

}  // namespace graft::jobs
