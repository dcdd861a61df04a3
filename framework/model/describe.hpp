// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "core/event.hpp"
#include "model/freeze.hpp"

namespace graft::model {

/// {"name":..,"parameters":{"total":..,"trainable":..},"stages":[{"name","output","parameters","frozen"}],
/// "heads":[{"name","use","reads","targets","parameters","frozen","outputs":[{"name","shape"}],"losses"}]}.
core::Json describe(const Model& model, const Freezing& freezing, const std::string& name);

}  // namespace graft::model
