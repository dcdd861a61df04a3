// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/schema_values.hpp"

#include <array>
#include <cmath>
#include <map>
#include <string>

namespace graft::pipeline {
namespace {

using core::Json;

/// Text, and what YAML makes of text that looks like something else.
const Json& any_text() {
    static const Json schema = {{"type", Json::array({"string", "number", "boolean"})}};
    return schema;
}

/// A value, or a text that an environment variable will fill in.
Json or_variable(Json schema) {
    return {{"anyOf", Json::array({std::move(schema), {{"type", "string"}, {"pattern", "\\$\\{"}}})}};
}

Json reference(const std::string& section) {
    return {{"$ref", "#/definitions/" + section}};
}

Json list_of(Json items, std::size_t length = 0) {
    Json schema = {{"type", "array"}, {"items", std::move(items)}};
    if (length > 0) {
        schema["minItems"] = schema["maxItems"] = length;
    }
    return schema;
}

Json map_of(Json values) {
    return {{"type", "object"}, {"additionalProperties", std::move(values)}};
}

Json either(const Json& first, const Json& second) {
    return {{"anyOf", Json::array({first, second})}};
}

/// A type by its name in descriptions of options, bounds as they are there.
Json typed(const std::string& type, const Json& bounds, std::size_t length) {
    if (type == "integers" || type == "reals" || type == "texts") {
        const Json list = list_of(typed(type.substr(0, type.size() - 1), bounds, 0), length);
        return bounds.contains("choices") ? either(list, {{"enum", bounds["choices"]}}) : list;
    }
    if (type == "text" || type == "path") {
        return any_text();
    }
    if (type == "choice") {
        return or_variable({{"enum", bounds["choices"]}});
    }
    if (type == "boolean") {
        return or_variable({{"type", "boolean"}});
    }
    Json schema = {{"type", type == "integer" ? "integer" : "number"}};
    if (bounds.contains("minimum")) {
        schema[bounds.value("excludes_minimum", false) ? "exclusiveMinimum" : "minimum"] = bounds["minimum"];
    }
    if (bounds.contains("maximum")) {
        schema[bounds.value("excludes_maximum", false) ? "exclusiveMaximum" : "maximum"] = bounds["maximum"];
    }
    return or_variable(schema);
}

Json spec_schema(const OptionSpec& spec, std::size_t length) {
    static constexpr std::array<const char*, 9> names = {"boolean", "integer",  "real",  "text", "choice",
                                                         "path",    "integers", "reals", "texts"};
    Json bounds = Json::object();
    if (std::isfinite(spec.minimum)) {
        bounds["minimum"] = spec.minimum;
        bounds["excludes_minimum"] = spec.excludes_minimum;
    }
    if (std::isfinite(spec.maximum)) {
        bounds["maximum"] = spec.maximum;
        bounds["excludes_maximum"] = spec.excludes_maximum;
    }
    if (!spec.choices.empty()) {
        bounds["choices"] = spec.choices;
    }
    return typed(names.at(static_cast<std::size_t>(spec.type)), bounds, length);
}

/// A word of the section's `use`, or its map.
Json word_or_map(const std::string& section) {
    const FormatKey* use = format_section(section).find("use");
    return either({{"enum", use->spec.choices}}, reference(section));
}

/// A text of a form.
Json text_like(const std::string& pattern) {
    return or_variable({{"type", "string"}, {"pattern", pattern}});
}

/// "90s", "1.5 h"; 0 needs no unit.
Json duration_schema() {
    return either({{"const", 0}}, text_like("^ *([0-9]+(\\.[0-9]*)?|\\.[0-9]+) *(s|min|h|d) *$|^ *0 *$"));
}

/// A loss's four forms.
Json loss_schema() {
    const Json one = either({{"type", "string"}}, reference("loss"));
    Json by_output = map_of(one);
    by_output["propertyNames"] = {{"not", {{"enum", format_section("loss").names()}}}};
    by_output["minProperties"] = 1;
    Json list = list_of(one);
    list["minItems"] = 1;
    return {{"anyOf", Json::array({one, by_output, list})}};
}

/// Values with a form of their own, by their path.
const std::map<std::string, Json>& special_forms() {
    static const auto phases = [] {
        Json list = list_of(reference("phase"));
        list["minItems"] = 1;
        return list;
    };
    static const std::map<std::string, Json> forms = {
        {"pipeline.extends", any_text()},
        {"pipeline.needs", either(any_text(), list_of(any_text()))},
        {"pipeline.name", either({{"type", Json::array({"number", "boolean"})}}, text_like("^[^/\\\\]*$"))},
        {"pipeline.time_limit", duration_schema()},
        {"pipeline.stall_limit", duration_schema()},
        {"pipeline.heads", map_of(reference("head"))},
        {"pipeline.matrix", {{"type", "object"}}},
        {"features.augment", list_of(reference("feature_augment"))},
        {"data.augment", list_of(reference("augment"))},
        {"split.train", any_text()},
        {"split.val", any_text()},
        {"split.test", any_text()},
        {"weights.rename", map_of(any_text())},
        {"backbone.weights", either(any_text(), reference("weights"))},
        {"head.targets", map_of(any_text())},
        {"head.from", either(any_text(), list_of(any_text()))},
        {"head.loss", loss_schema()},
        {"train.sampler", word_or_map("sampler")},
        {"train.phases", phases()},
        {"phase.freeze", list_of(text_like("^(backbone|heads|losses|\\*)"))},
        {"phase.solve", word_or_map("solve")},
        {"phase.optimizer", word_or_map("optimizer")},
        {"phase.schedule", word_or_map("schedule")},
    };
    return forms;
}

}  // namespace

Json key_schema(const FormatSection& section, const FormatKey& key) {
    const auto found = special_forms().find(section.name + "." + key.spec.name);
    if (found != special_forms().end()) {
        return found->second;
    }
    if (key.form.empty()) {
        return spec_schema(key.spec, key.length);
    }
    if (section.name == "image" && key.spec.name == "size") {
        const Json side = spec_schema(key.spec, 0);
        return either(side, list_of(side, 2));
    }
    return key.section.empty() ? Json(Json::object()) : reference(key.section);
}

Json option_schema(const Json& option) {
    return typed(option.value("type", "text"), option, 0);
}

}  // namespace graft::pipeline
