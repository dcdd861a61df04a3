// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace graft::core {

/// Gives a variable of an environment, or an empty text: environment_variable for the process' own.
using Variables = std::function<std::string(const char*)>;

/// The folder that the variable `name` gives, else `below_home` in the user's home; empty without HOME. The
/// XDG Base Directory Specification has relative paths ignored.
inline std::filesystem::path user_folder(const char* name, const char* below_home,
                                         const Variables& variables) {
    if (const std::filesystem::path given = variables(name); given.is_absolute()) {
        return given;
    }
    const std::filesystem::path home = variables("HOME");
    return home.is_absolute() ? home / below_home : std::filesystem::path();
}

/// Where a user's programs keep what they can make again.
inline std::filesystem::path user_cache_folder(const Variables& variables) {
    return user_folder("XDG_CACHE_HOME", ".cache", variables);
}

}  // namespace graft::core
