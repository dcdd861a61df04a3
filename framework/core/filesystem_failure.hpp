// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>

#include <fmt/format.h>

#include "core/problem.hpp"
#include "core/text.hpp"

namespace graft::core {

/// A path that the system refuses to look up (a link to itself, a name that is too long, a folder that may
/// not be entered) is no fault of graft's.
inline Failure failure_of(const std::filesystem::filesystem_error& error) {
    return {
        Category::system,
        fmt::format("'{}' cannot be looked up: {}", legible(error.path1().string()), error.code().message()),
        "mend the path or its permissions, or name another"};
}

}  // namespace graft::core
