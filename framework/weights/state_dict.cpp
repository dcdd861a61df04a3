// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "weights/state_dict.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "weights/choice.hpp"
#include "weights/containers.hpp"

namespace graft::weights {
namespace {

using Kind = Value::Kind;
using Entries = std::map<std::string, const Value*>;

constexpr std::size_t deepest_module = 64;
constexpr std::size_t most_tensors = 100'000;

/// The entries under text keys, each once.
Entries text_entries(const Value& map, const std::string& source) {
    Entries entries;
    for (const auto& [key, value] : map.entries) {
        if (key->kind == Kind::text && !entries.emplace(key->text, value).second) {
            throw refused(source, fmt::format("it names '{}' twice", key->text));
        }
    }
    return entries;
}

class Namer {
public:
    Namer(Pickle& pickle, const std::string& source) : pickle_(pickle), source_(source) {}

    WeightFile take() {
        std::sort(file_.tensors.begin(), file_.tensors.end(),
                  [](const Tensor& left, const Tensor& right) { return left.name < right.name; });
        if (file_.tensors.empty() && !file_.unread.empty()) {
            const auto& [name, type] = *file_.unread.begin();
            throw refused(
                source_,
                fmt::format("'{}' is of the type {}, and tensors of that type are not read", name, type),
                "convert the tensors to float32 before they are saved");
        }
        if (file_.tensors.empty()) {
            throw refused(source_, "it holds no tensors by name",
                          "save the weights alone: torch.save(model.state_dict(), \"weights.pth\")");
        }
        file_.storages = std::move(pickle_.storages);
        file_.foreign.assign(pickle_.foreign.begin(), pickle_.foreign.end());
        return std::move(file_);
    }

    void add_chosen(const StateDictChoice& wanted) {
        const Choice choice = choose_state_dict(pickle_, wanted, source_);
        file_.wrapper = choice.taken.path;
        file_.alternatives = choice.alternatives;
        if (is_module(*choice.taken.value)) {
            file_.module_class = choice.taken.value->text;
            add_module(*choice.taken.value, "", 0);
        } else {
            add_state_dict(*choice.taken.value);
        }
        if (choice.taken.value != pickle_.root) {
            add_others(choice);
        }
    }

    /// Attributes of a TorchScript module, of those below it, and so on.
    void add_script(const Value& object, const std::string& prefix, std::size_t depth) {
        enter(depth);
        for (const auto& [name, value] : text_entries(object, source_)) {
            if (value->kind == Kind::object) {
                add_script(*value, prefix + name + ".", depth + 1);
            } else {
                add(prefix + name, *value);
            }
        }
    }

private:
    /// One module in many places would be walked again and again.
    void enter(std::size_t depth) {
        if (depth > deepest_module) {
            throw refused(source_, fmt::format("its modules nest more than {} deep", deepest_module));
        }
        if (++modules_ > most_tensors) {
            throw refused(source_, fmt::format("it has more than {} modules", most_tensors));
        }
    }

    void add_state_dict(const Value& map) {
        for (const auto& [name, value] : text_entries(map, source_)) {
            if (!add(name, *value)) {
                file_.others.push_back(name);
            }
        }
    }

    /// What lies beside the state dict in a training checkpoint, but for other state dicts.
    void add_others(const Choice& choice) {
        const auto leads_to = [](const std::string& path, const std::string& name) {
            return path == name || path.starts_with(name + ".");
        };
        for (const auto& [name, value] : text_entries(*pickle_.root, source_)) {
            const std::string& key = name;
            if (!leads_to(choice.taken.path, key) &&
                std::none_of(choice.alternatives.begin(), choice.alternatives.end(),
                             [&](const std::string& path) { return leads_to(path, key); })) {
                file_.others.push_back(key);
            }
        }
    }

    /// As a module's state_dict() names them: parameters, buffers that are to be saved, those of its
    /// children.
    void add_module(const Value& module, const std::string& prefix, std::size_t depth) {
        enter(depth);
        std::set<std::string> unsaved;
        if (const Value* names = entry_of(module, "_non_persistent_buffers_set"); names != nullptr) {
            for (const Value* name : names->items) {
                unsaved.insert(name->text);
            }
        }
        for (const char* kind : {"_parameters", "_buffers"}) {
            const Value* tensors = entry_of(module, kind);
            for (const auto& [name, value] :
                 tensors != nullptr ? text_entries(*tensors, source_) : Entries{}) {
                if (!unsaved.contains(name)) {
                    add(prefix + name, *value);
                }
            }
        }
        for (const auto& [name, child] : text_entries(*entry_of(module, "_modules"), source_)) {
            if (is_module(*child)) {
                add_module(*child, prefix + name + ".", depth + 1);
            }
        }
    }

    /// Adds a tensor; says whether it was one.
    bool add(const std::string& name, const Value& value) {
        if (value.kind == Kind::unread) {
            file_.unread.emplace(name, value.text);
            return true;
        }
        if (value.kind != Kind::tensor) {
            return false;
        }
        if (file_.tensors.size() >= most_tensors) {
            throw refused(source_, fmt::format("it has more than {} tensors", most_tensors));
        }
        Tensor tensor = pickle_.tensors.at(value.index);
        tensor.name = name;
        tensor.position = value.index;
        file_.tensors.push_back(std::move(tensor));
        return true;
    }

    Pickle& pickle_;
    const std::string& source_;
    WeightFile file_;
    std::size_t modules_ = 0;
};

}  // namespace

void check_system(const Value& system, const std::string& source) {
    for (const auto& [key, value] : system.entries) {
        if (key->kind == Value::Kind::text && key->text == "little_endian" && value->integer != 1) {
            throw refused(source, "its numbers are big-endian, only little-endian ones are read",
                          "save it again on a little-endian machine");
        }
    }
}

WeightFile name_tensors(Pickle pickle, const StateDictChoice& choice, const std::string& source) {
    Namer namer(pickle, source);
    if (pickle.dialect == Dialect::torchscript && pickle.root->kind == Kind::object) {
        refuse_choice(choice, "a TorchScript file", source);
        namer.add_script(*pickle.root, "", 0);
    } else {
        namer.add_chosen(choice);
    }
    return namer.take();
}

}  // namespace graft::weights
