// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace graft::core {

/// Where a user's programs keep what they can make again: $XDG_CACHE_HOME, else ~/.cache; empty without HOME.
/// The XDG Base Directory Specification has relative paths ignored. `variable` gives a variable of the
/// environment, or an empty text (core::environment_variable).
inline std::filesystem::path user_cache_folder(const std::function<std::string(const char*)>& variable) {
    if (const std::filesystem::path cache = variable("XDG_CACHE_HOME"); cache.is_absolute()) {
        return cache;
    }
    const std::string home = variable("HOME");
    return home.empty() ? std::filesystem::path() : std::filesystem::path(home) / ".cache";
}

}  // namespace graft::core
