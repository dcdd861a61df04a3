// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A folder of plugins that others may add, on a disk or at a https address: sources beside an index.json,
//
//     {"graft_plugins": 1, "plugins": {"cosine_head": {
//         "source": "cosine_head-1.0.tar.gz", "sha256": "64 digits", "summary": "One sentence"}}}
//
// and, where it is signed, an index.json.sig (signature.hpp). Whoever signs an index signs the sources, too:
// their hashes are in it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "install/registry_files.hpp"
#include "install/source.hpp"

namespace graft::install {

/// A registry, and what its user holds it to.
struct PluginRegistry {
    std::string place;  ///< as registry_place gives it; empty: there is none
    std::string key;    ///< of read_public_key, by which its index must be signed; empty: it need not be
};

/// A plugin that a registry names.
struct Offer {
    std::string name;
    std::string source;  ///< relative to the folder
    std::string sha256;  ///< as hash_of gives it
    std::string summary;
};

/// What a registry names, by name. Throws Failure(data) where there is no index, it is not signed as it must
/// be, or it makes no sense: each mistake with the plugin that it is of. Failure(system) where another
/// machine's cannot be had.
std::vector<Offer> offers_of(const PluginRegistry& registry, const Fetch& fetch);

/// What it names so. Throws as offers_of, and Failure(pipeline) where there is none of that name.
Offer offer_of(const PluginRegistry& registry, const std::string& name, const Fetch& fetch);

/// The source of an offer; what another machine has is fetched into `scratch`. Throws Failure(data) where it
/// is not there, or another one than the index says. Failure(system) where another machine's cannot be had.
FoundSource offered_source(const PluginRegistry& registry, const Offer& offer, const Fetch& fetch,
                           const std::filesystem::path& scratch);

}  // namespace graft::install
