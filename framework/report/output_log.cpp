// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/output_log.hpp"

#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/files.hpp"
#include "core/problem.hpp"

namespace graft::report {
namespace {

/// As the engine writes its own events there.
std::string log_line(const core::Event& event) {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    return fmt::format("{:%F %T} ", local) + core::to_line(event);
}

}  // namespace

void OutputLog::emit(const core::Event& event) {
    if (event.name == "started") {
        started(event);
    } else if (event.name == "output" && file_.empty()) {
        waiting_.push_back(log_line(event));
        if (waiting_.size() > most_waiting) {
            waiting_.pop_front();
            ++lost_;
        }
    } else if (event.name == "output") {
        append(log_line(event));
    }
}

void OutputLog::started(const core::Event& event) {
    const auto folder = event.fields.find("folder");
    if (folder == event.fields.end() || !folder->is_string()) {
        return;
    }
    file_ = std::filesystem::path(folder->get<std::string>()) / "log.txt";
    if (lost_ > 0) {
        append(log_line({"output", {{"text", fmt::format("({} lines before these were not kept)", lost_)}}}));
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
