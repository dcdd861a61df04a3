// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "weights/choice.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "core/names.hpp"
#include "core/number_text.hpp"

namespace graft::weights {
namespace {

using Kind = Value::Kind;

/// Keys under which programs keep the weights that they train, the most usual first.
constexpr std::array<std::string_view, 8> usual_keys = {
    "state_dict", "model_state_dict", "model", "net", "network", "module", "params", "weights"};
/// Words in the keys of weights that follow others: averages over the training.
constexpr std::array<std::string_view, 8> words_of_averages = {"ema", "swa",     "averaged", "average",
                                                               "avg", "teacher", "momentum", "shadow"};
constexpr std::size_t deepest = 6;
constexpr std::size_t longest_list = 16;
constexpr std::size_t longest_key = 200;
constexpr std::size_t most_named = 20;

bool is_tensor(const Value& value) {
    return value.kind == Kind::tensor || value.kind == Kind::unread;
}

/// Whether its entries have a tensor among them.
bool holds_tensors(const Value& value) {
    return (value.kind == Kind::map || value.kind == Kind::object) &&
           std::any_of(value.entries.begin(), value.entries.end(),
                       [](const auto& entry) { return is_tensor(*entry.second); });
}

/// Finds every state dict below a value. Each value is looked at once, so that circles end.
class Search {
public:
    explicit Search(const Pickle& pickle) : pickle_(pickle) {}

    std::vector<StateDict> below(const Value& root) {
        visit_entries(root, "", 0);
        return std::move(found_);
    }

private:
    void visit(const Value& value, const std::string& path, std::size_t depth) {
        if (depth > deepest || !seen_.insert(&value).second) {
            return;
        }
        if (is_module(value) ? module_has_tensors(value, 0) : is_state_dict(value)) {
            found_.push_back({path, &value});
        } else {
            visit_entries(value, path, depth);
        }
    }

    void visit_entries(const Value& value, const std::string& path, std::size_t depth) {
        if (entry_of(value, "param_groups") != nullptr) {
            return;  // an optimiser's state
        }
        const std::string prefix = path.empty() ? "" : path + ".";
        for (const auto& [key, entry] : value.entries) {
            if (key->kind == Kind::text && key->text.size() <= longest_key) {
                visit(*entry, prefix + key->text, depth + 1);
            }
        }
        if (value.kind == Kind::sequence && value.items.size() <= longest_list) {
            for (std::size_t index = 0; index < value.items.size(); ++index) {
                visit(*value.items[index], prefix + std::to_string(index), depth + 1);
            }
        }
    }

    /// A dict of tensors of which one at least has sides: scores that programs keep have none.
    bool is_state_dict(const Value& value) const {
        return (value.kind == Kind::map || value.kind == Kind::object) &&
               std::any_of(value.entries.begin(), value.entries.end(), [this](const auto& entry) {
                   return entry.first->kind == Kind::text &&
                          (entry.second->kind == Kind::unread ||
                           (entry.second->kind == Kind::tensor &&
                            !pickle_.tensors[entry.second->index].shape.empty()));
               });
    }

    bool module_has_tensors(const Value& module, std::size_t depth) {
        for (const char* name : {"_parameters", "_buffers"}) {
            const Value* tensors = entry_of(module, name);
            if (tensors != nullptr && holds_tensors(*tensors)) {
                return true;
            }
        }
        const Value* children = entry_of(module, "_modules");
        constexpr std::size_t deepest_module = 64;
        return children != nullptr && depth < deepest_module &&
               std::any_of(children->entries.begin(), children->entries.end(), [&](const auto& child) {
                   return is_module(*child.second) && modules_.insert(child.second).second &&
                          module_has_tensors(*child.second, depth + 1);
               });
    }

    const Pickle& pickle_;
    std::set<const Value*> seen_;
    std::set<const Value*> modules_;
    std::vector<StateDict> found_;
};

std::vector<std::string> paths_of(const std::vector<StateDict>& dicts) {
    std::vector<std::string> paths;
    paths.reserve(dicts.size());
    for (const StateDict& dict : dicts) {
        paths.push_back(dict.path);
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

std::string shortened(std::vector<std::string> names) {
    const std::size_t count = names.size();
    names.resize(std::min(count, most_named));
    return core::listed(names) + (count > most_named ? fmt::format(" and {} more", count - most_named) : "");
}

/// The usual name at the path's end, by its place in the list; nothing for another.
std::optional<std::size_t> usual_rank(const std::string& path) {
    const std::size_t dot = path.rfind('.');
    const auto found = std::find(usual_keys.begin(), usual_keys.end(),
                                 std::string_view(path).substr(dot == std::string::npos ? 0 : dot + 1));
    return found == usual_keys.end() || is_of_averages(path)
               ? std::nullopt
               : std::optional<std::size_t>(found - usual_keys.begin());
}

/// The plain weights; null where it cannot be told.
const StateDict* plain_weights(const std::vector<StateDict>& found, const StateDict& root) {
    const StateDict* best = nullptr;
    const auto rank = [](const StateDict& dict) {
        return std::pair(std::count(dict.path.begin(), dict.path.end(), '.'), *usual_rank(dict.path));
    };
    for (const StateDict& dict : found) {
        if (usual_rank(dict.path) && (best == nullptr || rank(dict) < rank(*best))) {
            best = &dict;
        }
    }
    if (best != nullptr) {
        return best;
    }
    if (holds_tensors(*root.value)) {
        return &root;
    }
    if (found.size() == 1) {
        return &found.front();
    }
    for (const StateDict& dict : found) {
        if (!is_of_averages(dict.path)) {
            if (best != nullptr) {
                return nullptr;
            }
            best = &dict;
        }
    }
    return best;
}

core::Failure nothing(const Value& root, const std::string& source) {
    std::vector<std::string> names;
    for (const auto& [key, value] : root.entries) {
        if (key->kind == Kind::text) {
            names.push_back(key->text);
        }
    }
    std::sort(names.begin(), names.end());
    const bool is_single = root.entries.empty() && root.kind != Kind::map && root.kind != Kind::sequence;
    return refused(source,
                   is_single       ? "it holds a single value, no dict of tensors"
                   : names.empty() ? "it holds no tensors by name"
                                   : fmt::format("it holds no state dict; its keys are {}", shortened(names)),
                   "save the weights alone: torch.save(model.state_dict(), \"weights.pth\")");
}

/// The value under keys joined by dots, which may stand in keys, too; those of a list are its places.
const Value* walk(const Value& value, std::string_view path, std::size_t depth) {
    if (path.empty() || depth > deepest) {
        return path.empty() ? &value : nullptr;
    }
    const auto step = [&](const Value& below, std::size_t length) {
        return walk(below, path.substr(std::min(path.size(), length + 1)), depth + 1);
    };
    for (const auto& [key, entry] : value.entries) {
        const bool fits = key->kind == Kind::text && !key->text.empty() && path.starts_with(key->text) &&
                          (path.size() == key->text.size() || path[key->text.size()] == '.');
        if (const Value* found = fits ? step(*entry, key->text.size()) : nullptr; found != nullptr) {
            return found;
        }
    }
    const std::string_view first = path.substr(0, path.find('.'));
    const auto index = core::number_of_text<std::size_t>(first);
    const bool is_place = index && value.kind == Kind::sequence && *index < value.items.size();
    return is_place ? step(*value.items[*index], first.size()) : nullptr;
}

}  // namespace

bool is_module(const Value& value) {
    return value.kind == Kind::object && entry_of(value, "_modules") != nullptr &&
           entry_of(value, "_parameters") != nullptr;
}

const Value* entry_of(const Value& map, const std::string& name) {
    const auto found = std::find_if(map.entries.begin(), map.entries.end(), [&](const auto& entry) {
        return entry.first->kind == Kind::text && entry.first->text == name;
    });
    return found == map.entries.end() ? nullptr : found->second;
}

bool is_of_averages(const std::string& name) {
    for (std::size_t begin = 0; begin < name.size();) {
        const std::size_t end = std::min(name.find_first_of("._", begin), name.size());
        const std::string_view word = std::string_view(name).substr(begin, end - begin);
        if (std::find(words_of_averages.begin(), words_of_averages.end(), word) != words_of_averages.end()) {
            return true;
        }
        begin = end + 1;
    }
    return false;
}

Choice choose_state_dict(const Pickle& pickle, const StateDictChoice& choice, const std::string& source) {
    const StateDict root{"", pickle.root};
    if (is_module(*pickle.root) && choice.key.empty()) {
        return {root, {}};
    }
    std::vector<StateDict> found = Search(pickle).below(*pickle.root);
    StateDict taken;
    if (!choice.key.empty()) {
        taken = {choice.key, walk(*pickle.root, choice.key, 0)};
        if (taken.value == nullptr || (!is_module(*taken.value) && !holds_tensors(*taken.value))) {
            throw core::Failure(
                core::Category::pipeline,
                core::Problems{{choice.place,
                                fmt::format("'{}' has no state dict under '{}'", source, choice.key),
                                found.empty() ? "it has one only: leave `key` out"
                                              : core::suggest(choice.key, paths_of(found))}});
        }
    } else if (const StateDict* plain = plain_weights(found, root); plain != nullptr) {
        taken = *plain;
    } else if (found.empty()) {
        throw nothing(*pickle.root, source);
    } else {
        throw refused(source, fmt::format("it holds several state dicts: {}", shortened(paths_of(found))),
                      fmt::format("choose one: weights: {{file: ..., key: {}}}", paths_of(found).front()));
    }
    std::erase_if(found, [&](const StateDict& dict) { return dict.value == taken.value; });
    return {taken, paths_of(found)};
}

}  // namespace graft::weights
