// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/queue_list.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <sstream>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/clock.hpp"
#include "core/json_text.hpp"
#include "core/text.hpp"
#include "report/formatting.hpp"

namespace graft::report {
namespace {

using core::Json;
using jobs::JobState;
using jobs::RecordedJob;
using jobs::RecordedQueue;

constexpr int longest_name = 32;  // columns

std::string time_text(double seconds) {
    return fmt::format("{:%Y-%m-%d %H:%M}", core::local_time(seconds));
}

std::size_t count(const ListedQueue& listed, JobState state) {
    return listed.queue.counts.at(static_cast<std::size_t>(state));
}

std::string status(bool is_open, bool is_at_work) {
    return is_at_work ? "at work" : is_open ? "unfinished" : "done";
}

/// What runs without a host does not run.
JobState shown_state(const RecordedJob& job, bool is_at_work) {
    return job.state == JobState::running && !is_at_work ? JobState::interrupted : job.state;
}

/// What it took, or has taken so far; NaN: it has not begun.
double seconds_of(const RecordedJob& job, bool is_at_work, double now) {
    const bool runs = job.state == JobState::running && is_at_work;
    const double end = runs ? now : job.ended;
    return job.begun > 0 && end >= job.begun ? end - job.begun : std::nan("");
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

/// Why it failed, who has it, or the best score.
std::string note(const RecordedJob& job) {
    if (!job.error.empty()) {
        return printable(first_line(job.error));
    }
    if (!job.place.empty() && (job.state == JobState::queued || job.state == JobState::running)) {
        return job.place;
    }
    const Json monitor = job.result.is_object() ? inner(job.result, "monitor") : Json::object();
    const std::string name = text(monitor, "name");
    return name.empty() ? "" : name + " " + measure(monitor.value("best", Json()));
}

std::string narrowed(const std::string& lines, int width) {
    std::istringstream stream(lines);
    std::string narrow;
    for (std::string line; std::getline(stream, line);) {
        narrow += one_line(line, width) + "\n";
    }
    return narrow;
}

bool is_open_queue(const RecordedQueue& queue) {
    return std::any_of(queue.jobs.begin(), queue.jobs.end(),
                       [](const RecordedJob& job) { return jobs::is_open(job.state); });
}

}  // namespace

std::string queues_text(const std::vector<ListedQueue>& queues, const Screen& screen) {
    Rows rows = {{"queue", "name", "begun", "finished", "running", "waiting", "failed", "status"}};
    for (const ListedQueue& listed : queues) {
        const std::size_t running = listed.is_at_work ? count(listed, JobState::running) : 0;
        const std::size_t waiting = count(listed, JobState::queued) + count(listed, JobState::interrupted) +
                                    count(listed, JobState::running) - running;
        rows.push_back({std::to_string(listed.queue.number),
                        one_line(printable(listed.queue.name), longest_name / 2),
                        time_text(listed.queue.created), std::to_string(count(listed, JobState::finished)),
                        std::to_string(running), std::to_string(waiting),
                        std::to_string(count(listed, JobState::failed)),
                        status(listed.queue.is_open, listed.is_at_work)});
    }
    return narrowed(table(rows, {0, 3, 4, 5, 6}, 0), screen.width);
}

Json to_json(const ListedQueue& listed) {
    Json counts = Json::object();
    for (std::size_t state = 0; state < listed.queue.counts.size(); ++state) {
        counts[jobs::to_text(static_cast<JobState>(state))] = listed.queue.counts[state];
    }
    return {{"queue", listed.queue.number},
            {"name", listed.queue.name},
            {"status", status(listed.queue.is_open, listed.is_at_work)},
            {"begun", listed.queue.created},
            {"jobs", counts}};
}

std::string jobs_text(const RecordedQueue& queue, bool is_at_work, double now, const Screen& screen) {
    std::string head = fmt::format("queue {}, {}: {}", queue.number, printable(queue.name),
                                   status(is_open_queue(queue), is_at_work));
    if (is_at_work && jobs::is_alive(queue.host)) {
        head += fmt::format(" (process {})", queue.host.pid);
    }
    Rows rows = {{"job", "name", "state", "time", ""}};
    for (std::size_t index = 0; index < queue.jobs.size(); ++index) {
        const RecordedJob& job = queue.jobs[index];
        const double seconds = seconds_of(job, is_at_work, now);
        rows.push_back({fmt::format("{}.{}", queue.number, index + 1),
                        one_line(printable(job.job.name), longest_name),
                        jobs::to_text(shown_state(job, is_at_work)),
                        std::isfinite(seconds) ? duration(seconds) : "-", note(job)});
    }
    return narrowed(head + "\nin " + printable(queue.working_folder) + "\n" + table(rows, {3}, 0),
                    screen.width);
}

std::string jobs_csv(const RecordedQueue& queue, bool is_at_work, double now) {
    const auto scores = [](const RecordedJob& job) {
        const Json result = job.result.is_object() ? job.result : Json::object();
        return inner(inner(result, "best"), "metrics");
    };
    std::vector<std::string> paths;
    std::vector<std::string> metrics;
    const auto add_keys = [](const Json& object, std::vector<std::string>& keys) {
        for (const auto& [key, value] : object.items()) {
            if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
                keys.push_back(key);
            }
        }
    };
    for (const RecordedJob& job : queue.jobs) {
        add_keys(inner(job.job.request, "matrix"), paths);
        add_keys(scores(job), metrics);
    }
    std::vector<std::string> cells = {"job", "name", "state", "exit_code", "seconds", "folder"};
    cells.insert(cells.end(), paths.begin(), paths.end());
    cells.push_back("epoch");
    cells.insert(cells.end(), metrics.begin(), metrics.end());
    std::string csv = core::csv_row(cells);
    const std::vector<Json> lines = jobs_to_json(queue, is_at_work, now);
    for (std::size_t index = 0; index < lines.size(); ++index) {
        const auto add = [&](const Json& object, const std::string& key) {
            const Json value = object.value(key, Json());
            cells.push_back(value.is_null()     ? ""
                            : value.is_string() ? value.get<std::string>()
                                                : core::json_text(value));
        };
        const RecordedJob& job = queue.jobs[index];
        cells.clear();
        for (const char* key : {"job", "name", "state", "exit_code", "seconds", "folder"}) {
            add(lines[index], key);
        }
        for (const std::string& path : paths) {
            add(inner(job.job.request, "matrix"), path);
        }
        add(inner(job.result.is_object() ? job.result : Json::object(), "best"), "epoch");
        for (const std::string& metric : metrics) {
            add(scores(job), metric);
        }
        csv += core::csv_row(cells);
    }
    return csv;
}

std::vector<Json> jobs_to_json(const RecordedQueue& queue, bool is_at_work, double now) {
    std::vector<Json> lines;
    for (std::size_t index = 0; index < queue.jobs.size(); ++index) {
        const RecordedJob& job = queue.jobs[index];
        const double seconds = seconds_of(job, is_at_work, now);
        lines.push_back({{"queue", queue.number},
                         {"job", fmt::format("{}.{}", queue.number, index + 1)},
                         {"name", job.job.name},
                         {"state", jobs::to_text(shown_state(job, is_at_work))},
                         {"seconds", std::isfinite(seconds) ? Json(seconds) : Json()},
                         {"folder", job.folder},
                         {"exit_code", job.exit_code},
                         {"error", job.error},
                         {"place", job.place},
                         {"result", job.result}});
    }
    return lines;
}

}  // namespace graft::report
