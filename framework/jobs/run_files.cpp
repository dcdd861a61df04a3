// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/run_files.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/event.hpp"
#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"

namespace graft::jobs {

namespace fs = std::filesystem;

namespace {

/// "newest first:" and the first of them, a line each, as a shell takes them.
std::string listed_runs(const std::vector<std::pair<fs::file_time_type, std::string>>& runs) {
    constexpr std::size_t most = 20;
    std::string text = "newest first:";
    for (std::size_t index = 0; index < std::min(runs.size(), most); ++index) {
        text += "\n    " + core::shell_word(runs[index].second);
    }
    return text + (runs.size() > most ? fmt::format("\n    and {} more", runs.size() - most) : "");
}

std::string status_in(const core::Json& record) {
    const auto status = record.find("status");
    return status != record.end() && status->is_string() ? status->get<std::string>() : "";
}

}  // namespace

std::string run_file(const std::string& run, const char* name) {
    return (fs::path(run) / name).string();
}

std::string find_run(const std::string& folder) {
    std::error_code error;
    if (fs::exists(run_file(folder, run_files::record), error)) {
        return folder;
    }
    std::vector<std::pair<fs::file_time_type, std::string>> runs;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code missing;
        const auto time = fs::last_write_time(entry->path() / run_files::record, missing);
        if (!missing) {
            runs.emplace_back(time, entry->path().string());
        }
    }
    if (runs.empty()) {
        throw core::Failure(core::Category::pipeline,
                            fmt::format("'{}' is no run: there is no {} in it or in a folder below it",
                                        folder, run_files::record),
                            "name the folder that `graft run` printed");
    }
    if (runs.size() > 1) {
        std::sort(runs.begin(), runs.end(), std::greater<>());
        throw core::Failure(core::Category::pipeline,
                            fmt::format("'{}' holds {} runs; which one?", folder, runs.size()),
                            listed_runs(runs));
    }
    return runs.front().second;
}

std::string find_run_to_resume(const std::string& folder) {
    try {
        return find_run(folder);
    } catch (const core::Failure&) {
        std::error_code error;
        if (!fs::exists(run_file(folder, run_files::pipeline), error)) {
            throw;
        }
        return folder;
    }
}

RunState state_of(const std::string& run) {
    std::error_code error;
    const std::string file = run_file(run, run_files::record);
    RunState state;
    if (!fs::exists(file, error)) {
        return state;
    }
    // The lock is asked first: a run that ends meanwhile has then written how.
    const bool is_at_work = core::FolderLock::is_taken(run);
    state.record = core::parse_json_or_discard(core::read_file(file));
    if (!state.record.is_object()) {
        throw core::Failure(core::Category::data, file + " is damaged: it is no JSON object",
                            "put a copy of it back, or train again with the pipeline.yaml beside it");
    }
    state.status = status_in(state.record);
    if (state.status == "running" && !is_at_work) {
        state.status = "killed";
    }
    return state;
}

void record_death(const std::string& run, const std::string& error) noexcept {
    try {
        // Whoever goes on with it meanwhile tells what becomes of it.
        const std::optional<core::FolderLock> lock = core::FolderLock::take(run);
        if (!lock) {
            return;
        }
        const std::string file = run_file(run, run_files::record);
        core::Json record = core::parse_json_or_discard(core::read_file(file));
        if (record.is_object() && status_in(record) == "running") {
            record["status"] = "failed";
            record["error"] = error;
            core::write_atomically(file, core::json_text(record, 2) + "\n");
        }
    } catch (const std::exception&) {
        return;
    }
}

}  // namespace graft::jobs
