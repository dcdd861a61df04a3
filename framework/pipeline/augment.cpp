// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Lists of random changes: `data.augment` and `features.augment`.
#include <utility>

#include <fmt/format.h>

#include "core/names.hpp"
#include "pipeline/parts.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/section.hpp"
#include "pipeline/value_words.hpp"
#include "pipeline/values.hpp"

namespace graft::pipeline {
namespace {

/// The parameters of one change; empty after a problem.
std::vector<double> augment_values(const Node& node, const FormatKey& key, const std::string& label,
                                   core::Problems& problems) {
    const OptionSpec& spec = key.spec;
    const std::size_t before = problems.size();
    if (spec.type == OptionType::reals) {
        const bool pair = node.is_list() && node.items.size() == key.length;
        std::vector<double> values;
        if (pair) {
            const OptionValue read = read_value(node, spec, label, problems);
            values = read.index() != 0 ? std::get<std::vector<double>>(read) : values;
        }
        if (problems.size() == before && (!pair || values[0] > values[1])) {
            problems.push_back({node.place,
                                fmt::format("{} is {}; must be [smallest, largest], each {}", label,
                                            pair ? fmt::format("[{}, {}]", values[0], values[1]) : got(node),
                                            range_text(spec)),
                                "for example {" + key.example + "}"});
        }
        return problems.size() == before ? values : std::vector<double>();
    }
    const OptionValue value = read_value(node, spec, label, problems);
    return problems.size() == before ? std::vector<double>{std::get<double>(value)} : std::vector<double>();
}

void read_entry(const Node& entry, const FormatSection& table, const std::string& label,
                core::Problems& problems, std::vector<Augment>& list) {
    const bool alone = entry.is_scalar();
    if (!alone && !(entry.is_map() && entry.entries.size() == 1)) {
        problems.push_back(
            {entry.place,
             fmt::format("{} is {}; must be one change, like {{{}}}", label,
                         entry.is_map() ? fmt::format("a map of {}", entry.entries.size()) : got(entry),
                         table.keys.front().example),
             "give each change an entry of its own"});
        return;
    }
    const std::string& name = alone ? entry.scalar : entry.entries.front().first;
    const core::Place& place = alone ? entry.place : entry.key_places.front();
    const FormatKey* key = table.find(name);
    if (key == nullptr) {
        problems.push_back({place, fmt::format("{} is the unknown change '{}'", label, name),
                            core::suggest(name, table.names())});
        return;
    }
    for (const Augment& other : list) {
        if (other.name == name) {
            problems.push_back({place,
                                fmt::format("{} is {} a second time; the first is on line {}", label, name,
                                            other.place.line),
                                "keep one of them"});
            return;
        }
    }
    if (alone && key->spec.required) {
        problems.push_back({place, fmt::format("{} is {} alone; it needs its {}", label, name, key->spec.doc),
                            "write {" + key->example + "}"});
        return;
    }
    const std::vector<double> values =
        alone ? std::vector<double>{std::get<double>(key->spec.fallback)}
              : augment_values(entry.entries.front().second, *key, label + "." + name, problems);
    if (!values.empty()) {
        list.push_back({name, values, place});
    }
}

}  // namespace

std::vector<Augment> read_augment(const Section& section, const std::string& table) {
    const Node* node = section.find("augment");
    std::vector<Augment> list;
    if (node == nullptr) {
        return list;
    }
    const FormatSection& changes = format_section(table);
    if (!node->is_list()) {
        section.refuse("augment",
                       fmt::format("{} is {}; must be a list", section.label("augment"), got(*node)),
                       "for example " + section.described("augment").example.substr(sizeof("augment:")));
        return list;
    }
    for (std::size_t index = 0; index < node->items.size(); ++index) {
        read_entry(node->items[index], changes, fmt::format("{}.{}", section.label("augment"), index),
                   section.problems(), list);
    }
    return list;
}

}  // namespace graft::pipeline
