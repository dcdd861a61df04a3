// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "run_again.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/problem.hpp"
#include "jobs/run_files.hpp"
#include "jobs/state_folder.hpp"
#include "pipeline/pipeline.hpp"
#include "report/formatting.hpp"
#include "run_on.hpp"
#include "run_plan.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;
using core::Json;
using jobs::JobState;
using jobs::RecordedJob;
using jobs::RecordedQueue;

/// The folder of a run that a job left unfinished, or empty. The engine may have begun one without anybody
/// hearing of it, but only after the job began.
std::string begun_run(const RecordedJob& job) {
    if (!job.folder.empty()) {
        return job.folder;
    }
    const std::string folder = job.job.request.value("out", std::string());
    std::error_code error;
    const auto written = fs::last_write_time(jobs::run_file(folder, jobs::run_files::pipeline), error);
    if (error || job.state != JobState::running) {
        return "";
    }
    const auto time = std::chrono::file_clock::to_sys(written).time_since_epoch();
    constexpr double precision = 1;  // seconds, of file systems
    return std::chrono::duration<double>(time).count() > job.begun - precision ? folder : "";
}

/// The job as it is to be run now.
jobs::Job renewed(const RecordedJob& job) {
    jobs::Job next = job.job;
    const std::string run = job.state == JobState::queued ? "" : begun_run(job);
    std::error_code error;
    if (!run.empty() && fs::exists(jobs::run_file(run, jobs::run_files::pipeline), error)) {
        next.request = jobs::resume_request(run, job.job.request);
        next.request["wait"] = true;
    }
    return next;
}

/// An engine whose host was killed saves and ends by itself; until then nobody else may do its job.
void await_engines(const RecordedQueue& queue, const Console& console) {
    for (const RecordedJob& job : queue.jobs) {
        bool is_told = false;
        while (job.state == JobState::running && jobs::is_alive(job.engine)) {
            if (!is_told) {
                console.err().out << report::printable(job.job.name)
                                  << ": waiting for what is left of its last run to save and end\n"
                                  << std::flush;
                is_told = true;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
}

/// Takes out, and cancels, jobs that need one that has ended otherwise than well.
void leave_out_hopeless(RecordedQueue& queue, jobs::QueueRecord& record) {
    bool changed = true;
    while (changed) {
        changed = false;
        for (std::size_t number = 0; number < queue.jobs.size(); ++number) {
            RecordedJob& job = queue.jobs[number];
            for (const std::size_t needed : job.job.needs) {
                const RecordedJob& other = queue.jobs.at(needed);
                const bool is_lost = other.state == JobState::failed || other.state == JobState::cancelled;
                if (is_lost && job.state == JobState::queued) {
                    record.leave_out(queue.number, number, "it needs " + other.job.name);
                    job.state = JobState::cancelled;
                    changed = true;
                }
            }
        }
    }
}

/// Pipelines that have not begun may have been changed since.
bool is_valid(const RestOfQueue& rest, const RunOptions& options, const Console& console, int& exit_code) {
    std::vector<Planned> planned;
    for (const jobs::Job& job : rest.jobs) {
        if (!job.request.contains("resume")) {
            planned.emplace_back();
            planned.back().job = job;
            planned.back().job.needs.clear();
        }
    }
    if (planned.size() > 1) {
        validate(planned, options.slurm.has_value(), false, console);
    }
    exit_code = is_refused(planned) ? refuse_all(planned, console) : 0;
    return exit_code == 0;
}

}  // namespace

RestOfQueue rest_of(const RecordedQueue& queue) {
    RestOfQueue rest;
    rest.size = queue.jobs.size();
    rest.made_folders = queue.out.empty();
    std::map<std::size_t, std::size_t> places;  // by the number in the record
    for (std::size_t number = 0; number < queue.jobs.size(); ++number) {
        const RecordedJob& job = queue.jobs[number];
        if (jobs::is_open(job.state)) {
            places[number] = rest.jobs.size();
            rest.jobs.push_back(renewed(job));
            rest.numbers.push_back(number);
        } else if (job.state == JobState::finished) {
            rest.finished.push_back(job);
        }
    }
    for (jobs::Job& job : rest.jobs) {
        std::vector<std::size_t> needs;
        for (const std::size_t needed : job.needs) {
            if (places.contains(needed)) {
                needs.push_back(places[needed]);
            }
        }
        job.needs = std::move(needs);
    }
    return rest;
}

jobs::QueueRecord open_record() {
    const fs::path folder = jobs::state_folder(pipeline::process_environment());
    if (folder.empty()) {
        throw Failure(Category::system, "there is no folder for the record of queues: HOME is not set",
                      "set GRAFT_STATE to a folder");
    }
    return jobs::QueueRecord(fs::absolute(folder));
}

core::FolderLock lock_queue(const jobs::QueueRecord& record, const RecordedQueue& queue) {
    // Who only looks what became of a queue has its lock for a moment.
    constexpr int most_attempts = 100;
    for (int attempt = 0;
         record.is_at_work(queue.number) && !jobs::is_alive(queue.host) && attempt < most_attempts;
         ++attempt) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    std::optional<core::FolderLock> lock = record.lock(queue.number);
    if (!lock) {
        throw Failure(
            Category::pipeline,
            fmt::format("queue {} is at work already{}", queue.number,
                        jobs::is_alive(queue.host) ? fmt::format(" (process {})", queue.host.pid) : ""),
            fmt::format("`graft jobs show {0}` tells how far it is, `graft jobs cancel {0}` ends it",
                        queue.number));
    }
    return std::move(*lock);
}

int go_on(HeldQueue held, const std::optional<RunOptions>& options, const Console& console) {
    const auto before = held.record.find(held.number);
    if (!before) {
        throw Failure(Category::pipeline, fmt::format("queue {} was forgotten just now", held.number));
    }
    const RunOptions chosen = options.value_or(RunOptions::from_json(before->options));
    held.record.take_over(held.number, jobs::mark_of(::getpid()), chosen.to_json());
    RecordedQueue queue = *held.record.find(held.number);
    std::error_code error;
    fs::current_path(queue.working_folder, error);
    if (error) {
        throw Failure(Category::system,
                      fmt::format("the folder '{}' that queue {} was begun in cannot be used: {}",
                                  queue.working_folder, queue.number, error.message()));
    }
    await_engines(queue, console);
    SlurmAnswers answers;
    if (update_from_slurm(held.record, queue, answers)) {
        console.err().out << "following what Slurm still has of it\n" << std::flush;
    }
    queue = *held.record.find(held.number);
    leave_out_hopeless(queue, held.record);
    RestOfQueue rest = rest_of(queue);
    if (rest.jobs.empty()) {
        console.err().out << fmt::format(
            "queue {0} is done; `graft jobs retry {0}` tries again what failed or was cancelled\n",
            queue.number);
        return 0;
    }
    int refused = 0;
    if (!is_valid(rest, chosen, console, refused)) {
        return refused;
    }
    return run_queue(std::move(rest), chosen, &held, console);
}

int go_on_detached(const jobs::QueueRecord& record, std::int64_t queue, const Console& console) {
    const std::string program = fs::read_symlink("/proc/self/exe").string();
    const std::string number = std::to_string(queue);
    const fs::path output = record.folder_of(queue) / "output.txt";
    const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (file < 0 || nothing < 0) {
        throw Failure(Category::system,
                      fmt::format("'{}' cannot be written: {}", output.string(), std::strerror(errno)));
    }
    const pid_t child = ::fork();
    if (child == 0) {
        // A session of its own, so that the terminal's end is none of it; and no child of this process.
        if (::setsid() < 0 || ::fork() > 0) {
            ::_exit(0);
        }
        ::dup2(nothing, STDIN_FILENO);
        ::dup2(file, STDOUT_FILENO);
        ::dup2(file, STDERR_FILENO);
        ::execl(program.c_str(), program.c_str(), "jobs", "resume", number.c_str(),
                console.verbose() ? "--verbose" : static_cast<char*>(nullptr), static_cast<char*>(nullptr));
        ::_exit(127);
    }
    ::close(file);
    ::close(nothing);
    if (child < 0) {
        throw Failure(Category::system, std::string("no process can be started: ") + std::strerror(errno));
    }
    ::waitpid(child, nullptr, 0);
    if (console.json()) {
        console.print(Json{{"queue", queue}, {"output", output.string()}});
    } else {
        console.print(
            fmt::format("queue {0} is left running: `graft jobs show {0}` tells how far it is\n", queue));
    }
    return 0;
}

}  // namespace graft::app
