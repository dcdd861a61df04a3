// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Which LibTorch the engine runs with. A build and `cmake --install` name one; a package (tools/package)
// takes the one of a Python that is here, so this looks for it: in files alone, no Python runs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace graft::jobs {

struct LibTorch {
    std::filesystem::path folder;  ///< holds include/ and lib/
    std::string version;           ///< "2.11.0"
    bool has_cuda = false;         ///< its part for GPUs is there
    bool is_linked = false;        ///< the engine finds it by itself
    std::string place;             ///< in words: "beside graft"
};

/// The folder with this program's bin/, lib/ and share/.
std::filesystem::path installed_tree();

/// The LibTorch of $GRAFT_LIBTORCH, or the first that will do: the one that this tree names
/// (lib/graft/libtorch.json) or holds, one beside it, of the Python that graft is installed in, what
/// tools/fetch-libtorch fetched, of the Python on the PATH, of the user, of the system. Nothing in a build
/// without an engine. Throws Failure(system), which names what was found and why it will not do.
std::optional<LibTorch> find_libtorch();

}  // namespace graft::jobs
