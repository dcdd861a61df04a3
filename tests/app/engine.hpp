// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <initializer_list>

namespace graft::tests {

/// Whether this build has the engine, and the folders of test plugins below tests/plugins; says that the case
/// skips where it has not.
inline bool has_engine(std::initializer_list<const char*> plugin_folders = {}) {
    namespace fs = std::filesystem;
    const fs::path build = GRAFT_TEST_BINARY;
    bool there = fs::exists(build / "bin/graft-engine");
    for (const char* folder : plugin_folders) {
        there = there && fs::exists(build / "tests/plugins" / folder);
    }
    if (!there) {
        MESSAGE("a light build has no engine and no plugins: skipped");
    }
    return there;
}

}  // namespace graft::tests
