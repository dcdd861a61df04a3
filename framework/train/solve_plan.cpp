// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/solve_plan.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/names.hpp"
#include "target/kind.hpp"
#include "train/loss_form.hpp"

namespace graft::train {
namespace {

/// Three samples of which everything is known, in the space of each output.
std::vector<Column> known_targets(const model::HeadPart& head) {
    const at::NoGradGuard no_gradients;
    std::vector<Column> columns = head.head.encode(
        target::blank_targets(head.context.targets, 3, {head.context.height, head.context.width}));
    for (Column& column : columns) {
        if (column.values.defined()) {
            column = {at::zeros_like(column.values), at::ones_like(column.present)};
        }
    }
    return columns;
}

class Planner {
public:
    Planner(const model::Model& model, const pipeline::Phase& phase, const model::Freezing& freezing,
            core::Problems& problems)
        : model_(model),
          phase_(phase),
          trainable_(freezing.trainable.begin(), freezing.trainable.end()),
          frozen_(freezing.frozen.begin(), freezing.frozen.end()),
          problems_(problems) {}

    SolvePlan plan() {
        refuse_other_parts();
        for (std::size_t head = 0; head < model_.heads().size(); ++head) {
            plan_head(head);
        }
        return std::move(plan_);
    }

private:
    void refuse(std::string message, std::string remedy) {
        problems_.push_back({phase_.solve->place, std::move(message), std::move(remedy)});
    }

    void refuse_other_parts() {
        std::set<std::string> parts;
        for (const std::string& path : trainable_) {
            if (!path.starts_with("heads.")) {
                parts.insert(path.substr(0, path.find('.')));
            }
        }
        if (!parts.empty()) {
            const std::vector<std::string> names(parts.begin(), parts.end());
            refuse(fmt::format("only heads can be solved, and the phase leaves parts of {} to train",
                               core::listed(names)),
                   fmt::format("write freeze: [{}] in this phase, or train it in steps",
                               fmt::join(names, ", ")));
        }
    }

    void plan_head(std::size_t index) {
        const model::HeadPart& part = model_.heads()[index];
        const std::string prefix = "heads." + part.name + ".";
        std::set<std::string> open;  // what nothing solves so far
        std::copy_if(trainable_.begin(), trainable_.end(), std::inserter(open, open.end()),
                     [&](const std::string& path) { return path.starts_with(prefix); });
        const auto is_its = [&](const std::string& path) { return path.starts_with(prefix); };
        if (part.head.keeps_samples() && std::none_of(frozen_.begin(), frozen_.end(), is_its)) {
            plan_.keepers.push_back(index);
        }
        if (open.empty()) {
            return;
        }
        const std::vector<Column> targets = known_targets(part);
        for (std::size_t output = 0; output < part.ports.outputs.size(); ++output) {
            const auto layer = linear_output(model_, index, output);
            if (!layer) {
                refuse(fmt::format("the output '{}' of head '{}' ({}) is not linear in what the head reads",
                                   part.ports.outputs[output].name, part.name, part.id),
                       "a solved head reads one feature x and gives x W^T + b of one weight and one bias: no "
                       "hidden layers, no activation behind it; or train it in steps");
                return;
            }
            const bool trains = open.erase(layer->weight_path) + open.erase(layer->bias_path) > 0;
            const auto loss = trains ? loss_of(part, output, targets) : std::nullopt;
            if (loss) {
                plan_.outputs.push_back({index, output, *loss, *layer});
            }
        }
        if (!open.empty()) {
            refuse(fmt::format("head '{}' ({}) has more to train than its linear outputs: {}", part.name,
                               part.id, core::listed({open.begin(), open.end()})),
                   "freeze that, choose a head without it, or train it in steps");
        }
    }

    /// The one loss of an output that something is learned from, of a form that can be solved.
    std::optional<std::size_t> loss_of(const model::HeadPart& part, std::size_t output,
                                       const std::vector<Column>& targets) {
        std::vector<std::size_t> losses;
        for (std::size_t index = 0; index < part.losses.size(); ++index) {
            const model::LossPart& loss = part.losses[index];
            const bool joins =
                std::find(loss.outputs.begin(), loss.outputs.end(), output) != loss.outputs.end();
            if (joins && loss.weight > 0) {
                losses.push_back(index);
            }
        }
        const std::string name =
            fmt::format("the output '{}' of head '{}'", part.ports.outputs[output].name, part.name);
        if (losses.size() != 1) {
            refuse(fmt::format("{} has {} losses of a weight above 0; a solved output has one", name,
                               losses.size()),
                   "keep one, or train it in steps");
            return std::nullopt;
        }
        const model::LossPart& loss = part.losses[losses.front()];
        const auto form = targets_of(part, loss, targets.at(output));
        if (!form) {
            refuse(fmt::format("{} cannot be solved under the loss {}", name, loss.id),
                   "cross entropy of classes or labels, squared and absolute errors can be (cross_entropy, "
                   "bce, mse, l1); or train it in steps");
            return std::nullopt;
        }
        const bool classes = form->term == solve::Term::softmax || form->term == solve::Term::sigmoid;
        if (phase_.solve->use == "nearest_mean" && !classes) {
            refuse(fmt::format("{} is of values; nearest_mean is for classes", name), "write use: linear");
            return std::nullopt;
        }
        return losses.front();
    }

    const model::Model& model_;
    const pipeline::Phase& phase_;
    const std::set<std::string> trainable_;
    const std::set<std::string> frozen_;
    core::Problems& problems_;
    SolvePlan plan_;
};

}  // namespace

SolvePlan plan_solve(const model::Model& model, const pipeline::Phase& phase, const model::Freezing& freezing,
                     core::Problems& problems) {
    return Planner(model, phase, freezing, problems).plan();
}

void check_solve(model::Model& model, const pipeline::Train& train, core::Problems& problems) {
    for (const pipeline::Phase& phase : train.phases) {
        if (phase.solve) {
            core::Problems told_already;
            model::set_mode(model, {}, false);
            const std::size_t before = problems.size();
            const SolvePlan plan =
                plan_solve(model, phase, model::plan_freeze(model, phase, told_already), problems);
            if (plan.is_empty() && problems.size() == before) {
                problems.push_back(
                    {phase.place, "the phase leaves nothing to solve", "leave a head unfrozen"});
            }
        }
    }
}

}  // namespace graft::train
