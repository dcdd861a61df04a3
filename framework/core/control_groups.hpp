// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace graft::core {

/// A folder with the limits of a control group.
struct ControlGroup {
    std::filesystem::path folder;
    int version = 2;
};

/// The control groups (versions 1 and 2) that bind this process by a controller ("memory", "cpu"): its own
/// and all above. `root`: where /proc and /sys are looked for. Thread-safety: any thread.
std::vector<ControlGroup> control_groups(const std::string& controller, const std::filesystem::path& root);

}  // namespace graft::core
