// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "composition.hpp"
#include "core/event.hpp"
#include "core/files.hpp"
#include "train/trainer.hpp"

namespace graft::engine {

/// The folder of one run: writes metrics.jsonl and log.txt from events, run.json and evaluation.json when
/// told to. Every file but the two that grow is replaced in one step. `emit`: any thread; the others one
/// thread. Throws Failure(system) where it cannot write.
class RunFolder : public core::EventSink {
public:
    /// `wanted`: the folder itself, or empty: runs/NAME-TIME. Throws Failure(pipeline) when it is a run
    /// already or holds anything else, unless `resumed`: then pipeline.yaml becomes the pipeline's,
    /// metrics.jsonl loses the epochs that no checkpoint holds, and files that a killed process had not
    /// finished go.
    RunFolder(const std::string& wanted, const pipeline::Pipeline& pipeline, bool resumed);

    const std::string& path() const { return path_; }
    std::string file(const std::string& name) const { return path_ + "/" + name; }

    void emit(const core::Event& event) override;

    /// Sets a field of run.json; written by the next save().
    void set(const std::string& key, core::Json value) { record_[key] = std::move(value); }
    const core::Json& record() const { return record_; }

    /// Writes run.json with the status and the seconds so far; returns what it wrote.
    core::Json save(const std::string& status);

private:
    void take_over();
    void forget_unfinished_epochs() const;

    std::string path_;
    core::FolderLock lock_;  ///< two runs never share a folder
    core::Json record_ = core::Json::object();
    double seconds_before_ = 0;
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    std::mutex mutex_;
};

}  // namespace graft::engine
