// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/section.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/names.hpp"
#include "pipeline/value_words.hpp"
#include "pipeline/values.hpp"

namespace graft::pipeline {

namespace {

/// The items of a list of numbers; nothing for anything else.
std::optional<std::size_t> numbers_in(const OptionValue& value) {
    const auto* reals = std::get_if<std::vector<double>>(&value);
    return reals == nullptr ? std::nullopt : std::optional(reals->size());
}

}  // namespace

std::map<std::string, OptionValue> read_table(const Node& map, const OptionTable& table,
                                              const Section::Site& site, core::Problems& problems) {
    std::map<std::string, OptionValue> values;
    for (const OptionSpec& spec : table) {
        const Node* node = map.is_map() ? map.find(spec.name) : nullptr;
        if (node != nullptr) {
            const std::string label = site.path.empty() ? spec.name : site.path + "." + spec.name;
            values[spec.name] = read_value(*node, spec, label, problems);
            continue;
        }
        values[spec.name] = spec.fallback;
        if (spec.required) {
            const std::string where = site.path.empty() ? "" : " in " + site.path;
            problems.push_back(
                {site.place, fmt::format("'{}' is missing{}: {}", spec.name, where, spec.doc), ""});
        }
    }
    return values;
}

Node long_form(const Node& node) {
    if (!node.is_scalar()) {
        return node;
    }
    Node map;
    map.kind = Node::Kind::map;
    map.place = node.place;
    map.set("use", node, node.place);
    return map;
}

Section::Section(const Node& node, Site site, const std::vector<std::string>& tables,
                 core::Problems& problems)
    : node_(node), site_(std::move(site)), problems_(problems) {
    for (const std::string& table : tables) {
        tables_.push_back(&format_section(table));
    }
    if (node_.is_map()) {
        check_keys();
        read_values(problems_);
        check_belonging();
    } else {
        refuse_form();
        core::Problems ignored;  // that all keys are missing says nothing more
        read_values(ignored);
    }
}

void Section::refuse_form() const {
    const bool has_use = tables_.front()->find("use") != nullptr;
    std::string remedy;
    if (has_use && node_.is_scalar() && !node_.scalar.empty()) {
        const std::size_t dot = site_.path.rfind('.');
        const std::string key = dot == std::string::npos ? site_.path : site_.path.substr(dot + 1);
        remedy = fmt::format("write {}: {{use: {}}}", key, node_.scalar);
    } else {
        remedy = "keys: " + core::listed(tables_.front()->names());
    }
    problems_.push_back(
        {node_.place, fmt::format("{} is {}; must be a map", site_.path, got(node_)), remedy});
}

const FormatKey* Section::known(const std::string& key) const {
    for (const FormatSection* table : tables_) {
        if (const FormatKey* found = table->find(key)) {
            return found;
        }
    }
    return nullptr;
}

void Section::check_keys() const {
    std::vector<std::string> names;
    bool open = false;
    for (const FormatSection* table : tables_) {
        const auto more = table->names();
        names.insert(names.end(), more.begin(), more.end());
        open = open || table->open;
    }
    for (std::size_t index = 0; index < node_.entries.size(); ++index) {
        const std::string& key = node_.entries[index].first;
        const FormatKey* found = known(key);
        if (found == nullptr && !open) {
            const std::string where = site_.path.empty() ? "" : " in " + site_.path;
            problems_.push_back({node_.key_places[index], fmt::format("unknown key '{}'{}", key, where),
                                 core::suggest(key, names)});
        }
    }
}

void Section::check_belonging() const {
    if (known("use") == nullptr || !values_.has("use")) {
        return;
    }
    const std::string& use = values_.text("use");
    const Node* given = node_.find("use");
    if (given != nullptr && given->scalar != use) {
        return;  // it was wrong, so nobody knows what the keys were meant for
    }
    for (std::size_t index = 0; index < node_.entries.size(); ++index) {
        const std::string& key = node_.entries[index].first;
        const FormatKey* found = known(key);
        if (found == nullptr || found->only.empty() || contains(found->only, use)) {
            continue;
        }
        problems_.push_back({node_.key_places[index],
                             fmt::format("{} has no meaning with {}; it goes with {}", label(key), use,
                                         core::listed(found->only)),
                             fmt::format("remove it, or write use: {}", found->only.front())});
    }
}

void Section::read_values(core::Problems& problems) {
    OptionTable table;
    std::vector<const FormatKey*> keys;
    for (const FormatSection* section : tables_) {
        for (const FormatKey& key : section->keys) {
            if (key.form.empty()) {
                table.push_back(key.spec);
                keys.push_back(&key);
            }
        }
    }
    std::map<std::string, OptionValue> values = read_table(node_, table, site_, problems);
    for (const FormatKey* key : keys) {
        OptionValue& value = values[key->spec.name];
        if (find(key->spec.name) == nullptr) {
            const auto use = values.find("use");
            const std::string* id = use == values.end() ? nullptr : std::get_if<std::string>(&use->second);
            const auto other = id == nullptr ? key->fallbacks.end() : key->fallbacks.find(*id);
            value = other == key->fallbacks.end() ? value : other->second;
        } else if (const auto items = numbers_in(value); items && key->length > 0 && items != key->length) {
            problems.push_back({find(key->spec.name)->place,
                                fmt::format("{} is a list of {}; must be {}", label(key->spec.name), *items,
                                            allowed(key->spec, key->length)),
                                fmt::format("for example {}", key->example)});
            value = key->spec.fallback;
        }
    }
    values_ = Options(std::move(values));
}

void Section::refuse(const std::string& key, std::string message, std::string remedy) const {
    const Node* node = find(key);
    problems_.push_back({node != nullptr ? node->place : site_.place, std::move(message), std::move(remedy)});
}

Use Section::use() const {
    Use use;
    use.path = site_.path;
    use.section = node_;
    use.place = site_.place;
    if (const Node* node = find("use"); node != nullptr && node->is_scalar()) {
        use.id = node->scalar;
        use.place = node->place;
    }
    return use;
}

}  // namespace graft::pipeline
