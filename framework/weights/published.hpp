// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Published weight files and where they are kept: in torch hub's cache folder, so that what PyTorch has
// fetched is found, and what graft fetches serves PyTorch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace graft::weights {

struct Published {
    std::string file_name;
    std::string url;            ///< http or https
    std::string sha256_prefix;  ///< hexadecimal digits that the file's SHA-256 begins with
};

/// Who watches a fetch and may end it.
struct FetchControl {
    std::function<void(std::uint64_t bytes, std::uint64_t total)> progress = {};  ///< total 0: unknown
    std::function<bool()> stop = {};
    long stall_seconds = 30;  ///< without a byte, after which the connection is given up
};

/// $TORCH_HOME, else $XDG_CACHE_HOME/torch, else ~/.cache/torch; below it hub/checkpoints. Empty where
/// neither a variable nor HOME names one.
std::filesystem::path cache_folder();

/// The file in the cache; nothing when it is not there. Throws Failure(data) when its hash is another.
std::optional<std::filesystem::path> find_published(const Published& published);

/// Fetches the file into the cache unless it is there. A fetch that ended early goes on where it stopped;
/// what lies under the file's name is always whole and has the right hash, whenever this process or the
/// machine ends. Processes that want the same file wait for one another. Throws Failure(data) when it cannot
/// be had (the text says which file to put where), or control.stop ended it; the part stays then. Throws
/// Failure(system) when it cannot be written, or there is no cache folder.
std::filesystem::path find_or_fetch(const Published& published, const FetchControl& control = {});

}  // namespace graft::weights
