// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/resuming.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "model/weights.hpp"
#include "train/course.hpp"
#include "train/step_runner.hpp"

namespace graft::train {
namespace {

using core::Json;

/// A checkpoint of format 1 tells less, and stands at the next phase as soon as one has ended.
void complete_format_1(const Progress& begun, const std::vector<pipeline::Phase>& phases,
                       Progress& progress) {
    progress.course = begun.course;
    progress.val_samples = begun.val_samples;
    if (progress.phase > 0 && progress.frozen_before.empty()) {
        --progress.phase;
        progress.phase_over = true;
        progress.phase_epoch = phases.at(progress.phase).epochs;
    }
}

void check(const Progress& saved, const Progress& begun) {
    core::Problems problems;
    for (const auto& [set, before, now] : {std::tuple{"training", saved.train_samples, begun.train_samples},
                                           {"validation", saved.val_samples, begun.val_samples}}) {
        if (before != now) {
            problems.push_back(
                {{},
                 fmt::format("the run began with {} {} samples; now there are {}", before, set, now),
                 "a run goes on with the data that it began with"});
        }
    }
    check_course(saved.course, begun.course, saved, problems);
    if (!problems.empty()) {
        problems.back().remedy +=
            (problems.back().remedy.empty() ? "" : "\n  ") + std::string(may_change_on_resuming);
    }
    core::throw_if_any(core::Category::pipeline, problems);
}

/// Tells where the run goes on and what is other now.
void take_new_course(const TrainRequest& request, const Json& course, std::int64_t steps_per_epoch,
                     Progress& progress) {
    const Json before = std::exchange(progress.course, course);
    request.events.emit(
        {"resumed",
         {{"epoch", progress.epoch},
          {"step", progress.step},
          {"changes", changes_of_course(before, request.pipeline, progress, steps_per_epoch)}}});
    const std::int64_t epochs = request.pipeline.train.phases[progress.phase].epochs;
    const auto epochs_before = before.at("phases").at(progress.phase).at("epochs").get<std::int64_t>();
    if (progress.phase_over && epochs > std::max(epochs_before, progress.phase_epoch)) {
        progress.reopen_phase();
    }
}

}  // namespace

Resumed resume_run(const TrainRequest& request, const Progress& begun, std::int64_t steps_per_epoch,
                   Optimizer& optimizer, const Checkpoints& checkpoints) {
    const std::vector<pipeline::Phase>& phases = request.pipeline.train.phases;
    SavedRun saved = read_run_to_resume(request.resume_from);
    if (saved.progress.course.is_null()) {
        complete_format_1(begun, phases, saved.progress);
    }
    check(saved.progress, begun);
    model::load_tensors(request.model, saved.model, request.resume_from);
    // Every parameter is offered; the phase that goes on keeps what it trains.
    optimizer.begin(phases[saved.progress.phase].optimizer, all_parameters(request.model),
                    update_kernel(request.device));
    optimizer.load_state(saved.optimizer, request.resume_from);
    if (!saved.known.train_statistics.empty()) {
        request.train.restore_statistics(saved.known.train_statistics);
    }
    if (request.val != nullptr && !saved.known.val_statistics.empty()) {
        request.val->restore_statistics(saved.known.val_statistics);
    }
    take_new_course(request, begun.course, steps_per_epoch, saved.progress);
    if (request.resume_from != checkpoints.last()) {
        // `best` was further on: a kill came before its `last`.
        core::make_folder(checkpoints.last().parent_path());
        core::write_atomically(checkpoints.last(), core::read_file(request.resume_from));
    }
    return {std::move(saved.progress), std::move(saved.known.evaluation), std::move(saved.known.training)};
}

}  // namespace graft::train
