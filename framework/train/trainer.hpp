// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "data/batch.hpp"
#include "model/freeze.hpp"
#include "model/model.hpp"
#include "pipeline/pipeline.hpp"
#include "train/evaluation.hpp"
#include "train/progress.hpp"
#include "train/score.hpp"

namespace graft::train {

struct TrainRequest {
    const pipeline::Pipeline& pipeline;
    model::Model& model;
    data::BatchSource& train;
    data::BatchSource* val;  ///< may be null: then train/loss is monitored
    at::Device device;
    std::string run_folder;  ///< checkpoints/ and model/ go below it
    core::EventSink& events;
    const std::atomic<bool>& stop;  ///< set by a signal: finish the step, save, return
    std::string resume_from;        ///< a checkpoint file; empty: begin
    /// Told when a phase begins or goes on, with the model in eval mode. May be empty.
    std::function<void(const model::Freezing&)> phase_begins = {};
    /// Hears what each epoch's evaluation predicts, before the epoch's event. May be empty.
    PredictionListener predicted = {};
};

struct TrainResult {
    bool interrupted = false;
    EpochScores best;
    EpochScores final_epoch;                ///< the last that ended
    std::vector<FreezeProof> freeze_proof;  ///< one a phase that has ended
    std::optional<Evaluation> best_evaluation;
    std::optional<double> best_value;         ///< of the monitor
    core::Json solved = core::Json::array();  ///< see Progress
};

/// Two batches of every phase through everything, backward pass, optimiser and evaluation among it; writes
/// nothing, and leaves the model changed. {"phases": [{"phase":..,"trainable":..,"steps":..,"loss":..,
/// "frozen_unchanged":..,"seconds":..}], "val": {"samples":..,"metrics":{..}}}. `val` may be null.
core::Json dry_run(model::Model& model, data::BatchSource& train, data::BatchSource* val,
                   const at::Device& device, const pipeline::Pipeline& pipeline);

/// Trains all phases, on a device that `prepare_computation` was told of. Sends the events of a training that
/// core/events.cpp lists, from "phase" on. On the CPU the same seed, build and thread count give the same
/// bytes. Throws Failure(training) for a loss that is not finite (best and last checkpoint stay as they were)
/// and for frozen tensors that changed.
TrainResult train(const TrainRequest& request);

}  // namespace graft::train
