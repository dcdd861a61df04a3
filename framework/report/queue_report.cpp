// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/queue_report.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/text.hpp"
#include "report/formatting.hpp"
#include "report/terminal.hpp"

namespace graft::report {
namespace {

using core::Json;

constexpr std::size_t most_rows = 16;  // of running jobs on the screen

/// The monitored score of a run's best epoch: name, value, whether more is better.
struct Watched {
    std::string name;
    double value = std::nan("");
    bool higher_is_better = false;
};

Watched watched(const Json& result) {
    const Json monitor = inner(result, "monitor");
    Watched found{text(monitor, "name"), number(monitor, "best"), text(monitor, "better") == "higher"};
    return found;
}

}  // namespace

QueueReport::QueueReport(Screen screen, const std::vector<std::string>& names, core::Clock clock,
                         bool verbose)
    : screen_(screen), clock_(std::move(clock)), verbose_(verbose), begun_(clock_()) {
    for (const std::string& name : names) {
        rows_.emplace_back();
        rows_.back().name = printable(name);
    }
}

QueueReport::~QueueReport() {
    clear();
}

std::string QueueReport::label(std::size_t job) const {
    const std::string total = std::to_string(rows_.size());
    return paint(screen_, Paint::bold,
                 fmt::format("[{:>{}}/{}] {}", job + 1, total.size(), total, rows_[job].name));
}

void QueueReport::begins(std::size_t job) {
    rows_[job].runs = true;
    rows_[job].begun = clock_();
    line(label(job) + ": begins");
}

void QueueReport::heard(std::size_t job, const core::Event& event) {
    Row& row = rows_[job];
    const Json& fields = event.fields;
    if (event.name == "progress") {
        const double epochs = std::max(1.0, number(fields, "epochs"));
        const double inside = number(fields, "step") / std::max(1.0, number(fields, "steps"));
        row.part = std::clamp((number(fields, "epoch") - 1 + inside) / epochs, 0.0, 1.0);
        row.now = fmt::format("epoch {:.0f}/{:.0f}, loss {}", number(fields, "epoch"), epochs,
                              measure(fields.value("loss", Json())));
    } else if (event.name == "warning") {
        const std::string message = text(fields, "text");
        if (std::find(warnings_.begin(), warnings_.end(), message) == warnings_.end()) {
            warnings_.push_back(message);
            line(label(job) + ": " + paint(screen_, Paint::yellow, "warning:") + " " + message);
        }
    } else if (event.name == "output" && verbose_) {
        line(label(job) + paint(screen_, Paint::dim, " | " + text(fields, "text")));
    } else if (event.name == "stopping") {
        line(label(job) + ": " + stopping_text(fields));
    }
    draw();
}

void QueueReport::ended(std::size_t job, const Json& result, const std::string& error) {
    rows_[job].runs = false;
    ++done_;
    const std::string took = duration(clock_() - rows_[job].begun);
    if (!error.empty()) {
        ++failed_;
        line(label(job) + ": " + paint(screen_, Paint::red, "failed") + " after " + took);
        return;
    }
    const Watched best = watched(result);
    const std::string status = text(result, "status");
    line(label(job) + ": " + (status.empty() ? "ended" : status) + " after " + took +
         (std::isfinite(best.value) ? fmt::format(", {} {}", best.name, measure(best.value)) : ""));
}

void QueueReport::left_out(std::size_t job, const std::string& why) {
    ++done_;
    ++left_out_;
    line(label(job) + ": left out: " + printable(why));
}

void QueueReport::line(const std::string& shown) {
    clear();
    screen_.out << shown << "\n" << std::flush;
    last_drawn_ = -1;
    draw();
}

/// "5 of 24 done, 1 failed, 2 running, 1 min 3 s"
std::string QueueReport::summary() const {
    const auto running = std::count_if(rows_.begin(), rows_.end(), [](const Row& row) { return row.runs; });
    return fmt::format("{} of {} done{}{}, {} running, {}", done_, rows_.size(),
                       failed_ > 0 ? fmt::format(", {} failed", failed_) : "",
                       left_out_ > 0 ? fmt::format(", {} left out", left_out_) : "", running,
                       duration(clock_() - begun_));
}

void QueueReport::draw() {
    if (!screen_.live || (last_drawn_ >= 0 && clock_() - last_drawn_ < seconds_between_drawings)) {
        return;
    }
    clear();
    last_drawn_ = clock_();
    std::string shown;
    std::size_t rows = 0;
    for (std::size_t job = 0; job < rows_.size() && rows < most_rows; ++job) {
        if (rows_[job].runs) {
            const std::string now = rows_[job].now.empty() ? "starting" : rows_[job].now;
            shown +=
                one_line(fmt::format("  {:>3.0f} %  {}  {}", rows_[job].part * 100, rows_[job].name, now),
                         screen_.width - 1) +
                "\n";
            ++rows;
        }
    }
    shown += one_line(summary(), screen_.width - 1);
    screen_.out << shown << std::flush;
    drawn_ = static_cast<int>(rows) + 1;
}

/// Takes what was drawn away and leaves the cursor where it began.
void QueueReport::clear() {
    if (drawn_ > 0) {
        screen_.out << "\r" << (drawn_ > 1 ? fmt::format("\x1b[{}A", drawn_ - 1) : "") << "\x1b[J"
                    << std::flush;
        drawn_ = 0;
    }
}

std::string results_table(const std::vector<Json>& results, const Screen& screen) {
    std::map<std::string, std::vector<const Json*>> by_monitor;
    for (const Json& result : results) {
        by_monitor[watched(result).name].push_back(&result);
    }
    std::string shown;
    for (auto& [name, group] : by_monitor) {
        std::stable_sort(group.begin(), group.end(), [](const Json* left, const Json* right) {
            const Watched one = watched(*left);
            const Watched other = watched(*right);
            if (std::isnan(one.value) || std::isnan(other.value)) {
                return !std::isnan(one.value) && std::isnan(other.value);
            }
            return one.higher_is_better ? one.value > other.value : one.value < other.value;
        });
        Rows rows = {{"job", name.empty() ? "score" : name, "epoch", "seconds", "status", "run folder"}};
        for (const Json* result : group) {
            const double epoch = number(inner(*result, "best"), "epoch");
            rows.push_back({text(*result, "job"), measure(inner(*result, "monitor").value("best", Json())),
                            std::isfinite(epoch) ? fmt::format("{:.0f}", epoch) : "-",
                            measure(result->value("seconds", Json())), text(*result, "status"),
                            text(*result, "folder")});
        }
        const std::string lines = table(rows, {1, 2, 3}, 0);
        const std::size_t first = lines.find('\n');
        shown += (shown.empty() ? "" : "\n") + paint(screen, Paint::bold, lines.substr(0, first)) +
                 lines.substr(first);
    }
    for (const Json& result : results) {
        if (text(result, "status") == "interrupted") {
            shown += "to go on: graft run --resume " + core::shell_word(text(result, "folder")) + "\n";
        }
    }
    return shown;
}

}  // namespace graft::report
