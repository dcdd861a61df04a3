// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "core/problem.hpp"
#include "graft/options.hpp"
#include "pipeline/format.hpp"
#include "pipeline/node.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::pipeline {

/// Reads one map by the tables of the format: unknown keys, types, ranges, keys that do not go with the
/// section's `use`, required ones. Problems go where the constructor was told.
class Section {
public:
    /// Where a section stands: its path in the file, and the place that a missing key is reported at.
    struct Site {
        std::string path;
        core::Place place;
    };

    /// `tables`: sections of the format whose keys may stand here together.
    Section(const Node& node, Site site, const std::vector<std::string>& tables, core::Problems& problems);

    bool is_map() const { return node_.is_map(); }
    const Node& node() const { return node_; }
    core::Problems& problems() const { return problems_; }
    const core::Place& place() const { return site_.place; }

    /// Every key without a form of its own: as given, or its fallback.
    const Options& values() const { return values_; }

    /// The format's description of a key that one of the tables has.
    const FormatKey& described(const std::string& key) const { return *known(key); }

    /// The node of a key, or null.
    const Node* find(const std::string& key) const { return node_.is_map() ? node_.find(key) : nullptr; }

    /// "train.batch".
    std::string label(const std::string& key) const {
        return site_.path.empty() ? key : site_.path + "." + key;
    }
    Site below(const std::string& key) const { return {label(key), node_.key_place(key)}; }

    /// Adds a problem at a key's value.
    void refuse(const std::string& key, std::string message, std::string remedy = "") const;

    /// The section as one with `use`.
    Use use() const;

private:
    const FormatKey* known(const std::string& key) const;
    void refuse_form() const;
    void check_keys() const;
    void check_belonging() const;
    void read_values(core::Problems& problems);

    const Node& node_;
    Site site_;
    std::vector<const FormatSection*> tables_;
    core::Problems& problems_;
    Options values_;
};

/// Reads `table`'s keys of a map; absent ones get their fallback, absent required ones are problems at
/// `site.place`.
std::map<std::string, OptionValue> read_table(const Node& map, const OptionTable& table,
                                              const Section::Site& site, core::Problems& problems);

/// {use: TEXT} of a short form like `optimizer: adam`; any other node as it is.
Node long_form(const Node& node);

}  // namespace graft::pipeline
