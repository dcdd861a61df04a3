// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `class_weights: balanced`: options of losses that the training counts fill in.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "model/model.hpp"
#include "plugin/registry.hpp"

namespace graft::model {

/// Takes the word `balanced` out of a loss's options, so that the loss can be made; `LossPart::balanced`
/// keeps which had it. It stands for numbers that the training counts tell: an option that is a list of reals
/// takes it when it is among the option's choices.
void defer_balanced(LossPart& loss, const OptionTable& table);

/// A number a class: n / (k n_c), for n samples of k classes that have any, as scikit-learn's
/// compute_class_weight("balanced") has it; 1 for a class without samples.
std::vector<double> balanced_weights(const std::vector<std::int64_t>& counts);

/// Makes losses that wait for counts anew. `counts_of(target)` gives the training samples of each class of
/// the schema's target; `recorded`, what an earlier call returned, is used instead where it has the loss.
/// Returns {LOSS: {OPTION: [..]}}, empty when no loss waits.
core::Json balance(Model& model, plugin::Registry& registry, std::uint64_t seed, const core::Json& recorded,
                   const std::function<std::vector<std::int64_t>(std::size_t target)>& counts_of);

}  // namespace graft::model
