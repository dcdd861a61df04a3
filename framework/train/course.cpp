// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/course.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/json_text.hpp"
#include "train/learning_rate.hpp"

namespace graft::train {
namespace {

using core::Json;

Json solve_json(const pipeline::Solve& solve) {
    Json json = {{"solve.use", solve.use}};
    if (solve.strength) {
        json["solve.strength"] = *solve.strength;
    } else if (solve.use == "linear") {
        json["solve.choose"] = solve.choose;
        json["solve.folds"] = solve.folds;
    }
    json["solve.tolerance"] = solve.tolerance;
    return json;
}

Json steps_json(const pipeline::Phase& phase) {
    const pipeline::Optimizer& optimizer = phase.optimizer;
    const pipeline::Schedule& schedule = phase.schedule;
    return {{"optimizer.use", optimizer.use},
            {"optimizer.lr", optimizer.learning_rate},
            {"optimizer.weight_decay", optimizer.weight_decay},
            {"optimizer.betas", optimizer.betas},
            {"optimizer.epsilon", optimizer.epsilon},
            {"optimizer.momentum", optimizer.momentum},
            {"optimizer.nesterov", optimizer.nesterov},
            {"schedule.use", schedule.use},
            {"schedule.warmup", schedule.warmup},
            {"schedule.every", schedule.every},
            {"schedule.factor", schedule.factor},
            {"schedule.minimum", schedule.minimum},
            {"early_stop.patience", phase.early_stop.patience},
            {"early_stop.minimum_change", phase.early_stop.minimum_change}};
}

Json phase_json(const pipeline::Phase& phase) {
    Json json = {{"epochs", phase.epochs}, {"freeze", phase.freeze}};
    if (phase.start != "last") {
        json["start"] = phase.start;
    }
    json.update(phase.solve ? solve_json(*phase.solve) : steps_json(phase));
    return json;
}

std::string sampler_text(const pipeline::SamplerRule& sampler) {
    std::string text = sampler.use;
    if (sampler.use == "classes") {
        text += fmt::format(" {} x {}", sampler.classes, sampler.samples);
    }
    return sampler.target.empty() ? text : text + " of " + sampler.target;
}

std::string shown(const Json& value) {
    return value.is_string() ? value.get<std::string>() : core::json_text(value);
}

/// "8 -> 16"; of a key that one side lacks "none".
std::string both(const Json& before, const Json& after, const std::string& key) {
    const auto text = [&](const Json& side) { return side.contains(key) ? shown(side[key]) : "none"; };
    return text(before) + " → " + text(after);
}

std::vector<std::string> differing_keys(const Json& before, const Json& after) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : after.items()) {
        if (key != "phases" && (!before.contains(key) || before[key] != value)) {
            keys.push_back(key);
        }
    }
    for (const auto& [key, value] : before.items()) {
        if (key != "phases" && !after.contains(key)) {
            keys.push_back(key);
        }
    }
    return keys;
}

std::size_t phases_begun(const Progress& progress) {
    return progress.phase + (progress.frozen_before.empty() ? 0 : 1);
}

/// Fewer epochs than these cannot be asked of the running phase.
std::int64_t least_epochs(const Progress& progress) {
    const bool inside = progress.step > 0 || progress.batches > 0;
    return progress.phase_epoch + (inside ? 1 : 0);
}

/// A phase that has begun.
void check_phase(const Json& before, const Json& after, std::size_t index, const Progress& progress,
                 core::Problems& problems) {
    const bool is_running = index == progress.phase;
    for (const std::string& key : differing_keys(before, after)) {
        const std::string values = both(before, after, key);
        if (key.starts_with("early_stop")) {
            continue;
        }
        if (key != "epochs" || !is_running) {
            problems.push_back({{},
                                fmt::format("phase {} has {}, so its {} stays as it is: {}", index + 1,
                                            is_running ? "begun" : "ended", key, values),
                                ""});
        } else if (after[key] < std::max<std::int64_t>(least_epochs(progress), 1)) {
            problems.push_back({{},
                                fmt::format("phase {} is in or after its epoch {}: it cannot have fewer: {}",
                                            index + 1, least_epochs(progress), values),
                                ""});
        }
    }
}

/// The rate of the last step that was taken, and of the one that comes; the last again where none comes.
std::string rates(const pipeline::Phase& before, const pipeline::Phase& after, const Progress& progress,
                  std::int64_t steps) {
    const std::int64_t next = progress.phase_epoch * steps + progress.step;
    const double now = learning_rate(after, next, steps);
    if (next == 0) {
        return fmt::format("it begins at {:.3g}", now);
    }
    return fmt::format("the learning rate was {:.3g} and goes on at {:.3g}",
                       learning_rate(before, next - 1, steps), now);
}

}  // namespace

const char* const may_change_on_resuming =
    "when a run goes on, these may change: the epochs of the running or last phase, phases that have not "
    "begun, early_stop, train.device, train.threads, time_limit, stall_limit, outputs; for anything else "
    "begin "
    "a new run";

Json course_of(const pipeline::Pipeline& pipeline) {
    const pipeline::Train& train = pipeline.train;
    Json course = {{"seed", pipeline.seed},
                   {"train.batch", train.batch},
                   {"train.accumulate", train.accumulate},
                   {"train.monitor", train.monitor},
                   {"train.deterministic", train.deterministic},
                   {"train.sampler", sampler_text(train.sampler)},
                   {"phases", Json::array()}};
    if (train.precision != "float32") {  // runs from before there was a choice do not name it
        course["train.precision"] = train.precision;
    }
    for (const pipeline::Phase& phase : train.phases) {
        course["phases"].push_back(phase_json(phase));
    }
    return course;
}

void check_course(const Json& saved, const Json& now, const Progress& progress, core::Problems& problems) {
    for (const std::string& key : differing_keys(saved, now)) {
        problems.push_back(
            {{}, fmt::format("{} stays as it is when a run goes on: {}", key, both(saved, now, key)), ""});
    }
    const Json& before = saved.at("phases");
    const Json& after = now.at("phases");
    for (std::size_t index = 0; index < std::min(phases_begun(progress), before.size()); ++index) {
        if (index < after.size()) {
            check_phase(before[index], after[index], index, progress, problems);
        } else {
            problems.push_back({{},
                                fmt::format("phase {} has begun, so it cannot be taken away: {} phases → {}",
                                            index + 1, before.size(), after.size()),
                                ""});
        }
    }
}

std::vector<std::string> changes_of_course(const Json& saved, const pipeline::Pipeline& now,
                                           const Progress& progress, std::int64_t steps_per_epoch) {
    std::vector<std::string> lines;
    const Json& before = saved.at("phases");
    const Json after = course_of(now).at("phases");
    for (std::size_t index = 0; index < after.size(); ++index) {
        if (index >= before.size()) {
            lines.push_back(
                fmt::format("phase {} is new: {} epochs", index + 1, shown(after[index]["epochs"])));
            continue;
        }
        for (const std::string& key : differing_keys(before[index], after[index])) {
            lines.push_back(
                fmt::format("phase {}: {} {}", index + 1, key, both(before[index], after[index], key)));
        }
    }
    for (std::size_t index = after.size(); index < before.size(); ++index) {
        lines.push_back(fmt::format("phase {} is left out", index + 1));
    }
    const pipeline::Phase& running = now.train.phases.at(progress.phase);
    pipeline::Phase as_before = running;
    as_before.epochs = before.at(progress.phase).at("epochs").get<std::int64_t>();
    const bool goes_on =
        !progress.phase_over || running.epochs > std::max(as_before.epochs, progress.phase_epoch);
    if (as_before.epochs != running.epochs && goes_on) {
        const bool fits = running.schedule.use == "cosine" || running.schedule.warmup > 0;
        lines.push_back(fmt::format("the {} schedule {} of phase {}; {}", running.schedule.use,
                                    fits ? fmt::format("is laid anew over the {} epochs", running.epochs)
                                         : std::string("does not depend on the number of epochs"),
                                    progress.phase + 1,
                                    rates(as_before, running, progress, steps_per_epoch)));
    }
    return lines;
}

}  // namespace graft::train
