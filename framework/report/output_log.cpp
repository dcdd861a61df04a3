// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/output_log.hpp"

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "jobs/run_files.hpp"

namespace graft::report {

void OutputLog::emit(const core::Event& event) {
    if (event.name == "folder" || event.name == "started") {
        begin_in_folder(event);
    } else if (event.name == "output" && file_.empty()) {
        waiting_.push_back(core::log_line(event));
        if (waiting_.size() > most_waiting) {
            waiting_.pop_front();
            ++lost_;
        }
    } else if (event.name == "output") {
        append(core::log_line(event));
    }
}

void OutputLog::begin_in_folder(const core::Event& event) {
    const auto folder = event.fields.find("folder");
    if (folder == event.fields.end() || !folder->is_string()) {
        return;
    }
    file_ = jobs::run_file(folder->get<std::string>(), jobs::run_files::log);
    if (lost_ > 0) {
        append(core::log_line(
            {"output", {{"text", fmt::format("({} lines before these were not kept)", lost_)}}}));
    }
    for (const std::string& line : waiting_) {
        append(line);
    }
    waiting_.clear();
    lost_ = 0;
}

void OutputLog::append(const std::string& line) const {
    try {
        core::append_line(file_, line);
    } catch (const core::Failure&) {
    }
}

}  // namespace graft::report
