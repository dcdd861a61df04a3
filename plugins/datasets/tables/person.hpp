// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <regex>
#include <string>

#include "graft/options.hpp"

namespace graft::tables {

/// The rule that makes a person's name of a file's name. Any thread.
class PersonRule {
public:
    static OptionSpec option();

    /// Throws Error(options) for what is no regular expression with one group.
    explicit PersonRule(const Options& options);

    /// The person, or "" when there is no rule. Throws BadRecord for a name that the rule does not fit.
    std::string person(const std::string& file) const;

private:
    std::string pattern_;
    std::optional<std::regex> rule_;
};

}  // namespace graft::tables
