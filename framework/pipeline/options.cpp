// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include <fmt/format.h>

#include "core/names.hpp"
#include "core/text.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/section.hpp"

namespace graft::pipeline {
namespace {

/// A pipeline is text; what its options name may be any bytes.
void to_names(OptionValue& value) {
    if (auto* text = std::get_if<std::string>(&value)) {
        *text = core::text_to_name(*text);
    } else if (auto* texts = std::get_if<std::vector<std::string>>(&value)) {
        std::transform(texts->begin(), texts->end(), texts->begin(), core::text_to_name);
    }
}

}  // namespace

const std::vector<std::string>& host_keys(const std::string& kind) {
    static const std::map<std::string, std::vector<std::string>> keys = {
        {"dataset", format_section("data").names()},
        {"backbone", format_section("backbone").names()},
        {"head", format_section("head").names()},
        {"loss", format_section("loss").names()},
    };
    return keys.at(kind);
}

Options read_options(const Use& use, const std::string& kind, const OptionTable& table,
                     core::Problems& problems) {
    const std::string path = use.path.empty() ? kind : use.path;
    std::vector<std::string> names;
    for (const OptionSpec& spec : table) {
        names.push_back(spec.name);
    }
    const auto& reserved = host_keys(kind);
    names.insert(names.end(), reserved.begin(), reserved.end());
    for (std::size_t index = 0; index < use.section.entries.size(); ++index) {
        const std::string& key = use.section.entries[index].first;
        if (std::find(names.begin(), names.end(), key) == names.end()) {
            problems.push_back({use.section.key_places[index],
                                fmt::format("unknown key '{}' in {} (the {} {})", key, path, kind, use.id),
                                core::suggest(key, names)});
        }
    }
    std::map<std::string, OptionValue> values = read_table(use.section, table, {path, use.place}, problems);
    for (auto& [name, value] : values) {
        to_names(value);
    }
    return Options(std::move(values));
}

Use use_from_words(const std::string& id, const std::vector<std::string>& words) {
    Use use;
    use.id = id;
    use.section.kind = Node::Kind::map;
    for (const std::string& word : words) {
        const std::size_t equals = std::min(word.find('='), word.size());
        const std::string value = word.substr(std::min(equals + 1, word.size()));
        use.section.set(word.substr(0, equals), parse_document(value, word), {});
    }
    return use;
}

Options default_options(const OptionTable& table) {
    std::map<std::string, OptionValue> values;
    for (const OptionSpec& spec : table) {
        values.emplace(spec.name, spec.fallback);
    }
    return Options(std::move(values));
}

}  // namespace graft::pipeline
