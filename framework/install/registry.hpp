// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A folder of plugins that others may add: sources beside an index.json,
//
//     {"graft_plugins": 1, "plugins": {"cosine_head": {
//         "source": "cosine_head-1.0.tar.gz", "sha256": "64 digits", "summary": "One sentence"}}}
#pragma once

#include <string>
#include <vector>

#include "install/source.hpp"

namespace graft::install {

/// A plugin that a registry names.
struct Offer {
    std::string name;
    std::string source;  ///< relative to the folder
    std::string sha256;  ///< as hash_of gives it
    std::string summary;
};

/// What a registry names, by name. `registry`: the folder, or its index file. Throws Failure(data) where
/// there is no index, or it makes no sense: each mistake with the plugin that it is of.
std::vector<Offer> offers_of(const std::string& registry);

/// The source of a plugin that a registry names. Throws Failure(pipeline) where it names none of that name,
/// Failure(data) where the source is not there, or another one than the index says.
Source offered_source(const std::string& registry, const std::string& name);

}  // namespace graft::install
