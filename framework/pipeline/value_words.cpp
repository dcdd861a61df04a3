// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/value_words.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

#include "core/names.hpp"
#include "pipeline/source.hpp"
#include "pipeline/values.hpp"

namespace graft::pipeline {

bool is_list_type(OptionType type) {
    return type == OptionType::integers || type == OptionType::reals || type == OptionType::texts;
}

std::string shortened(const std::string& text) {
    constexpr std::size_t longest_quoted = 60;
    std::string shown;
    for (std::size_t offset = 0; offset < text.size();) {
        const std::size_t length =
            std::max<std::size_t>(character_length(std::string_view(text).substr(offset)), 1);
        if (offset + length > longest_quoted) {
            return shown + "...";
        }
        const bool control = static_cast<unsigned char>(text[offset]) < 0x20 || text[offset] == 0x7F;
        shown += control ? " " : text.substr(offset, length);
        offset += length;
    }
    return shown;
}

std::string got(const Node& node) {
    switch (node.kind) {
        case Node::Kind::null:
            return "empty";
        case Node::Kind::list:
            return "a list";
        case Node::Kind::map:
            return "a map";
        case Node::Kind::scalar:
            break;
    }
    if (node.scalar.empty()) {
        return "empty";
    }
    const bool ambiguous =
        node.quoted && (looks_like_number(node) || node.scalar == "true" || node.scalar == "false");
    return ambiguous ? "the text \"" + shortened(node.scalar) + "\"" : shortened(node.scalar);
}

std::string range_text(const OptionSpec& spec) {
    const bool has_low = std::isfinite(spec.minimum);
    const bool has_high = std::isfinite(spec.maximum);
    if (has_low && has_high) {
        return fmt::format("in {}{}, {}{}", spec.excludes_minimum ? '(' : '[', spec.minimum, spec.maximum,
                           spec.excludes_maximum ? ')' : ']');
    }
    if (has_low) {
        return fmt::format("{} {}", spec.excludes_minimum ? "above" : "at least", spec.minimum);
    }
    if (has_high) {
        return fmt::format("{} {}", spec.excludes_maximum ? "below" : "at most", spec.maximum);
    }
    return "";
}

std::string allowed(const OptionSpec& spec, std::size_t length) {
    const std::string list = length == 0 ? "a list of " : fmt::format("a list of {} ", length);
    std::string text;
    switch (spec.type) {
        case OptionType::boolean:
            return "true or false";
        case OptionType::integer:
            text = "a whole number";
            break;
        case OptionType::real:
            text = "a number";
            break;
        case OptionType::text:
            return "text";
        case OptionType::choice:
            return (spec.choices.size() == 1 ? "" : "one of ") + core::listed(spec.choices);
        case OptionType::path:
            return "a path";
        case OptionType::integers:
            text = list + "whole numbers";
            break;
        case OptionType::reals:
            text = list + "numbers";
            break;
        case OptionType::texts:
            text = list + "texts";
            break;
    }
    if (spec.minimum == spec.maximum) {
        return fmt::format("{}", spec.minimum);
    }
    const std::string range = range_text(spec);
    if (!range.empty()) {
        text += (is_list_type(spec.type)                      ? ", each "
                 : std::isfinite(spec.minimum + spec.maximum) ? " "
                                                              : ", ") +
                range;
    }
    return is_list_type(spec.type) && !spec.choices.empty() ? text + ", or " + core::listed(spec.choices)
                                                            : text;
}

std::string written(const OptionValue& value) {
    return std::visit(
        [](const auto& held) -> std::string {
            using Held = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<Held, std::monostate>) {
                return "";
            } else if constexpr (std::is_same_v<Held, std::string>) {
                return held.empty() ? "\"\"" : held;
            } else if constexpr (std::is_same_v<Held, bool> || std::is_arithmetic_v<Held>) {
                return fmt::format("{}", held);
            } else {
                return fmt::format("[{}]", fmt::join(held, ", "));
            }
        },
        value);
}

}  // namespace graft::pipeline
