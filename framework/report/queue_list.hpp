// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What `graft jobs` prints. No line is wider than the screen.
#pragma once

#include <string>
#include <vector>

#include "core/event.hpp"
#include "jobs/record.hpp"
#include "report/screen.hpp"

namespace graft::report {

/// A queue of the list, and whether a process works on it.
struct ListedQueue {
    jobs::QueueSummary queue;
    bool is_at_work = false;
};

std::string queues_text(const std::vector<ListedQueue>& queues, const Screen& screen);

/// {"queue":3,"name":..,"status":"at work|unfinished|done","begun":seconds since
/// 1970,"jobs":{"finished":12,..}}
core::Json to_json(const ListedQueue& listed);

/// A queue with its jobs. `now`: seconds since 1970.
std::string jobs_text(const jobs::RecordedQueue& queue, bool is_at_work, double now, const Screen& screen);

/// A line a job:
/// {"queue":3,"job":"3.1","name":..,"state":..,"seconds":..,"folder":..,"error":..,"place":..,"result":..}
std::vector<core::Json> jobs_to_json(const jobs::RecordedQueue& queue, bool is_at_work, double now);

/// A table of values separated by commas (RFC 4180), a row a job: job,name,state,exit_code,seconds,folder,
/// the paths of its matrix, epoch, and the metrics of the best epoch.
std::string jobs_csv(const jobs::RecordedQueue& queue, bool is_at_work, double now);

}  // namespace graft::report
