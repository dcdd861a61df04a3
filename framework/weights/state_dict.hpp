// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "weights/pickle.hpp"

namespace graft::weights {

/// Names a pickle's tensors: the keys of the state dict chosen (choose_state_dict), the paths of a pickled
/// module's parameters and buffers, or of a TorchScript module's attributes. Fills all of the file but the
/// storages' bytes. Throws Failure(data) naming `source`, Failure(pipeline) for a choice that is not there.
WeightFile name_tensors(Pickle pickle, const StateDictChoice& choice, const std::string& source);

/// Refuses what sys_info calls big-endian.
void check_system(const Value& system, const std::string& source);

}  // namespace graft::weights
