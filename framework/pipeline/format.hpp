// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The pipeline format as data: every key that the host reads, once. Validation, the reserved names of
// plugins' options, docs/pipeline.md and `graft help` come from these tables.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "graft/options.hpp"

namespace graft::pipeline {

/// A value that has a meaning of its own, such as a choice.
struct FormatWord {
    std::string name;
    std::string doc;  ///< one sentence, without a full stop
};

/// One key. `spec` types its value and bounds it; a value with a form of its own (`form`) is read by the
/// code of the section, which asks `spec` for the bounds.
struct FormatKey {
    OptionSpec spec;
    std::string example;    ///< the key in its section as a person would write it: "use: sgd, momentum: 0.9"
    std::string form = {};  ///< in words; "{}" stands for what `spec` allows. Empty: `spec` says it all
    std::string absent = {};   ///< what holds without the key, in words, where `spec` has no fallback
    std::string section = {};  ///< the section that the value is, or that each of its values is
    std::vector<std::string> only = {};  ///< values of the section's `use` that know this key; empty: all
    std::vector<FormatWord> words = {};  ///< every choice, and other values that mean something
    std::map<std::string, OptionValue> fallbacks = {};  ///< by the section's `use`, in place of spec.fallback
    std::size_t length = 0;                             ///< that a list must have; 0: any

    /// The key is an error beside another `use`.
    FormatKey goes_with(std::vector<std::string> uses) &&;
    FormatKey exactly(std::size_t items) &&;
    FormatKey with_fallbacks(std::map<std::string, OptionValue> by_use) &&;
    FormatKey when_absent(std::string what_holds) &&;
    FormatKey with_words(std::vector<FormatWord> values) &&;
    FormatKey described_in(std::string section_name) &&;
    FormatKey must() &&;
};

/// One section. In an open one, other keys stand beside these.
struct FormatSection {
    std::string name;
    std::string path;  ///< where it stands; NAME is any name, N a position: "train.phases.N"
    std::string doc;
    bool open = false;
    std::vector<FormatKey> keys;
    std::string others = "Options of the plugin stand beside these: `graft plugins ID` lists them";

    const FormatKey* find(std::string_view key) const;

    /// In the order of the table.
    std::vector<std::string> names() const;
};

/// Every section, in the order of docs/pipeline.md.
const std::vector<FormatSection>& format();

/// One of them; throws std::out_of_range for any other name.
const FormatSection& format_section(std::string_view name);

}  // namespace graft::pipeline
