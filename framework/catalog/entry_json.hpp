// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "catalog/catalog.hpp"
#include "core/event.hpp"

namespace graft::catalog {

/// A list of `kind`, `id`, `version`, `summary`: how a plugin's components are told and recorded. Any thread.
core::Json to_json(const std::vector<Entry>& entries);

}  // namespace graft::catalog
