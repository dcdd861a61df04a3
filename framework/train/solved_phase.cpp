// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/solved_phase.hpp"

#include <algorithm>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/problem.hpp"
#include "solve/class_means.hpp"
#include "solve/strength.hpp"
#include "train/loss_form.hpp"

namespace graft::train {
namespace {

using core::Json;

const char* method_of(solve::Term term) {
    switch (term) {
        case solve::Term::softmax:
        case solve::Term::sigmoid:
            return "logistic regression";
        case solve::Term::squares:
            return "ridge regression";
        case solve::Term::absolutes:
            break;
    }
    return "least absolute errors";
}

/// The class of a sample, where it has one; folds spread every class evenly.
std::vector<std::int64_t> strata_of(const solve::Targets& targets) {
    at::Tensor strata = at::zeros({targets.wanted.size(0)}, at::kLong);
    if (targets.term == solve::Term::softmax) {
        strata = targets.wanted.argmax(1);
    } else if (targets.term == solve::Term::sigmoid && targets.wanted.size(1) == 1) {
        strata = (targets.wanted.squeeze(1) > 0.5).to(at::kLong);
    }
    const std::int64_t* numbers = strata.contiguous().const_data_ptr<std::int64_t>();
    return {numbers, numbers + strata.numel()};
}

/// One output of a phase.
class OutputSolver {
public:
    OutputSolver(const SolveRequest& request, const OutputToSolve& wanted)
        : request_(request),
          wanted_(wanted),
          part_(request.model.heads()[wanted.head]),
          rule_(*request.phase.solve),
          samples_(labelled_features(request.train)) {}

    Json run(const std::function<void(const std::string&)>& warn) {
        Json found = {{"head", part_.name}, {"output", part_.ports.outputs[wanted_.output].name}};
        if (rule_.use == "nearest_mean") {
            found["method"] = "nearest mean of a class";
            wanted_.layer.take(solve::nearest_class_mean(samples_));
            return found;
        }
        const solve::Solution solution = solved();
        found["method"] = method_of(samples_.targets.term);
        found["strength"] = solution.strength;
        found["chosen_by"] = rule_.strength ? "the pipeline" : by_val() ? "validation" : "folds";
        for (const solve::Trial& trial : solution.trials) {
            if (trial.strength == solution.strength) {
                // The solver halves squares, which the loss does not.
                found["loss"] = (samples_.targets.term == solve::Term::squares ? 2 : 1) * trial.loss;
            }
        }
        if (!solution.reached) {
            warn(
                fmt::format("head '{}': the weights are not known to the tolerance {}: they are as near as "
                            "double precision or the number of steps allows",
                            part_.name, rule_.tolerance));
        }
        wanted_.layer.take(solution.linear);
        return found;
    }

private:
    solve::LabelledFeatures labelled_features(const Collected& collected) const {
        const model::LossPart& loss = part_.losses.at(wanted_.loss);
        const Column& encoded = collected.targets[wanted_.head].at(wanted_.output);
        const at::Device device = wanted_.layer.weight.device();
        const auto targets = targets_of(part_, loss, {encoded.values.to(device), encoded.present.to(device)});
        if (!targets) {
            throw core::Failure(
                core::Category::plugin,
                fmt::format("the loss {} of head '{}' compares these samples in another way than "
                            "others",
                            loss.id, part_.name),
                "such a loss cannot be solved; train the head in steps");
        }
        const at::Tensor basis = part_.head.basis(collected.features[wanted_.head].front());
        return {basis.to(at::kDouble), *targets};
    }

    solve::Effort effort() const { return {rule_.tolerance, request_.stop}; }
    bool by_val() const { return request_.val != nullptr && chooses_by_val(rule_); }

    solve::Solution solved() const {
        if (rule_.strength) {
            return solve::solve_at(samples_, *rule_.strength, effort());
        }
        if (by_val()) {
            return solve::solve_by_judge(samples_, labelled_features(*request_.val), effort());
        }
        const at::Tensor folds = solve::stratified_folds(request_.train.ids, strata_of(samples_.targets),
                                                         rule_.folds, request_.seed);
        return solve::solve_by_folds(samples_, folds, rule_.folds, effort());
    }

    const SolveRequest& request_;
    const OutputToSolve& wanted_;
    const model::HeadPart& part_;
    const pipeline::Solve& rule_;
    solve::LabelledFeatures samples_;
};

/// What a head learns that keeps samples, apart from outputs that are solved; null: it has those.
Json keep_samples(const SolveRequest& request, std::size_t head) {
    const at::NoGradGuard no_gradients;
    const model::HeadPart& part = request.model.heads()[head];
    const at::Tensor& features = request.train.features[head].front();
    part.head.keep_samples(features, request.train.targets[head]);
    if (part.head.basis(features.narrow(0, 0, 1)).defined()) {
        return nullptr;
    }
    return {{"head", part.name},
            {"output", part.ports.outputs.front().name},
            {"method", "kept samples"},
            {"samples", request.train.samples()}};
}

}  // namespace

bool chooses_by_val(const pipeline::Solve& solve) {
    return solve.use == "linear" && !solve.strength && solve.choose != "folds";
}

core::Json solve_heads(const SolveRequest& request, const std::function<void(const std::string&)>& warn) {
    Json found = Json::array();
    for (const std::size_t head : request.plan.keepers) {
        if (Json kept = keep_samples(request, head); !kept.is_null()) {
            found.push_back(std::move(kept));
        }
    }
    for (const OutputToSolve& output : request.plan.outputs) {
        found.push_back(OutputSolver(request, output).run(warn));
    }
    return found;
}

}  // namespace graft::train
