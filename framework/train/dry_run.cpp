// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "core/problem.hpp"
#include "train/evaluation.hpp"
#include "train/learning_rate.hpp"
#include "train/monitor.hpp"
#include "train/reporter.hpp"
#include "train/solved_phase.hpp"
#include "train/step_runner.hpp"
#include "train/trainer.hpp"

namespace graft::train {
namespace {

constexpr std::int64_t tried_batches = 2;

/// Solves what two batches tell.
core::Json try_solving(model::Model& model, data::BatchSource& train, const at::Device& device,
                       const pipeline::Pipeline& pipeline, std::size_t index) {
    pipeline::Phase phase = pipeline.train.phases[index];
    phase.solve->strength = phase.solve->strength.value_or(1.0);
    core::Problems problems;
    const model::Freezing freezing = model::plan_freeze(model, phase, problems);
    model::set_mode(model, {}, false);
    const SolvePlan plan = plan_solve(model, phase, freezing, problems);
    core::throw_if_any(core::Category::pipeline, problems);
    LossTotals totals(model, device);
    const Stopwatch time;
    const std::string before = model::frozen_hash(model, freezing);
    const auto collected = collect(model, train, device, {1, tried_batches});
    solve_heads({model, phase, plan, *collected, nullptr, pipeline.seed, nullptr}, [](const std::string&) {});
    add_losses(model, *collected, device, totals);
    return {{"phase", index + 1},
            {"trainable", freezing.trainable_parameters},
            {"steps", 1},
            {"loss", totals.mean()},
            {"frozen_unchanged", before == model::frozen_hash(model, freezing)},
            {"seconds", time.seconds()}};
}

core::Json try_phase(model::Model& model, data::BatchSource& train, const at::Device& device,
                     const pipeline::Pipeline& pipeline, std::size_t index) {
    const pipeline::Phase& phase = pipeline.train.phases[index];
    if (phase.solve) {
        return try_solving(model, train, device, pipeline, index);
    }
    core::Problems problems;
    const model::Freezing freezing = model::plan_freeze(model, phase, problems);
    core::throw_if_any(core::Category::pipeline, problems);
    model::apply_freeze(model, freezing);
    model::set_mode(model, freezing, true);
    Optimizer optimizer;
    optimizer.begin(phase.optimizer, trainable_parameters(model, freezing), update_kernel(device));
    LossTotals totals(model, device);
    FiniteWatch watch(model, device);
    train.start(1);
    StepReader reader(batches_of(train), 1, pipeline.train.batch > 1,
                      {0, steps_per_epoch(train.size(), pipeline.train.batch, 1)});
    const Stopwatch time;
    const std::string before = model::frozen_hash(model, freezing);
    std::int64_t steps = 0;
    for (auto batches = reader.next(); batches && steps < tried_batches; batches = reader.next()) {
        if (batches->parts.empty()) {
            continue;
        }
        const double rate = learning_rate(phase, steps, tried_batches);
        StepOutcome outcome = take_step(
            {model, optimizer, freezing.frozen_stages, device, pipeline.seed, pipeline.features.augment},
            *batches, 1, ++steps, rate);
        totals.add(outcome.parts.front());
        watch.add(std::move(outcome));
    }
    watch.check();
    return {{"phase", index + 1},
            {"trainable", freezing.trainable_parameters},
            {"steps", steps},
            {"loss", totals.mean()},
            {"frozen_unchanged", before == model::frozen_hash(model, freezing)},
            {"seconds", time.seconds()}};
}

core::Json try_evaluation(model::Model& model, data::BatchSource& val, const at::Device& device) {
    model::set_mode(model, {}, false);
    Evaluator evaluator(model, device);
    val.start(1);
    for (std::int64_t count = 0; count < tried_batches; ++count) {
        if (const auto batch = val.next()) {
            evaluator.add(*batch);
        }
    }
    const Evaluation evaluation = evaluator.result();
    return {{"samples", evaluation.samples}, {"metrics", scores_to_json(evaluation.scores)}};
}

}  // namespace

core::Json dry_run(model::Model& model, data::BatchSource& train, data::BatchSource* val,
                   const at::Device& device, const pipeline::Pipeline& pipeline) {
    find_monitor(model, pipeline.train);
    core::Json result = {{"phases", core::Json::array()}};
    for (std::size_t index = 0; index < pipeline.train.phases.size(); ++index) {
        result["phases"].push_back(try_phase(model, train, device, pipeline, index));
    }
    if (val != nullptr) {
        result["val"] = try_evaluation(model, *val, device);
        val->check_bad_images(pipeline.data.bad_images);
    }
    train.check_bad_images(pipeline.data.bad_images);  // as the first epoch of a run would
    return result;
}

}  // namespace graft::train
