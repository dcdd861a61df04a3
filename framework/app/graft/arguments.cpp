// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "arguments.hpp"

#include <iostream>

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include "core/names.hpp"
#include "core/problem.hpp"
#include "report/formatting.hpp"

namespace graft::app {
namespace {

namespace po = boost::program_options;

using Texts = std::vector<std::string>;

po::options_description described(const Usage& usage) {
    po::options_description options;
    options.add_options()("help,h", "");
    for (const OptionRow& row : usage.options) {
        if (row.value.empty()) {
            options.add_options()(row.name.c_str(), "");
        } else {
            options.add_options()(row.name.c_str(), po::value<Texts>(), "");
        }
    }
    options.add_options()("(words)", po::value<Texts>(), "");
    return options;
}

/// Names as the user would write them.
Texts option_names(const Usage& usage) {
    Texts names = {"--help"};
    for (const OptionRow& row : usage.options) {
        names.push_back("--" + row.name);
    }
    return names;
}

po::parsed_options parsed(const Usage& usage, const Texts& words) {
    po::positional_options_description positional;
    positional.add("(words)", -1);
    const po::options_description options = described(usage);
    // No guessing: an abbreviation that works today would break with the next option.
    const auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    try {
        return po::command_line_parser(words).options(options).positional(positional).style(style).run();
    } catch (const po::unknown_option& error) {
        refuse(usage, fmt::format("graft {} has no option '{}'", usage.command, error.get_option_name()),
               core::suggest(error.get_option_name(), option_names(usage)));
    } catch (const po::invalid_command_line_syntax& error) {
        const bool missing = error.kind() == po::invalid_syntax::missing_parameter;
        refuse(usage, error.get_option_name() + (missing ? " needs a value" : " takes no value"));
    } catch (const po::error& error) {
        refuse(usage, error.what());
    }
}

std::string help_text(const Usage& usage) {
    std::string text = "usage: graft " + usage.command;
    text += (usage.positional.empty() ? "" : " " + usage.positional) + " [options]\n\n" + usage.summary +
            "\n\noptions:\n";
    std::vector<Texts> rows;
    for (const OptionRow& row : usage.options) {
        rows.push_back({"--" + row.name + (row.value.empty() ? "" : " " + row.value),
                        row.doc + (row.many ? " (may be repeated)" : "")});
    }
    rows.push_back({"--help", "print this"});
    text += report::table(rows) + "\nexample:\n";
    std::size_t begin = 0;
    while (begin < usage.example.size()) {
        const std::size_t end = std::min(usage.example.find('\n', begin), usage.example.size());
        text += "  " + usage.example.substr(begin, end - begin) + "\n";
        begin = end + 1;
    }
    return text;
}

}  // namespace

std::string Arguments::one(const std::string& option) const {
    const auto found = values_.find(option);
    return found == values_.end() || found->second.empty() ? "" : found->second.back();
}

Texts Arguments::many(const std::string& option) const {
    const auto found = values_.find(option);
    return found == values_.end() ? Texts() : found->second;
}

void refuse(const Usage& usage, const std::string& message, const std::string& remedy) {
    const std::string more = fmt::format("`graft {} --help` tells what it takes", usage.command);
    throw core::Failure(core::Category::pipeline, message, remedy.empty() ? more : remedy + "\n  " + more);
}

std::optional<Arguments> parse(const Usage& usage, const Texts& words) {
    Arguments arguments;
    for (const po::option& option : parsed(usage, words).options) {
        if (option.string_key == "help") {
            std::cout << help_text(usage);
            return std::nullopt;
        }
        Texts& values =
            option.string_key == "(words)" ? arguments.positional_ : arguments.values_[option.string_key];
        values.insert(values.end(), option.value.begin(), option.value.end());
    }
    for (const OptionRow& row : usage.options) {
        if (!row.many && arguments.many(row.name).size() > 1) {
            refuse(usage, fmt::format("--{} is given twice", row.name));
        }
    }
    if (arguments.positional_.size() > usage.most_positional) {
        refuse(usage, fmt::format("graft {} does not know what to do with '{}'", usage.command,
                                  arguments.positional_[usage.most_positional]));
    }
    return arguments;
}

}  // namespace graft::app
