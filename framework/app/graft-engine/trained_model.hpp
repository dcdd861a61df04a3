// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "command.hpp"
#include "model/model.hpp"
#include "plugin/registry.hpp"

namespace graft::engine {

/// The model of a run, on the CPU in eval mode: its model/ when it has finished, else its best epoch so far,
/// which a warning says. Throws Failure(data), naming the command that goes on, where no epoch has ended.
model::Model open_model(const CommandContext& context, const std::string& run, plugin::Registry& registry);

}  // namespace graft::engine
