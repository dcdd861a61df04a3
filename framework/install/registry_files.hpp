// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace graft::install {

/// Gets what lies at a https address into a file. Throws Failure(system) where it cannot be had, or is
/// longer.
using Fetch =
    std::function<void(const std::string& url, const std::filesystem::path& file, std::uint64_t most_bytes)>;

/// Where a registry is, as graft keeps it: a https address as it is, of a path or a file:// address the
/// absolute path. Throws Failure(pipeline) for other addresses, and for one with a query.
std::string registry_place(const std::string& written);

/// Whether a place is another machine's.
bool is_remote(const std::string& place);

/// The files of a registry by their names in its folder, wherever that is.
class RegistryFiles {
public:
    /// `place`: as registry_place gives it: the folder, or its index.
    RegistryFiles(const std::string& place, Fetch fetch);

    /// The name of the index.
    const std::string& index() const { return index_; }

    /// Where a file is: its path or its address.
    std::string place_of(const std::string& name) const;

    /// Whether the index is there; true of another machine, which is not asked.
    bool may_be_there() const;

    /// What a file holds. Throws Failure(data | system) where it cannot be had, or is longer.
    std::string read(const std::string& name, std::uint64_t most_bytes) const;

    /// The path of a file or folder; what another machine has is fetched into `scratch` before. Throws
    /// Failure(data) where a local index is not there, Failure(system) as Fetch; any other local path is
    /// given unchecked.
    std::filesystem::path get(const std::string& name, std::uint64_t most_bytes,
                              const std::filesystem::path& scratch) const;

private:
    bool is_remote_;
    std::string folder_;  ///< an address ends with a slash
    std::string index_;
    Fetch fetch_;
};

}  // namespace graft::install
