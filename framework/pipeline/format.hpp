// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The pipeline format as data: every key that the host reads, once. Validation, the reserved names of
// plugins' options, documentation and completion come from these tables.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "graft/options.hpp"

namespace graft::pipeline {

/// One key. `spec` types its value, unless the value has a form of its own (`form`, in words), which the
/// code of the section reads.
struct FormatKey {
    OptionSpec spec;
    std::string form = {};               ///< "a list of phases"; empty: `spec` says it all
    std::vector<std::string> only = {};  ///< values of the section's `use` that know this key; empty: all
    bool planned = false;                ///< belongs to a later version: an error that says so
};

/// One section. In an open one, a plugin's options stand beside these keys.
struct FormatSection {
    std::string name;
    std::string doc;
    bool open = false;
    std::vector<FormatKey> keys;

    const FormatKey* find(std::string_view key) const;

    /// In the order of the table; planned ones left out.
    std::vector<std::string> names() const;
};

/// Every section: pipeline, data, split, image, augment, backbone, weights, head, loss, train, sampler,
/// phase, optimizer, schedule, early_stop.
const std::vector<FormatSection>& format();

/// One of them; throws std::out_of_range for any other name.
const FormatSection& format_section(std::string_view name);

}  // namespace graft::pipeline
