// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>

#include "core/event.hpp"
#include "report/screen.hpp"

namespace graft::report {

/// The result of `graft audit`: what was found, at most `top` of each kind, and which files it wrote.
std::string audit_text(const core::Json& result, std::size_t top, const Screen& screen);

}  // namespace graft::report
