// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "train/evaluation.hpp"
#include "train/optimizer.hpp"
#include "train/progress.hpp"
#include "train/store.hpp"
#include "train/trainer.hpp"

namespace graft::train {

/// Where a run goes on.
struct Resumed {
    Progress progress;
    PartialEvaluation evaluation;       ///< of the running epoch
    std::vector<MetricState> training;  ///< of its TrainScores
};

/// Takes the model's and the optimiser's tensors and what was learnt of the samples from the checkpoint
/// `request.resume_from`. `begun`: the progress of a run that begins, for what may not differ. Event:
/// "resumed". Throws Failure(pipeline) for other data or a course that may not change.
Resumed resume_run(const TrainRequest& request, const Progress& begun, std::int64_t steps_per_epoch,
                   Optimizer& optimizer, const Checkpoints& checkpoints);

}  // namespace graft::train
