// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "core/event.hpp"
#include "report/screen.hpp"

namespace graft::report {

/// `graft predict`: a row an image, from the data of `prediction` events.
std::string predictions_text(const std::vector<core::Json>& predictions, const Screen& screen);

}  // namespace graft::report
