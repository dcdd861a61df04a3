// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "core/event.hpp"
#include "pipeline/node.hpp"

namespace graft::report {

/// Writes what a run tells into its folder `tensorboard`, a file for the program of that name: of each epoch
/// losses and metrics by split, learning rates and rates ("train/loss", "val/HEAD/METRIC",
/// "learning_rate/PART"), the pipeline's values as hyperparameters, and pictures. A step is an epoch. One
/// thread at a time.
class TensorBoard : public core::EventSink {
public:
    /// Seconds since 1970, as time(2) gives them.
    using WallClock = std::function<double()>;

    /// The name of pictures that are drawn as epochs end.
    static constexpr const char* epoch_pictures = "predictions/epoch";

    /// Begins the file of a run: with the epochs that its metrics.jsonl has and the pictures that were drawn
    /// of them, in place of whatever file was there, so that a run that goes on has each step once. Throws
    /// Failure(system).
    TensorBoard(const std::filesystem::path& run, const pipeline::Node& document, WallClock clock);

    /// Adds what an `epoch` event says; others are passed over. Throws Failure(system).
    void emit(const core::Event& event) override;

    /// Adds a PNG file as a picture of a step. Throws Failure(data), Failure(system).
    void add_picture(const std::string& name, const std::filesystem::path& png, std::int64_t step);

    /// Adds the bytes of a PNG or a JPEG with so many pixels. Throws Failure(system).
    void add_picture(const std::string& name, const std::string& bytes, std::int64_t width,
                     std::int64_t height, std::int64_t step);

    /// Says how the session ended. Throws Failure(system).
    void finish(bool well);

    const std::filesystem::path& file() const { return file_; }

private:
    WallClock clock_;
    std::filesystem::path file_;
};

}  // namespace graft::report
