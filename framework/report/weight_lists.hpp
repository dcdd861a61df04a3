// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What `graft weights` prints, from the engine's results.
#pragma once

#include <string>

#include "core/event.hpp"
#include "report/screen.hpp"

namespace graft::report {

/// The results of `graft weights list`, `inspect`, `fetch` and `convert`.
std::string weight_list_text(const core::Json& result, const Screen& screen);
std::string weight_file_text(const core::Json& result, const Screen& screen);
std::string fetched_text(const core::Json& result, const Screen& screen);
std::string converted_text(const core::Json& result, const Screen& screen);

}  // namespace graft::report
