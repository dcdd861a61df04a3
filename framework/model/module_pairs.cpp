// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/module_pairs.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace graft::model {
namespace {

/// Counts of batches say nothing, and some files lack them.
bool is_counter(const std::string& leaf) {
    return leaf == "num_batches_tracked";
}

Path words_of(const std::string& name) {
    Path words;
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::size_t dot = std::min(name.find('.', begin), name.size());
        words.push_back(name.substr(begin, dot - begin));
        begin = dot + 1;
    }
    return words;
}

/// A module with tensors of its own.
struct ModuleTensors {
    Path path;
    std::set<std::string> leaves;  ///< "weight [64, 3, 7, 7]"
};

/// In the order in which they come.
std::vector<ModuleTensors> modules_of(const std::vector<NamedShape>& tensors) {
    std::vector<ModuleTensors> modules;
    std::map<Path, std::size_t> known;
    for (const NamedShape& tensor : tensors) {
        Path path = words_of(tensor.name);
        const std::string leaf = path.back();
        path.pop_back();
        if (is_counter(leaf)) {
            continue;
        }
        const auto [place, added] = known.try_emplace(path, modules.size());
        if (added) {
            modules.push_back({path, {}});
        }
        modules[place->second].leaves.insert(fmt::format("{} [{}]", leaf, fmt::join(tensor.shape, ", ")));
    }
    return modules;
}

Path below(const Path& path, std::size_t depth) {
    return {path.begin() + static_cast<std::ptrdiff_t>(depth), path.end()};
}

Path head(const Path& path, std::size_t depth) {
    return {path.begin(), path.begin() + static_cast<std::ptrdiff_t>(depth)};
}

/// All that lies below a path: the rest of each module's path, with its leaves.
using Tree = std::vector<std::pair<Path, std::set<std::string>>>;

/// Every path of modules, and what lies below it; in the order in which they come.
std::vector<std::pair<Path, Tree>> trees_of(const std::vector<ModuleTensors>& modules) {
    std::map<Path, std::size_t> known;
    std::vector<std::pair<Path, Tree>> trees;
    for (const ModuleTensors& module : modules) {
        for (std::size_t depth = 1; depth <= module.path.size(); ++depth) {
            const auto [place, added] = known.try_emplace(head(module.path, depth), trees.size());
            if (added) {
                trees.push_back({head(module.path, depth), {}});
            }
            trees[place->second].second.emplace_back(below(module.path, depth), module.leaves);
        }
    }
    for (auto& [path, tree] : trees) {
        std::sort(tree.begin(), tree.end());
    }
    return trees;
}

bool lies_in(const Path& path, const Path& other) {
    return path.size() >= other.size() && head(path, other.size()) == other;
}

bool touches(const Path& path, const std::vector<Path>& taken) {
    return std::any_of(taken.begin(), taken.end(),
                       [&](const Path& other) { return lies_in(path, other) || lies_in(other, path); });
}

/// Sorts siblings that differ in their number only ("layer.0", "layer.1"); says whether they are such.
bool sort_numbered(std::vector<Path>& paths) {
    std::map<std::size_t, Path> by_number;
    std::set<Path> without;
    for (Path path : paths) {
        const std::string& last = path.back();
        const std::size_t first = last.find_last_not_of("0123456789") + 1;  // npos + 1 is 0
        constexpr std::size_t longest = 6;
        if (first == last.size() || last.size() - first > longest) {
            return false;
        }
        by_number.emplace(std::stoul(last.substr(first)), path);
        path.back().resize(first);
        without.insert(path);
    }
    if (without.size() != 1 || by_number.size() != paths.size()) {
        return false;
    }
    paths.clear();
    for (const auto& [number, path] : by_number) {
        paths.push_back(path);
    }
    return true;
}

}  // namespace

std::vector<ModulePair> pairs_by_order(const std::vector<NamedShape>& have,
                                       const std::vector<NamedShape>& wanted) {
    const std::vector<ModuleTensors> mine = modules_of(wanted);
    const std::vector<ModuleTensors> theirs = modules_of(have);
    for (std::size_t begin = 0; begin + mine.size() <= theirs.size(); ++begin) {
        const bool fits =
            std::equal(mine.begin(), mine.end(), theirs.begin() + static_cast<std::ptrdiff_t>(begin),
                       [](const ModuleTensors& left, const ModuleTensors& right) {
                           return left.leaves == right.leaves;
                       });
        if (fits) {
            std::vector<ModulePair> pairs;
            for (std::size_t index = 0; index < mine.size(); ++index) {
                pairs.push_back({theirs[begin + index].path, mine[index].path});
            }
            return pairs;
        }
    }
    return {};
}

std::vector<ModulePair> pairs_by_trees(const std::vector<NamedShape>& have,
                                       const std::vector<NamedShape>& wanted) {
    const std::vector<ModuleTensors> my_modules = modules_of(wanted);
    const std::vector<ModuleTensors> their_modules = modules_of(have);
    std::map<Tree, std::vector<Path>> theirs;
    for (auto& [path, tree] : trees_of(their_modules)) {
        theirs[tree].push_back(path);
    }
    std::vector<std::pair<Path, Tree>> mine = trees_of(my_modules);
    std::stable_sort(mine.begin(), mine.end(), [](const auto& left, const auto& right) {
        return left.second.size() > right.second.size();  // the largest trees say the most
    });
    std::vector<ModulePair> pairs;
    std::vector<Path> done;
    std::vector<Path> taken;
    for (const auto& [path, tree] : mine) {
        if (touches(path, done)) {
            continue;
        }
        std::vector<Path> alike;
        for (const auto& [other, other_tree] : mine) {
            if (other_tree == tree && !touches(other, done)) {
                alike.push_back(other);
            }
        }
        std::vector<Path> candidates = theirs[tree];
        std::erase_if(candidates, [&](const Path& candidate) { return touches(candidate, taken); });
        if (candidates.empty()) {
            continue;  // its children may find theirs
        }
        const bool is_clear = candidates.size() == alike.size() &&
                              (alike.size() == 1 || (sort_numbered(candidates) && sort_numbered(alike)));
        if (!is_clear) {
            return {};
        }
        for (std::size_t index = 0; index < alike.size(); ++index) {
            done.push_back(alike[index]);
            taken.push_back(candidates[index]);
            for (const auto& [rest, leaves] : tree) {
                ModulePair pair{candidates[index], alike[index]};
                pair.have.insert(pair.have.end(), rest.begin(), rest.end());
                pair.wanted.insert(pair.wanted.end(), rest.begin(), rest.end());
                pairs.push_back(pair);
            }
        }
    }
    if (const auto top = std::find_if(my_modules.begin(), my_modules.end(),
                                      [](const ModuleTensors& module) { return module.path.empty(); });
        top != my_modules.end()) {  // tensors of the network itself
        const auto same = [&](const ModuleTensors& module) { return module.leaves == top->leaves; };
        if (std::count_if(their_modules.begin(), their_modules.end(), same) == 1) {
            pairs.push_back({std::find_if(their_modules.begin(), their_modules.end(), same)->path, {}});
        }
    }
    return pairs.size() == my_modules.size() ? pairs : std::vector<ModulePair>{};
}

}  // namespace graft::model
