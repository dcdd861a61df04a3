// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/schema.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "pipeline/format.hpp"
#include "pipeline/schema_values.hpp"

namespace graft::pipeline {
namespace {

using core::Json;
using Texts = std::vector<std::string>;

/// The section of the format beside whose keys a kind's options stand.
const std::map<std::string, std::string>& open_sections() {
    static const std::map<std::string, std::string> sections = {
        {"dataset", "data"}, {"backbone", "backbone"}, {"head", "head"}, {"loss", "loss"}};
    return sections;
}

/// {"properties": {"use": {"const": ID}}, "required": ["use"]}
Json has_use(const std::string& id) {
    return {{"properties", {{"use", {{"const", id}}}}}, {"required", Json::array({"use"})}};
}

/// A closed map's keys by its `use`: each value has some that others do not know.
void add_belonging(const FormatSection& section, Json& schema) {
    const FormatKey* use = section.find("use");
    if (use == nullptr || use->spec.choices.empty()) {
        return;
    }
    const auto* fallback = std::get_if<std::string>(&use->spec.fallback);
    for (const std::string& word : use->spec.choices) {
        Texts keys;
        for (const FormatKey& key : section.keys) {
            if (key.only.empty() || std::find(key.only.begin(), key.only.end(), word) != key.only.end()) {
                keys.push_back(key.spec.name);
            }
        }
        Json condition = has_use(word);
        if (fallback != nullptr && *fallback == word) {
            condition.erase("required");
        }
        schema["allOf"].push_back({{"if", condition}, {"then", {{"propertyNames", {{"enum", keys}}}}}});
    }
}

Json with_doc(Json schema, const std::string& doc) {
    schema["description"] = doc;
    return schema;
}

/// A map with the keys of one section or, as `train` with a phase's, of several.
Json map_schema(const Texts& names) {
    Json schema = {{"type", "object"}};
    bool open = false;
    for (const std::string& name : names) {
        const FormatSection& section = format_section(name);
        open = open || section.open;
        for (const FormatKey& key : section.keys) {
            schema["properties"][key.spec.name] = with_doc(key_schema(section, key), key.spec.doc);
        }
        add_belonging(section, schema);
    }
    if (!open) {
        schema["additionalProperties"] = false;
    }
    return schema;
}

/// Of an entry of a list of changes: a name alone, or a map of one.
Json change_schema(const std::string& name) {
    const FormatSection& section = format_section(name);
    Texts alone;
    for (const FormatKey& key : section.keys) {
        if (!key.spec.required) {
            alone.push_back(key.spec.name);
        }
    }
    Json map = map_schema({name});
    map["minProperties"] = map["maxProperties"] = 1;
    return {{"anyOf", Json::array({{{"enum", alone}}, map})}};
}

/// Puts the plugins of a kind into the section whose `use` names them.
void add_components(const std::string& kind, const Json& components, Json& schema) {
    const Texts host = format_section(open_sections().at(kind)).names();
    Json ids = Json::array();
    for (const Json& component : components) {
        if (component.value("kind", "") != kind || !component.contains("options")) {
            continue;
        }
        const std::string id = component.value("id", "");
        ids.push_back({{"const", id}, {"description", component.value("summary", "")}});
        Texts keys = host;
        Json properties = Json::object();
        for (const Json& option : component["options"]) {
            keys.push_back(option.value("name", ""));
            properties[keys.back()] = with_doc(option_schema(option), option.value("doc", ""));
        }
        schema["allOf"].push_back(
            {{"if", has_use(id)},
             {"then", {{"properties", properties}, {"propertyNames", {{"enum", keys}}}}}});
    }
    schema["properties"]["use"] = {{"anyOf", ids}};
    if (ids.empty()) {
        schema["properties"]["use"] = {{"type", "string"}};
    }
}

/// What must be there, of the host's keys and of each plugin's.
Json required_schema(const std::string& kind, const Json& components) {
    Json schema = {{"allOf", Json::array()}};
    if (kind != "loss") {
        schema["required"] = Json::array({"use"});
    }
    for (const Json& component : components) {
        Json required = Json::array();
        for (const Json& option : component.value("options", Json::array())) {
            if (component.value("kind", "") == kind && option.value("required", false)) {
                required.push_back(option["name"]);
            }
        }
        if (!required.empty()) {
            schema["allOf"].push_back(
                {{"if", has_use(component.value("id", ""))}, {"then", {{"required", required}}}});
        }
    }
    if (schema["allOf"].empty()) {
        schema.erase("allOf");
    }
    return schema;
}

/// A file that is laid over another one has what it lacks from there.
Json whole_file(const Json& components) {
    const Json head = required_schema("head", components);
    return {{"required", Json::array({"graft", "data", "backbone"})},
            {"oneOf",
             Json::array({{{"required", Json::array({"head"})}}, {{"required", Json::array({"heads"})}}})},
            {"properties",
             {{"data", required_schema("dataset", components)},
              {"backbone", required_schema("backbone", components)},
              {"head", head},
              {"heads", {{"additionalProperties", head}}}}}};
}

}  // namespace

Json json_schema(const Json& components) {
    Json schema = map_schema({"pipeline"});
    schema["$schema"] = "http://json-schema.org/draft-07/schema#";
    schema["title"] = "A pipeline of graft";
    Json& definitions = schema["definitions"];
    for (const FormatSection& section : format()) {
        const std::string& name = section.name;
        if (name != "pipeline" && name != "range" && name != "matrix") {
            definitions[name] = name == "augment" || name == "feature_augment" ? change_schema(name)
                                : name == "train" ? map_schema({"train", "phase"})
                                                  : map_schema({name});
            definitions[name]["description"] = section.doc;
        }
    }
    for (const auto& [kind, section] : open_sections()) {
        add_components(kind, components, definitions[section]);
    }
    schema["if"] = {{"required", Json::array({"extends"})}};
    schema["then"] = true;
    schema["else"] = whole_file(components);
    return schema;
}

}  // namespace graft::pipeline
