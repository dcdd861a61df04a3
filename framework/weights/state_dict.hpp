// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "weights/pickle.hpp"

namespace graft::weights {

/// Names a pickle's tensors: the keys of its state dict (also inside a training checkpoint, under the first
/// of state_dict, model_state_dict, model and net), or the attributes' paths of a TorchScript module. Fills
/// all of the file but the storages' bytes. Throws Failure(data) naming `source`.
WeightFile name_tensors(Pickle pickle, const std::string& source);

/// Refuses what sys_info calls big-endian.
void check_system(const Value& system, const std::string& source);

}  // namespace graft::weights
