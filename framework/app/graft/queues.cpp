// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "core/clock.hpp"
#include "core/duration.hpp"
#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/names.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "jobs.hpp"
#include "jobs/record.hpp"
#include "jobs/run_files.hpp"
#include "report/formatting.hpp"
#include "report/queue_list.hpp"
#include "run_again.hpp"
#include "run_on.hpp"
#include "whole_number.hpp"

namespace graft::app {
namespace {

using core::Category;
using core::Failure;
using jobs::JobState;
using jobs::RecordedJob;
using jobs::RecordedQueue;

constexpr std::size_t newest = 20;  // queues that are listed

const Usage& queues_usage() {
    static const Usage usage = {
        "jobs",
        "[show | log | cancel | retry | resume | forget] [QUEUE | JOB]",
        2,
        "Lists the queues that `graft run` began, each a command's pipelines, the newest first.\n"
        "  show QUEUE          its jobs\n"
        "  log JOB             what a job's run wrote into its log\n"
        "  cancel QUEUE | JOB  ends jobs that run, once they have saved, and takes back those that wait\n"
        "  retry QUEUE | JOB   tries failed and cancelled jobs again, from their last checkpoints\n"
        "  resume QUEUE        goes on with what is not done: interrupted jobs from their checkpoints\n"
        "  forget QUEUE        takes a queue that is done off the list; its runs stay\n"
        "A QUEUE is a number, or the name of the newest queue of that name; a JOB is 3.2, the second of "
        "queue 3.",
        {{"csv", "", "a table for other programs: a row a job, with its matrix and scores (show)", false},
         {"watch", "", "show it anew every second until all is done (list and show)", false},
         {"all", "", "list every queue, not just the newest 20", false},
         {"detach", "", "leave it running when this command and its terminal end (retry and resume)", false},
         {"slurm", "KEY=VALUE", "an option of sbatch, instead of what it was: mem=16G (retry and resume)",
          true},
         {"older-than", "TIME", "every queue that was done so long ago: 30d (forget)", false},
         verbose_option(),
         json_option()},
        "graft jobs show 3 --watch\n"
        "graft jobs cancel 3.2"};
    return usage;
}

/// A queue, or one job of it.
struct Target {
    RecordedQueue queue;
    std::optional<std::size_t> job;

    std::vector<std::size_t> jobs() const {
        std::vector<std::size_t> all;
        for (std::size_t number = 0; number < queue.jobs.size(); ++number) {
            if (!job || *job == number) {
                all.push_back(number);
            }
        }
        return all;
    }

    std::string text() const {
        return job ? fmt::format("job {}.{}", queue.number, *job + 1) : fmt::format("queue {}", queue.number);
    }
};

std::optional<RecordedQueue> find_queue(jobs::QueueRecord& record, const std::string& word) {
    std::optional<std::int64_t> number = whole_number(word, 1);
    if (!number) {
        const std::vector<std::int64_t> numbers = record.named(word);
        number = numbers.empty() ? std::nullopt : std::optional(numbers.front());
    }
    SlurmAnswers answers;
    auto fresh = number ? find_fresh(record, *number, answers) : std::nullopt;
    return fresh ? std::optional(std::move(fresh->queue)) : std::nullopt;
}

Target find_target(jobs::QueueRecord& record, const std::string& word) {
    if (auto queue = find_queue(record, word)) {
        return {std::move(*queue), std::nullopt};
    }
    const std::size_t dot = word.rfind('.');
    const auto job = dot == std::string::npos ? std::nullopt : whole_number(word.substr(dot + 1), 1);
    auto queue = job ? find_queue(record, word.substr(0, dot)) : std::nullopt;
    if (!queue) {
        throw Failure(Category::pipeline, fmt::format("there is no queue '{}'", word),
                      "`graft jobs --all` lists them");
    }
    if (static_cast<std::size_t>(*job) > queue->jobs.size()) {
        throw Failure(
            Category::pipeline,
            fmt::format("queue {} has {} and no job {}", queue->number,
                        report::counted(static_cast<std::int64_t>(queue->jobs.size()), "job"), word),
            fmt::format("`graft jobs show {}` lists them", queue->number));
    }
    return {std::move(*queue), static_cast<std::size_t>(*job - 1)};
}

Target find_whole_queue(jobs::QueueRecord& record, const std::string& word, const std::string& action) {
    Target target = find_target(record, word);
    if (target.job) {
        refuse(queues_usage(), fmt::format("{} takes a whole queue: {}", action, target.queue.number));
    }
    return target;
}

/// Shows a text once, or with --watch until nothing is at work. `look` gives the text and whether there is
/// work.
void show(const Arguments& arguments, const Console& console,
          const std::function<std::pair<std::string, bool>()>& look) {
    std::string shown;
    while (true) {
        const auto [text, is_at_work] = look();
        if (text != shown) {
            const auto lines = std::count(shown.begin(), shown.end(), '\n');
            console.print((console.out().live && lines > 0 ? fmt::format("\x1b[{}A\x1b[J", lines) : "") +
                          text);
            shown = text;
        }
        if (!arguments.has("watch") || !is_at_work) {
            return;
        }
        std::this_thread::sleep_for(std::chrono::seconds(1));
    }
}

int list(jobs::QueueRecord& record, const Arguments& arguments, const Console& console) {
    SlurmAnswers answers;
    show(arguments, console, [&] {
        std::vector<report::ListedQueue> queues;
        const std::size_t most = arguments.has("all") ? 0 : newest + 1;
        std::set<std::int64_t> at_work;
        for (const jobs::QueueSummary& queue : record.list(most)) {
            const auto fresh =
                queue.is_open ? find_fresh(record, queue.number, answers) : std::optional<FreshQueue>();
            if (fresh && fresh->is_at_work) {
                at_work.insert(queue.number);
            }
        }
        for (jobs::QueueSummary& queue :
             record.list(most)) {  // again: looking may have changed what is counted
            const bool works = queue.is_open && at_work.contains(queue.number);
            queues.push_back({std::move(queue), works});
        }
        const bool is_at_work = !at_work.empty();
        const bool are_more = most > 0 && queues.size() == most;
        queues.resize(are_more ? newest : queues.size());
        std::string text;
        if (console.json()) {
            for (const report::ListedQueue& queue : queues) {
                text += core::json_text(to_json(queue)) + "\n";
            }
        } else if (queues.empty()) {
            text = "no queues: `graft run` begins one\n";
        } else {
            text = queues_text(queues, console.out()) + (are_more ? "... (--all lists every queue)\n" : "");
        }
        return std::pair(text, is_at_work);
    });
    return 0;
}

int show_queue(jobs::QueueRecord& record, const std::string& word, const Arguments& arguments,
               const Console& console) {
    const std::int64_t number = find_whole_queue(record, word, "show").queue.number;
    SlurmAnswers answers;
    show(arguments, console, [&] {
        const auto fresh = find_fresh(record, number, answers);
        if (!fresh) {
            throw Failure(Category::pipeline, fmt::format("queue {} was forgotten just now", number));
        }
        const auto& [queue, is_at_work] = *fresh;
        std::string text;
        if (arguments.has("csv")) {
            text = report::jobs_csv(queue, is_at_work, core::wall_seconds());
        } else if (console.json()) {
            for (const core::Json& line : report::jobs_to_json(queue, is_at_work, core::wall_seconds())) {
                text += core::json_text(line) + "\n";
            }
        } else {
            text = jobs_text(queue, is_at_work, core::wall_seconds(), console.out());
        }
        return std::pair(text, is_at_work);
    });
    return 0;
}

std::unique_ptr<jobs::Backend> backend_of(const jobs::QueueRecord& record, const RecordedQueue& queue) {
    return backend_for(RunOptions::from_json(queue.options), record.folder_of(queue.number));
}

int print_log(jobs::QueueRecord& record, const std::string& word, const Console& console) {
    Target target = find_target(record, word);
    if (!target.job && target.queue.jobs.size() > 1) {
        refuse(queues_usage(), fmt::format("queue {0} has {1} jobs; which one? {0}.1 is the first",
                                           target.queue.number, target.queue.jobs.size()));
    }
    const std::size_t number = target.job.value_or(0);
    const RecordedJob& job = target.queue.jobs.at(number);
    std::string text;
    std::error_code error;
    const std::vector<std::filesystem::path> files = backend_of(record, target.queue)->logs(number, job);
    for (const std::filesystem::path& file : files) {
        text += std::filesystem::exists(file, error) ? core::legible(core::read_file(file)) : "";
    }
    const bool is_there = std::any_of(files.begin(), files.end(), [&](const std::filesystem::path& file) {
        return std::filesystem::exists(file, error);
    });
    if (!is_there) {
        throw Failure(Category::pipeline,
                      fmt::format("{} has no log: {}", report::printable(job.job.name),
                                  files.empty() ? "no run of it has begun"
                                                : "'" + files.front().string() + "' is gone"),
                      job.error);
    }
    console.print(text);
    return 0;
}

int cancel(jobs::QueueRecord& record, const std::string& word, const Console& console) {
    const Target target = find_target(record, word);
    const std::unique_ptr<jobs::Backend> backend = backend_of(record, target.queue);
    std::int64_t taken_back = 0;
    std::int64_t told = 0;
    for (const std::size_t job : target.jobs()) {
        if (!jobs::is_open(target.queue.jobs[job].state)) {
            continue;
        }
        RecordedJob cancelled = target.queue.jobs[job];
        const auto engine = record.cancel(target.queue.number, job);
        cancelled.engine = engine.value_or(jobs::ProcessMark());
        backend->cancel(job, cancelled);
        const bool saves = engine || (!cancelled.place.empty() && cancelled.state == JobState::running);
        ++(saves ? told : taken_back);
    }
    if (told + taken_back == 0) {
        throw Failure(Category::pipeline, target.text() + " is done: there is nothing to cancel");
    }
    const std::string saves =
        fmt::format(", {} of them after {} saved", told, told == 1 ? "it has" : "they have");
    console.err().out << fmt::format("{}: {} cancelled{}\n", target.text(),
                                     report::counted(taken_back + told, "job"), told > 0 ? saves : "")
                      << std::flush;
    return 0;
}

/// With a job, those that it waited for, and those that waited for it.
std::set<std::size_t> with_relatives(const Target& target) {
    const std::vector<std::size_t> asked = target.jobs();
    std::set<std::size_t> before(asked.begin(), asked.end());
    std::set<std::size_t> behind = before;
    for (std::size_t size = 0; size != before.size() + behind.size();) {
        size = before.size() + behind.size();
        for (std::size_t job = 0; job < target.queue.jobs.size(); ++job) {
            for (const std::size_t needed : target.queue.jobs[job].job.needs) {
                if (before.contains(job)) {
                    before.insert(needed);
                }
                if (behind.contains(needed)) {
                    behind.insert(job);
                }
            }
        }
    }
    before.merge(behind);
    return before;
}

RunOptions options_to_go_on(const RecordedQueue& queue, const Arguments& arguments) {
    RunOptions options = RunOptions::from_json(queue.options);
    options.detached = arguments.has("detach");
    ask_slurm_again(options, arguments);
    return options;
}

int go_on_with(jobs::QueueRecord& record, const RecordedQueue& queue, core::FolderLock lock,
               const RunOptions& options, const Console& console) {
    if (options.detached && !options.slurm) {
        { const core::FolderLock released = std::move(lock); }
        return go_on_detached(record, queue.number, console);
    }
    return go_on({record, queue.number, std::move(lock)}, options, console);
}

int retry(jobs::QueueRecord& record, const std::string& word, const Arguments& arguments,
          const Console& console) {
    const Target target = find_target(record, word);
    const RunOptions options = options_to_go_on(target.queue, arguments);
    core::FolderLock lock = lock_queue(record, target.queue);
    std::size_t again = 0;
    for (const std::size_t job : with_relatives(target)) {
        again += record.retry(target.queue.number, job) ? 1 : 0;
    }
    if (again == 0) {
        throw Failure(
            Category::pipeline, fmt::format("of {} nothing failed or was cancelled", target.text()),
            fmt::format("`graft jobs resume {}` goes on with what is not done", target.queue.number));
    }
    return go_on_with(record, target.queue, std::move(lock), options, console);
}

int resume(jobs::QueueRecord& record, const std::string& word, const Arguments& arguments,
           const Console& console) {
    const Target target = find_whole_queue(record, word, "resume");
    const RunOptions options = options_to_go_on(target.queue, arguments);
    return go_on_with(record, target.queue, lock_queue(record, target.queue), options, console);
}

int forget(jobs::QueueRecord& record, const Arguments& arguments, const Console& console) {
    std::vector<std::int64_t> numbers;
    if (arguments.has("older-than")) {
        const auto seconds = core::seconds_of_text(arguments.one("older-than"));
        if (!seconds) {
            refuse(queues_usage(), fmt::format("--older-than is '{}'; must be {}",
                                               arguments.one("older-than"), core::duration_form));
        }
        numbers = record.done_before(*seconds);
    } else {
        numbers.push_back(find_whole_queue(record, arguments.positional()[1], "forget").queue.number);
    }
    std::int64_t forgotten = 0;
    for (const std::int64_t number : numbers) {
        forgotten += record.forget(number) ? 1 : 0;
    }
    if (forgotten == 0 && !arguments.has("older-than")) {
        throw Failure(Category::pipeline, fmt::format("queue {} is not done", numbers.front()),
                      fmt::format("`graft jobs cancel {}` gives it up", numbers.front()));
    }
    console.err().out << fmt::format("{} forgotten\n", report::counted(forgotten, "queue")) << std::flush;
    return 0;
}

void refuse_idle_options(const Arguments& arguments, const std::string& action) {
    const auto check = [&](const char* option, const std::vector<std::string>& actions) {
        if (arguments.has(option) && std::find(actions.begin(), actions.end(), action) == actions.end()) {
            refuse(queues_usage(), fmt::format("--{} means nothing {}", option,
                                               action.empty() ? "for the list" : "beside " + action));
        }
    };
    check("watch", {"", "show"});
    check("all", {""});
    check("csv", {"show"});
    for (const char* other : {"watch", "json"}) {
        if (arguments.has("csv") && arguments.has(other)) {
            refuse(queues_usage(), fmt::format("--csv cannot go with --{}", other));
        }
    }
    check("detach", {"retry", "resume"});
    check("slurm", {"retry", "resume"});
    check("older-than", {"forget"});
}

}  // namespace

int list_jobs(const Words& words) {
    const auto arguments = parse(queues_usage(), words);
    if (!arguments) {
        return 0;
    }
    const Console console = console_for(*arguments);
    const std::vector<std::string>& positional = arguments->positional();
    const std::string action = positional.empty() ? "" : positional[0];
    const std::vector<std::string> actions = {"show", "log", "cancel", "retry", "resume", "forget"};
    if (!action.empty() && std::find(actions.begin(), actions.end(), action) == actions.end()) {
        refuse(queues_usage(), fmt::format("graft jobs cannot '{}'", action), core::suggest(action, actions));
    }
    refuse_idle_options(*arguments, action);
    if (!action.empty() && (positional.size() < 2) != arguments->has("older-than")) {
        refuse(queues_usage(), positional.size() < 2 ? fmt::format("{} which queue or job?", action)
                                                     : "--older-than takes no queue: it means all");
    }
    jobs::QueueRecord record = open_record();
    if (action.empty()) {
        return list(record, *arguments, console);
    }
    if (action == "forget") {
        return forget(record, *arguments, console);
    }
    const std::string& word = positional[1];
    return action == "show"     ? show_queue(record, word, *arguments, console)
           : action == "log"    ? print_log(record, word, console)
           : action == "cancel" ? cancel(record, word, console)
           : action == "retry"  ? retry(record, word, *arguments, console)
                                : resume(record, word, *arguments, console);
}

}  // namespace graft::app
