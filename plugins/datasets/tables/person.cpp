// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "person.hpp"

#include "graft/error.hpp"
#include "listing.hpp"

namespace graft::tables {
namespace {

[[noreturn]] void refuse_pattern(const std::string& pattern, const std::string& why) {
    throw Error(ErrorKind::options, "`person` is '" + pattern + "', " + why +
                                        "; expected one with a single group around the name, such as "
                                        "'^(.+)_[0-9]+[.]'");
}

// libstdc++'s usual matcher tries alternatives one after the other, by recursion: a hostile or careless
// pattern takes it exponential time, a long name its whole stack. This one follows all of them at once; it
// has no back-references, which it refuses itself.
std::regex compile(const std::string& pattern) {
    constexpr std::size_t longest = 200;
    if (pattern.size() > longest) {
        refuse_pattern(pattern, "longer than 200 letters");
    }
    try {
        return std::regex(pattern, std::regex::ECMAScript | std::regex_constants::__polynomial);
    } catch (const std::regex_error& error) {
        refuse_pattern(pattern, std::string("no regular expression that graft takes (") + error.what() + ")");
    }
}

}  // namespace

OptionSpec PersonRule::option() {
    return option::text("person", "",
                        "regular expression whose group is a person's name in the file's, for "
                        "`split: {group: person}`; absent: every picture is another person's")
        .optional();
}

PersonRule::PersonRule(const Options& options) {
    if (options.has("person")) {
        pattern_ = options.text("person");
        rule_ = compile(pattern_);
        if (rule_->mark_count() != 1) {
            refuse_pattern(pattern_, "an expression with " + std::to_string(rule_->mark_count()) + " groups");
        }
    }
}

std::string PersonRule::person(const std::string& file) const {
    constexpr std::size_t longest = 1000;
    std::smatch match;
    if (!rule_) {
        return "";
    }
    if (file.size() > longest || !std::regex_search(file, match, *rule_) || match[1].length() == 0) {
        throw BadRecord{"names '" + file + "', in which `person` ('" + pattern_ + "') finds no name"};
    }
    return match[1];
}

}  // namespace graft::tables
