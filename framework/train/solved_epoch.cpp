// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/solved_epoch.hpp"

#include <optional>
#include <utility>

#include "solve/path.hpp"
#include "train/collected.hpp"
#include "train/solved_phase.hpp"

namespace graft::train {
namespace {

void solve_outputs(const SolvedEpoch& epoch, const Collected& train, const Collected* val,
                   Progress& progress) {
    const TrainRequest& request = epoch.request;
    core::Problems problems;
    const SolvePlan plan = plan_solve(request.model, epoch.phase, epoch.freezing, problems);
    core::throw_if_any(core::Category::pipeline, problems);
    const SolveRequest wanted{request.model, epoch.phase,           plan,         train,
                              val,           request.pipeline.seed, &request.stop};
    for (core::Json& found : solve_heads(wanted, epoch.warn)) {
        found["phase"] = progress.phase + 1;
        request.events.emit({"solved", found});
        progress.solved.push_back(std::move(found));
    }
}

}  // namespace

bool run_solved_epoch(const SolvedEpoch& epoch, Progress& progress, LossTotals& totals) {
    const TrainRequest& request = epoch.request;
    if (progress.step > 0) {
        return true;
    }
    model::set_mode(request.model, {}, false);
    const auto tell = [&](const Collected& so_far) {
        epoch.reporter.stepped({progress.epoch + 1, epoch.epochs, request.train.position(),
                                request.train.batches(), so_far.samples(), epoch.time.seconds()});
    };
    const auto train =
        collect(request.model, request.train, request.device, {progress.epoch + 1, 0, &request.stop, tell});
    const bool needs_val = request.val != nullptr && chooses_by_val(*epoch.phase.solve);
    const auto val = train && needs_val
                         ? collect(request.model, *request.val, request.device, {1, 0, &request.stop})
                         : std::nullopt;
    if (!train || (needs_val && !val)) {
        return false;
    }
    try {
        solve_outputs(epoch, *train, val ? &*val : nullptr, progress);
    } catch (const solve::Stopped&) {
        return false;
    }
    add_losses(request.model, *train, request.device, totals);
    progress.step = 1;
    progress.samples = train->samples();
    progress.sums = totals.sums();
    progress.seconds = epoch.time.seconds();
    return true;
}

}  // namespace graft::train
