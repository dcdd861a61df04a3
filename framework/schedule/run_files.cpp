// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "schedule/run_files.hpp"

#include <exception>
#include <filesystem>

#include <fmt/format.h>

#include "core/event.hpp"
#include "core/files.hpp"
#include "core/problem.hpp"

namespace graft::schedule {

namespace fs = std::filesystem;

std::string run_file(const std::string& run, const char* name) {
    return (fs::path(run) / name).string();
}

std::string find_run(const std::string& folder) {
    std::error_code error;
    if (fs::exists(run_file(folder, run_files::record), error)) {
        return folder;
    }
    fs::path newest;
    fs::file_time_type newest_time;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code missing;
        const auto time = fs::last_write_time(entry->path() / run_files::record, missing);
        if (!missing && (newest.empty() || time > newest_time)) {
            newest = entry->path();
            newest_time = time;
        }
    }
    if (newest.empty()) {
        throw core::Failure(core::Category::pipeline,
                            fmt::format("'{}' is no run: there is no {} in it or in a folder below it",
                                        folder, run_files::record),
                            "name the folder that `graft run` printed");
    }
    return newest.string();
}

void record_death(const std::string& run, const std::string& error) noexcept {
    try {
        const std::string file = run_file(run, run_files::record);
        core::Json record = core::Json::parse(core::read_file(file), nullptr, false);
        if (record.is_object() && record.value("status", "") == "running") {
            record["status"] = "failed";
            record["error"] = error;
            core::write_atomically(file,
                                   record.dump(2, ' ', false, core::Json::error_handler_t::replace) + "\n");
        }
    } catch (const std::exception&) {
        return;
    }
}

}  // namespace graft::schedule
