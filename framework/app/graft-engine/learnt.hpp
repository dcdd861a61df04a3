// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "command.hpp"
#include "composition.hpp"
#include "loaders.hpp"
#include "run_folder.hpp"

namespace graft::engine {

/// Writes into a run's record what predictions.csv has (`predictions`), what a constant answer would be by
/// the training targets (`constants`), and what the best epoch's predictions are worth beside it
/// (`against_constant`). Warns where they are worth no more. Reads the headers
/// of some pictures, where places are predicted.
void record_baselines(CommandContext& context, const model::Model& model, const Loaders& loaders,
                      RunFolder& folder);

}  // namespace graft::engine
