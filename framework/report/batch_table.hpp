// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "core/event.hpp"
#include "report/screen.hpp"

namespace graft::report {

/// `graft show`: where the picture is, and the table of a batch where one was asked for.
std::string shown_text(const core::Json& result, const Screen& screen);

}  // namespace graft::report
