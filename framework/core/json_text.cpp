// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/json_text.hpp"

#include "core/text.hpp"

namespace graft::core {

std::string json_text(const Json& json, int indent) {
    try {
        return json.dump(indent);
    } catch (const Json::exception&) {  // some text is none
        return with_texts(json, legible).dump(indent);
    }
}

Json parse_json(std::string_view text) {
    return Json::parse(text);
}

Json parse_json_or_discard(std::string_view text) {
    return Json::parse(text, nullptr, false);
}

Json with_texts(const Json& json, std::string (*change)(std::string_view)) {
    if (json.is_string()) {
        return change(json.get_ref<const std::string&>());
    }
    if (json.is_object()) {
        Json made = Json::object();
        for (const auto& [key, value] : json.items()) {
            made[change(key)] = with_texts(value, change);
        }
        return made;
    }
    if (json.is_array()) {
        Json made = Json::array();
        for (const Json& item : json) {
            made.push_back(with_texts(item, change));
        }
        return made;
    }
    return json;
}

}  // namespace graft::core
