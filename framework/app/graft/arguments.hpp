// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace graft::app {

/// An option of a command, declared once: what parses it also prints the help.
struct OptionRow {
    std::string name;   ///< without the dashes
    std::string value;  ///< "DIR"; empty: a switch
    std::string doc;
    bool many = false;  ///< may be given again
};

/// What a command takes.
struct Usage {
    std::string command;
    std::string positional;           ///< "PIPELINE..."; empty: none
    std::size_t most_positional = 0;  ///< -1: any number
    std::string summary;
    std::vector<OptionRow> options;  ///< --help comes by itself
    std::string example;             ///< a line or several
};

class Arguments {
public:
    bool has(const std::string& option) const { return values_.count(option) > 0; }
    std::string one(const std::string& option) const;
    std::vector<std::string> many(const std::string& option) const;
    const std::vector<std::string>& positional() const { return positional_; }

private:
    friend std::optional<Arguments> parse(const Usage& usage, const std::vector<std::string>& words);

    std::map<std::string, std::vector<std::string>> values_;
    std::vector<std::string> positional_;
};

/// Nothing when --help was asked for; then it has been printed. Throws Failure(pipeline), the category of
/// wrong usage, for an unknown option (with the nearest name), a missing value, too many words.
std::optional<Arguments> parse(const Usage& usage, const std::vector<std::string>& words);

/// Throws Failure(pipeline) for wrong usage of the command, with a hint at its help.
[[noreturn]] void refuse(const Usage& usage, const std::string& message, const std::string& remedy = "");

}  // namespace graft::app
