// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "weights/state_dict.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/names.hpp"

namespace graft::weights {
namespace {

using Kind = Value::Kind;
using Entries = std::map<std::string, const Value*>;

constexpr std::array checkpoint_keys = {"state_dict", "model_state_dict", "model", "net"};
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

bool holds_tensors(const Value& value) {
    return (value.kind == Kind::map || value.kind == Kind::object) &&
           std::any_of(value.entries.begin(), value.entries.end(),
                       [](const auto& entry) { return entry.second->kind == Kind::tensor; });
}

class Namer {
public:
    Namer(Pickle& pickle, const std::string& source) : pickle_(pickle), source_(source) {}

    WeightFile take() {
        std::sort(file_.tensors.begin(), file_.tensors.end(),
                  [](const Tensor& left, const Tensor& right) { return left.name < right.name; });
        file_.storages = std::move(pickle_.storages);
        return std::move(file_);
    }

    void add_state_dict(const Value& map) {
        for (const auto& [name, value] : text_entries(map, source_)) {
            if (value->kind == Kind::tensor) {
                add(name, *value);
            } else {
                file_.others.push_back(name);
            }
        }
    }

    /// The state dict inside a training checkpoint, with what lies beside it.
    void add_checkpoint(const Value& map) {
        const Entries entries = text_entries(map, source_);
        std::vector<std::string> names;
        for (const auto& [name, value] : entries) {
            names.push_back(name);
        }
        for (const char* key : checkpoint_keys) {
            const auto found = entries.find(key);
            if (found != entries.end() && holds_tensors(*found->second)) {
                file_.wrapper = key;
                add_state_dict(*found->second);
                std::erase(names, key);
                file_.others.insert(file_.others.end(), names.begin(), names.end());
                return;
            }
        }
        names.resize(std::min<std::size_t>(names.size(), 20));
        throw refused(source_,
                      names.empty()
                          ? "it holds no tensors by name"
                          : fmt::format("it holds no state dict; its keys are {}", core::listed(names)),
                      "save the weights alone: torch.save(model.state_dict(), \"weights.pth\")");
    }

    /// Attributes of an object, of those below it, and so on.
    void add_object(const Value& object, const std::string& prefix, std::size_t depth) {
        if (depth > deepest_module) {
            throw refused(source_, fmt::format("its modules nest more than {} deep", deepest_module));
        }
        for (const auto& [name, value] : text_entries(object, source_)) {
            if (value->kind == Kind::tensor) {
                add(prefix + name, *value);
            } else if (value->kind == Kind::object) {
                if (++objects_ > most_tensors) {  // one object in many places would be walked again and again
                    throw refused(source_, fmt::format("it has more than {} modules", most_tensors));
                }
                add_object(*value, prefix + name + ".", depth + 1);
            }
        }
    }

private:
    void add(const std::string& name, const Value& value) {
        if (file_.tensors.size() >= most_tensors) {
            throw refused(source_, fmt::format("it has more than {} tensors", most_tensors));
        }
        Tensor tensor = pickle_.tensors.at(value.index);
        tensor.name = name;
        file_.tensors.push_back(std::move(tensor));
    }

    Pickle& pickle_;
    const std::string& source_;
    WeightFile file_;
    std::size_t objects_ = 0;
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

WeightFile name_tensors(Pickle pickle, const std::string& source) {
    Namer namer(pickle, source);
    const Value& root = *pickle.root;
    if (root.kind == Kind::object) {
        namer.add_object(root, "", 0);
    } else if (root.kind != Kind::map) {
        throw refused(source, "it holds a single value, no dict of tensors",
                      "save a state dict: torch.save(model.state_dict(), \"weights.pth\")");
    } else if (holds_tensors(root)) {
        namer.add_state_dict(root);
    } else {
        namer.add_checkpoint(root);
    }
    return namer.take();
}

}  // namespace graft::weights
