// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "run_folder.hpp"

#include <filesystem>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "core/clock.hpp"
#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "jobs/run_files.hpp"
#include "pipeline/node.hpp"
#include "train/store.hpp"

namespace graft::engine {
namespace {

namespace fs = std::filesystem;
namespace run_files = jobs::run_files;

/// A folder that nobody else begins a run in: the one wanted, or runs/NAME-TIME.
std::string new_folder(const std::string& wanted, const std::string& name) {
    if (!wanted.empty()) {
        core::make_folder(wanted);
        return wanted;
    }
    core::make_folder("runs");
    const std::string base = fmt::format("runs/{}-{}", name, core::timestamp());
    std::string free = base;
    std::error_code error;
    for (int number = 2; !fs::create_directory(free, error); ++number) {
        if (error) {
            throw core::Failure(core::Category::system,
                                fmt::format("'{}' cannot be made: {}", free, error.message()));
        }
        free = fmt::format("{}-{}", base, number);
    }
    return free;
}

/// What core::write_atomically was writing when its process was killed. The folder is locked: no other
/// process writes there.
void remove_unfinished_files(const fs::path& run, const std::string& beginning = "") {
    for (const fs::path& folder :
         {run, run / run_files::checkpoints, run / run_files::model, run / run_files::plugins}) {
        std::error_code error;
        std::vector<fs::path> unfinished;
        for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
             entry.increment(error)) {
            if (entry->path().extension() == ".part" &&
                entry->path().filename().string().starts_with(beginning)) {
                unfinished.push_back(entry->path());
            }
        }
        for (const fs::path& path : unfinished) {
            fs::remove(path, error);
        }
    }
}

/// A run may have been killed while it wrote its first file.
void remove_begun(const fs::path& folder) {
    std::error_code error;
    if (!fs::exists(folder / run_files::pipeline, error) && !fs::exists(folder / run_files::record, error)) {
        remove_unfinished_files(folder, run_files::pipeline);
    }
}

core::FolderLock claimed(const std::string& folder, bool resumed) {
    std::optional<core::FolderLock> lock = core::FolderLock::take(folder);
    if (!lock) {
        throw core::Failure(core::Category::pipeline,
                            fmt::format("another graft works in '{}' right now", folder),
                            resumed ? "wait until it has ended"
                                    : "wait until it has ended, or name another folder with --out");
    }
    return std::move(*lock);
}

/// Nothing that lies in a folder is ever overwritten, or mixed with what a run leaves.
void require_empty(const std::string& folder) {
    if (fs::exists(jobs::run_file(folder, run_files::record))) {
        throw core::Failure(
            core::Category::pipeline,
            fmt::format("'{}' is a run already, and runs are never overwritten", folder),
            fmt::format("name another folder with --out, or go on with `graft run --resume {}`",
                        core::shell_word(folder)));
    }
    if (!fs::is_empty(folder)) {
        throw core::Failure(
            core::Category::pipeline,
            fmt::format("'{}' is not empty ('{}' is in it), and a run begins in a folder of its own", folder,
                        fs::directory_iterator(folder)->path().filename().string()),
            "name another folder with --out; nothing was touched");
    }
}

}  // namespace

RunFolder::RunFolder(const std::string& wanted, const pipeline::Pipeline& pipeline, bool resumed)
    : path_(resumed ? wanted : new_folder(wanted, pipeline.name)), lock_(claimed(path_, resumed)) {
    if (resumed) {
        take_over();
        const std::string text = pipeline::emit(pipeline.document);
        if (core::read_file(file(run_files::pipeline)) != text) {
            core::write_atomically(file(run_files::pipeline), text);
        }
    } else {
        remove_begun(path_);
        require_empty(path_);
        core::write_atomically(file(run_files::pipeline), pipeline::emit(pipeline.document));
    }
    save("running");
}

void RunFolder::take_over() {
    record_ = jobs::state_of(path_).record;
    record_.erase("error");
    seconds_before_ = record_.value("seconds", 0.0);
    remove_unfinished_files(path_);
    forget_unfinished_epochs();
}

void RunFolder::forget_unfinished_epochs() const {
    // The checkpoint says where the run stands: a kill may have come between an epoch's line and its
    // checkpoint.
    if (!fs::exists(file(run_files::metrics))) {
        return;
    }
    const fs::path checkpoint = train::checkpoint_to_resume(path_);
    const std::int64_t last = checkpoint.empty() ? 0 : train::read_progress(checkpoint).epoch;
    std::istringstream lines(core::read_file(file(run_files::metrics)));
    std::string kept;
    for (std::string line; std::getline(lines, line);) {
        const auto parsed = core::parse_json_or_discard(line);
        if (parsed.is_object() && parsed.value("epoch", std::int64_t{0}) <= last) {
            kept += line + "\n";
        }
    }
    core::write_atomically(file(run_files::metrics), kept);
}

void RunFolder::emit(const core::Event& event) {
    const std::lock_guard lock(mutex_);
    if (event.name == "epoch") {
        core::Json line = core::Json::object();
        for (const char* key :
             {"epoch", "phase", "train", "val", "learning_rate", "seconds", "images_per_second"}) {
            if (event.fields.contains(key)) {
                line[key] = event.fields[key];
            }
        }
        core::append_line(file(run_files::metrics), core::json_text(line));
    }
    if (event.name != "progress") {
        core::append_line(file(run_files::log), core::log_line(event));
    }
}

core::Json RunFolder::save(const std::string& status) {
    core::Json shown = core::Json::object();
    shown["status"] = status;
    record_["seconds"] =
        seconds_before_ + std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
    for (const auto& [key, value] : record_.items()) {
        if (key != "status") {
            shown[key] = value;
        }
    }
    core::write_atomically(file(run_files::record), core::json_text(shown, 2) + "\n");
    return shown;
}

}  // namespace graft::engine
