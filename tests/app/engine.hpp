// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "support/skip.hpp"
#include "support/temporary_folder.hpp"

namespace graft::tests {

/// Whether this build has the engine, and the folders of test plugins below tests/plugins; the case skips
/// where it has not (a light build has neither).
inline bool has_engine(std::initializer_list<const char*> plugin_folders = {}) {
    std::vector<std::string> needed = {"bin/graft-engine"};
    for (const char* folder : plugin_folders) {
        needed.push_back(std::string("tests/plugins/") + folder);
    }
    for (const std::string& name : needed) {
        if (!std::filesystem::exists(std::filesystem::path(GRAFT_TEST_BINARY) / name)) {
            skip(name + " is not in this build");
            return false;
        }
    }
    return true;
}

inline bool has_hostile_plugins() {
    return has_engine({"hostile"});
}

/// More threads only wait for each other where networks are this small.
inline const ScopedVariable one_thread("OMP_NUM_THREADS", "1");

}  // namespace graft::tests
