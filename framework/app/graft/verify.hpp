// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "arguments.hpp"
#include "console.hpp"

namespace graft::app {

/// The options of `graft plugins` that go with --verify.
std::vector<OptionRow> verify_options();

/// `graft plugins --verify FILE`: puts every component of one library through the cases of its kind and
/// prints what became of each as it goes. The exit code: 0 where none failed, 3 where one did. Throws
/// Failure(pipeline) for options that cannot be meant.
int verify_plugin(const Usage& usage, const Arguments& arguments, const Console& console);

/// Refuses options that do nothing without --verify.
void refuse_verify_options(const Usage& usage, const Arguments& arguments);

}  // namespace graft::app
