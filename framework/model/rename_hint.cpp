// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/rename_hint.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "model/module_pairs.hpp"

namespace graft::model {
namespace {

constexpr std::size_t most_rules = 40;
constexpr std::size_t rules_in_a_line = 4;

/// A change of a name's beginning ("layers.0" to "layer1"), or of what stands before its leaf.
struct Change {
    Path from;
    Path to;

    bool operator<(const Change& other) const { return std::tie(from, to) < std::tie(other.from, other.to); }
};

bool begins_with(const Path& path, const Path& beginning) {
    return path.size() >= beginning.size() && std::equal(beginning.begin(), beginning.end(), path.begin());
}

std::string dotted(const Path& path) {
    return fmt::format("{}", fmt::join(path, "."));
}

bool is_number(const std::string& word) {
    return !word.empty() &&
           std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Behind the count-th number of a path, from 1; 0: at its end. Nothing where it has not so many.
std::optional<std::size_t> behind_number(const Path& path, std::size_t count) {
    if (count == 0) {
        return path.size();
    }
    for (std::size_t index = 0; index < path.size(); ++index) {
        if (is_number(path[index]) && --count == 0) {
            return index + 1;
        }
    }
    return std::nullopt;
}

/// Without the words that both end with; each side that has words keeps one.
Change trimmed(Change change) {
    while (change.from.size() > 1 && change.to.size() > 1 && change.from.back() == change.to.back()) {
        change.from.pop_back();
        change.to.pop_back();
    }
    return change;
}

/// A text that a regular expression takes as it is; names with anything unusual have no pattern here.
std::string escaped(const std::string& text) {
    std::string pattern;
    for (const char c : text) {
        pattern += c == '.' ? "\\." : std::string(1, c);
    }
    return pattern;
}

bool is_usual(const Path& path) {
    return std::all_of(path.begin(), path.end(), [](const std::string& word) {
        return std::all_of(word.begin(), word.end(),
                           [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
    });
}

/// The last number in a text, and what stands around it.
struct Numbered {
    std::string before;
    std::string number;
    std::string after;
};
std::optional<Numbered> numbered(const std::string& text) {
    const std::size_t last = text.find_last_of("0123456789");
    if (last == std::string::npos) {
        return std::nullopt;
    }
    const std::size_t before = text.find_last_not_of("0123456789", last);
    const std::size_t first = before == std::string::npos ? 0 : before + 1;
    return Numbered{text.substr(0, first), text.substr(first, last + 1 - first), text.substr(last + 1)};
}

pipeline::Rename beginning_rule(const Change& change) {
    const std::string to = change.to.empty() ? "" : dotted(change.to) + ".";
    return {"^" + escaped(dotted(change.from)) + "\\.", to, {}};
}

/// Changes of beginnings as rules: those that carry a number over become one. Each comes before those that
/// would find what it makes, and after those that are more special.
std::optional<RenameRules> beginning_rules(std::vector<Change> changes) {
    RenameRules rules;
    const auto must_follow = [](const Change& later, const Change& first) {
        return begins_with(first.from, later.from) || begins_with(later.to, first.from) ||
               begins_with(first.from, later.to);
    };
    std::map<std::pair<std::string, std::string>, std::vector<Change>> families;
    for (const Change& change : changes) {
        const auto from = numbered(dotted(change.from));
        const auto to = numbered(dotted(change.to));
        if (from && to && from->number == to->number) {
            families[{escaped(from->before) + "(\\d+)" + escaped(from->after),
                      to->before + "\\1" + to->after}]
                .push_back(change);
        }
    }
    RenameRules last;
    for (const auto& family : families) {
        const std::vector<Change>& members = family.second;
        if (members.size() > 1) {
            last.push_back({"^" + family.first.first + "\\.", family.first.second + ".", {}});
            std::erase_if(changes, [&](const Change& change) {
                return std::any_of(members.begin(), members.end(),
                                   [&](const Change& member) { return member.from == change.from; });
            });
        }
    }
    while (!changes.empty()) {
        const auto next = std::find_if(changes.begin(), changes.end(), [&](const Change& candidate) {
            return std::none_of(changes.begin(), changes.end(), [&](const Change& other) {
                return &other != &candidate && must_follow(candidate, other);
            });
        });
        if (next == changes.end()) {
            return std::nullopt;  // they go round in circles
        }
        rules.push_back(beginning_rule(*next));
        changes.erase(next);
    }
    rules.insert(rules.end(), last.begin(), last.end());
    return rules;
}

/// The most frequent `to` of each `from`.
std::map<Path, Path> usual_changes(const std::vector<Change>& changes) {
    std::map<Path, std::map<Path, std::size_t>> counts;
    for (const Change& change : changes) {
        ++counts[change.from][change.to];
    }
    std::map<Path, Path> usual;
    for (const auto& [from, targets] : counts) {
        usual[from] =
            std::max_element(targets.begin(), targets.end(), [](const auto& left, const auto& right) {
                return left.second < right.second;
            })->first;
    }
    return usual;
}

/// Rules where each path is cut behind its numbers of these counts: the beginnings change, the rest of the
/// path changes everywhere alike, and what does not go with the most stands first, whole.
std::optional<RenameRules> rules_of(const std::vector<ModulePair>& pairs, std::size_t have_number,
                                    std::size_t wanted_number) {
    std::vector<Change> beginnings;
    std::vector<Change> ends;
    for (const ModulePair& pair : pairs) {
        const auto have = behind_number(pair.have, have_number);
        const auto wanted = behind_number(pair.wanted, wanted_number);
        const bool is_cut = have && wanted;
        const auto from = pair.have.begin() + static_cast<std::ptrdiff_t>(is_cut ? *have : pair.have.size());
        const auto to =
            pair.wanted.begin() + static_cast<std::ptrdiff_t>(is_cut ? *wanted : pair.wanted.size());
        beginnings.push_back(trimmed({{pair.have.begin(), from}, {pair.wanted.begin(), to}}));
        ends.push_back({{from, pair.have.end()}, {to, pair.wanted.end()}});
    }
    const std::map<Path, Path> usual_beginnings = usual_changes(beginnings);
    const std::map<Path, Path> usual_ends = usual_changes(ends);
    RenameRules rules;
    for (std::size_t index = 0; index < pairs.size(); ++index) {
        if (usual_beginnings.at(beginnings[index].from) != beginnings[index].to ||
            usual_ends.at(ends[index].from) != ends[index].to) {
            rules.push_back(beginning_rule({pairs[index].have, pairs[index].wanted}));
        }
    }
    for (const auto& [from, to] : usual_ends) {
        if (from.empty() != to.empty()) {
            return std::nullopt;
        }
        if (from != to) {
            rules.push_back({"\\." + escaped(dotted(from)) + "\\.", "." + dotted(to) + ".", {}});
        }
    }
    std::vector<Change> changes;
    for (const auto& [from, to] : usual_beginnings) {
        if (from != to) {
            changes.push_back({from, to});
        }
    }
    const auto more = beginning_rules(std::move(changes));
    if (!more || rules.size() + more->size() > most_rules) {
        return std::nullopt;
    }
    rules.insert(rules.end(), more->begin(), more->end());
    return rules;
}

/// How many words all modules of the file begin with.
std::size_t common_words(const std::vector<ModulePair>& pairs) {
    std::size_t count = 0;
    while (std::all_of(pairs.begin(), pairs.end(), [&](const ModulePair& pair) {
        return pair.have.size() > count && pair.have[count] == pairs.front().have[count];
    })) {
        ++count;
    }
    return count;
}

void add_guesses(const std::vector<ModulePair>& pairs, const RenameRules& first,
                 std::vector<RenameRules>& guesses) {
    constexpr std::array<std::pair<std::size_t, std::size_t>, 7> cuts = {
        {{0, 0}, {1, 1}, {2, 1}, {3, 1}, {1, 2}, {2, 2}, {3, 2}}};
    for (const auto& [have_number, wanted_number] : cuts) {
        if (const auto rules = rules_of(pairs, have_number, wanted_number)) {
            RenameRules all = first;
            all.insert(all.end(), rules->begin(), rules->end());
            guesses.push_back(all);
        }
    }
}

}  // namespace

std::vector<RenameRules> guess_renames(const std::vector<NamedShape>& have,
                                       const std::vector<NamedShape>& wanted) {
    std::vector<RenameRules> guesses;
    for (std::vector<ModulePair> pairs : {pairs_by_order(have, wanted), pairs_by_trees(have, wanted)}) {
        const bool is_plain = std::all_of(pairs.begin(), pairs.end(), [](const ModulePair& pair) {
            return is_usual(pair.have) && is_usual(pair.wanted);
        });
        if (pairs.empty() || !is_plain) {
            continue;
        }
        add_guesses(pairs, {}, guesses);
        if (const std::size_t count = common_words(pairs); count > 0) {
            const Path& one = pairs.front().have;
            const Path prefix(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(count));
            for (ModulePair& pair : pairs) {
                pair.have.erase(pair.have.begin(), pair.have.begin() + static_cast<std::ptrdiff_t>(count));
            }
            add_guesses(pairs, {beginning_rule({prefix, {}})}, guesses);
        }
    }
    std::erase_if(guesses, [](const RenameRules& rules) { return rules.empty(); });
    std::stable_sort(guesses.begin(), guesses.end(), [](const RenameRules& left, const RenameRules& right) {
        return left.size() < right.size();
    });
    return guesses;
}

std::string rename_text(const RenameRules& rules) {
    std::vector<std::string> entries;
    for (const pipeline::Rename& rule : rules) {
        entries.push_back(fmt::format("'{}': '{}'", rule.pattern, rule.replacement));
    }
    return rules.size() <= rules_in_a_line ? fmt::format("rename: {{{}}}", fmt::join(entries, ", "))
                                           : fmt::format("rename:\n    {}", fmt::join(entries, "\n    "));
}

}  // namespace graft::model
