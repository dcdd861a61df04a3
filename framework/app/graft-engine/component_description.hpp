// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "core/event.hpp"
#include "plugin/registry.hpp"

namespace graft::engine {

/// A table of options for programs: names, types, bounds, defaults, sentences.
core::Json options_json(const OptionTable& table);

/// What only a component's kind can tell: stages, ports, targets. Throws Failure(plugin) for faults of it.
core::Json ports_json(const plugin::ComponentHandle& component);

/// The component of that id with options, ports and example; a list where several kinds have it. Throws
/// Failure(plugin) when none has.
core::Json describe_component(plugin::Registry& registry, const std::string& id);

}  // namespace graft::engine
