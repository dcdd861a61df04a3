// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Which of the state dicts in a training checkpoint is meant.
#pragma once

#include <string>
#include <vector>

#include "weights/pickle.hpp"

namespace graft::weights {

struct StateDict {
    std::string path;  ///< keys from the outside, joined by dots: "model", "callbacks.average.state_dict"
    const Value* value = nullptr;  ///< a dict of tensors, or a module
};

struct Choice {
    StateDict taken;
    std::vector<std::string> alternatives;  ///< paths of the others
};

/// Whether it is a pickled torch.nn.Module.
bool is_module(const Value& value);

/// A dict's or object's entry; null where there is none.
const Value* entry_of(const Value& map, const std::string& name);

/// The one of `choice.key`; without it the plain weights: under a usual name (state_dict, model, ...), the
/// root itself, or the only one that is no average of weights. Throws Failure(data) where there is none or it
/// cannot be told, Failure(pipeline) where the key names none; both list those that are there.
Choice choose_state_dict(const Pickle& pickle, const StateDictChoice& choice, const std::string& source);

}  // namespace graft::weights
