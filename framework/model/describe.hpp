// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "core/event.hpp"
#include "model/freeze.hpp"

namespace graft::model {

/// {"total":..,"trainable":..,"phases":[{"phase":..,"trainable":..}]}: `trainable` is of the first phase.
core::Json parameters_json(const std::vector<Freezing>& phases);

/// {"name":..,"parameters":{..},"stages":[{"name","output","parameters","frozen"}],
/// "heads":[{"name","use","reads","targets","parameters","frozen","outputs":[{"name","shape"}],"losses"}]}.
/// `frozen` is of the first phase.
core::Json describe(const Model& model, const std::vector<Freezing>& phases, const std::string& name);

}  // namespace graft::model
