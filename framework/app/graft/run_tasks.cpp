// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// One job's tasks on this machine, to whoever started it as an engine is: a request comes in, events and an
// exit code come out (docs/events.md). Of the events only those of task 0 are passed on. People do not give
// this command.
#include <csignal>
#include <iostream>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <sys/prctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "command.hpp"
#include "core/environment.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "jobs/tasks.hpp"
#include "jobs/workers.hpp"

namespace graft::app {
namespace {

using jobs::Job;
using jobs::Outcome;

void print_line(int descriptor, std::string line) {
    line += '\n';
    std::size_t done = 0;
    while (done < line.size()) {
        const ssize_t written = ::write(descriptor, line.data() + done, line.size() - done);
        if (written < 0) {
            return;  // nobody listens any more, and the kernel has told the end of that process
        }
        done += static_cast<std::size_t>(written);
    }
}

/// Passes on what a task tells.
class TaskEvents : public core::EventSink {
public:
    explicit TaskEvents(std::size_t rank) : rank_(rank) {}

    void emit(const core::Event& event) override {
        if (event.name == "output") {
            print_line(STDERR_FILENO,
                       fmt::format("[{}] {}", rank_, event.fields.value("text", std::string())));
        } else if (rank_ == 0 && event.name != "engine" && event.name != "stopping" &&
                   event.name != "result") {
            print_line(STDOUT_FILENO, core::to_line(event));
        }
    }

private:
    std::size_t rank_;
};

/// The GPUs that the job was given, one each where there are as many as tasks.
std::vector<std::string> devices_of_tasks(std::size_t tasks) {
    std::vector<std::string> devices;
    std::istringstream list(core::environment_variable("CUDA_VISIBLE_DEVICES"));
    for (std::string device; std::getline(list, device, ',');) {
        devices.push_back(device);
    }
    return devices.size() == tasks ? devices : std::vector<std::string>();
}

std::vector<Job> divided(const core::Json& request) {
    Job whole;
    whole.name = "task";
    whole.request = request;
    const std::size_t count = jobs::tasks_of(whole);
    const std::vector<std::string> devices = devices_of_tasks(count);
    std::vector<Job> tasks;
    for (std::size_t rank = 0; rank < count; ++rank) {
        tasks.push_back(jobs::as_task(whole, {rank, rank, count, "127.0.0.1", jobs::port_for(::getpid())}));
        if (!devices.empty()) {
            tasks.back().environment.push_back("CUDA_VISIBLE_DEVICES=" + devices[rank]);
        }
    }
    return tasks;
}

/// Waits for all. One that fails ends the others, which would wait for it for ever.
Outcome run_all_of(const std::vector<Job>& tasks, const std::string& engine) {
    jobs::Workers workers(engine);
    std::list<TaskEvents> listeners;
    std::vector<std::int64_t> processes;
    for (std::size_t rank = 0; rank < tasks.size(); ++rank) {
        processes.push_back(workers.start(tasks[rank], listeners.emplace_back(rank)));
    }
    std::vector<std::optional<Outcome>> outcomes(tasks.size());
    while (workers.running() > 0) {
        const auto [job, outcome] = workers.wait();
        const auto rank = static_cast<std::size_t>(job - tasks.data());
        const bool has_failed = outcome.exit_code != 0 && outcome.exit_code != core::exit_interrupted;
        outcomes[rank] = outcome;
        processes[rank] = 0;
        for (const std::int64_t process : processes) {
            if (has_failed && process > 0) {
                ::kill(static_cast<pid_t>(process), SIGKILL);
            }
        }
    }
    return jobs::joined(outcomes);
}

}  // namespace

int run_tasks(const Words& words) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    const std::string text{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
    const core::Json request = core::with_texts(core::parse_json_or_discard(text), core::text_to_name);
    if (words.size() != 1 || !request.is_object()) {
        throw core::Failure(core::Category::pipeline,
                            "`graft tasks` is what graft runs; people give `graft run`");
    }
    const Outcome outcome = run_all_of(divided(request), words.front());
    if (outcome.error.empty()) {
        print_line(STDOUT_FILENO, core::to_line({"result", outcome.result}));
        return outcome.exit_code;
    }
    if (outcome.exit_code > 128) {
        return core::exit_interrupted;  // whoever sent the signal knows
    }
    print_line(STDOUT_FILENO, core::to_line({"failed",
                                             {{"category", outcome.exit_code},
                                              {"text", outcome.error},
                                              {"lacked_memory", outcome.lacked_memory}}}));
    return outcome.exit_code;
}

}  // namespace graft::app
