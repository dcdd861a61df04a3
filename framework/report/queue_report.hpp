// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/event.hpp"
#include "report/screen.hpp"

namespace graft::report {

/// Tells a person what several jobs do: a line when one begins, ends or is left out, its warnings once for
/// all jobs; on a terminal below them a line for each job that runs, and one for the queue. One thread per
/// object.
class QueueReport {
public:
    /// `names`: of all jobs, in their order.
    QueueReport(Screen screen, const std::vector<std::string>& names,
                core::Clock clock = core::steady_seconds, bool verbose = false);
    ~QueueReport();
    QueueReport(const QueueReport&) = delete;
    QueueReport& operator=(const QueueReport&) = delete;

    void begins(std::size_t job);
    void heard(std::size_t job, const core::Event& event);

    /// `error`: empty where it failed not.
    void ended(std::size_t job, const core::Json& result, const std::string& error);
    void left_out(std::size_t job, const std::string& why);

private:
    struct Row {
        std::string name;
        bool runs = false;
        double begun = 0;  ///< seconds of the clock
        std::string now;   ///< what it is at
        double part = 0;   ///< of it that is done
    };

    std::string label(std::size_t job) const;
    void line(const std::string& text);
    void draw();
    void clear();
    std::string summary() const;

    Screen screen_;
    std::vector<Row> rows_;
    core::Clock clock_;
    bool verbose_;
    double begun_;
    std::size_t done_ = 0;
    std::size_t failed_ = 0;
    std::size_t left_out_ = 0;
    int drawn_ = 0;  ///< lines
    double last_drawn_ = -1;
    std::vector<std::string> warnings_;
};

/// Results of several runs as one table, the best by their monitor first, and how interrupted ones go on;
/// runs that watch something else have a table of their own. `results`: fields of `result`, each with "job".
std::string results_table(const std::vector<core::Json>& results, const Screen& screen);

}  // namespace graft::report
