// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/values.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/environment.hpp"
#include "core/names.hpp"
#include "core/number_text.hpp"
#include "pipeline/value_words.hpp"

namespace graft::pipeline {
namespace {

/// number_of_text takes no leading '+'.
std::string_view without_plus(std::string_view text) {
    const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+';
    return plus ? text.substr(1) : text;
}

template <class Number>
std::optional<Number> parse_number(const Node& node) {
    if (!node.is_scalar() || node.quoted) {
        return std::nullopt;
    }
    return core::number_of_text<Number>(without_plus(node.scalar));
}

bool in_range(double number, const OptionSpec& spec) {
    const bool low = spec.excludes_minimum ? number > spec.minimum : number >= spec.minimum;
    const bool high = spec.excludes_maximum ? number < spec.maximum : number <= spec.maximum;
    return low && high;
}

OptionType item_type(OptionType type) {
    return type == OptionType::integers ? OptionType::integer
           : type == OptionType::reals  ? OptionType::real
                                        : OptionType::text;
}

std::string expand_home(const std::string& path) {
    const std::string home = core::environment_variable("HOME");
    const bool below_home = path == "~" || path.starts_with("~/");
    return below_home && !home.empty() ? home + path.substr(1) : path;
}

template <class Number>
OptionValue number_value(const std::optional<Number>& number, const OptionSpec& spec) {
    if (!number || !in_range(static_cast<double>(*number), spec)) {
        return {};
    }
    return *number;
}

/// The value of a scalar; monostate when it is wrong.
OptionValue scalar_value(const Node& node, OptionType type, const OptionSpec& spec) {
    if (!node.is_scalar()) {
        return {};
    }
    switch (type) {
        case OptionType::boolean: {
            const auto value = as_boolean(node);
            return value ? OptionValue(*value) : OptionValue();
        }
        case OptionType::integer:
            return number_value(as_integer(node), spec);
        case OptionType::real:
            return number_value(as_real(node), spec);
        case OptionType::choice: {
            const bool known =
                std::find(spec.choices.begin(), spec.choices.end(), node.scalar) != spec.choices.end();
            return known ? OptionValue(node.scalar) : OptionValue();
        }
        case OptionType::path:
            return node.scalar.empty() ? OptionValue() : OptionValue(expand_home(node.scalar));
        default:
            return spec.required && node.scalar.empty() ? OptionValue() : OptionValue(node.scalar);
    }
}

std::string remedy_for(const Node& node, const OptionSpec& spec) {
    if (is_list_type(spec.type) && node.is_scalar()) {
        const std::string near = core::nearest(node.scalar, spec.choices);
        return !near.empty() ? "did you mean '" + near + "'?"
                             : "write a list: [" + shortened(node.scalar) + "]";
    }
    if (spec.type == OptionType::choice && node.is_scalar()) {
        const std::string near = core::nearest(node.scalar, spec.choices);
        return near.empty() ? "" : "did you mean '" + near + "'?";
    }
    if (node.quoted && spec.type != OptionType::text && spec.type != OptionType::path) {
        Node bare = node;
        bare.quoted = false;
        const OptionType type = is_list_type(spec.type) ? item_type(spec.type) : spec.type;
        if (scalar_value(bare, type, spec).index() != 0) {
            return "take the quotes away";
        }
    }
    if (spec.type == OptionType::boolean && node.is_scalar()) {
        const std::string& text = node.scalar;
        const bool on = text == "yes" || text == "on" || text == "1" || text == "Yes" || text == "On";
        const bool off = text == "no" || text == "off" || text == "0" || text == "No" || text == "Off";
        return on ? "write true" : off ? "write false" : "";
    }
    if (node.kind == Node::Kind::null && !spec.required) {
        return "leave the key out for the default";
    }
    return "";
}

/// "train.batch is -1; must be a whole number, at least 1" at the node's place.
void add_wrong_value(const Node& node, const std::string& label, const OptionSpec& spec,
                     core::Problems& problems) {
    problems.push_back({node.place, fmt::format("{} is {}; must be {}", label, got(node), allowed(spec)),
                        remedy_for(node, spec)});
}

template <class Item>
OptionValue list_value(const Node& node, const OptionSpec& spec, const std::string& label,
                       core::Problems& problems) {
    std::vector<Item> values;
    bool whole = true;
    OptionSpec single = spec;
    single.type = item_type(spec.type);
    for (std::size_t index = 0; index < node.items.size(); ++index) {
        const OptionValue value = scalar_value(node.items[index], single.type, spec);
        if (const Item* typed = std::get_if<Item>(&value)) {
            values.push_back(*typed);
        } else {
            add_wrong_value(node.items[index], fmt::format("{}.{}", label, index), single, problems);
            whole = false;
        }
    }
    return whole ? OptionValue(std::move(values)) : spec.fallback;
}

}  // namespace

std::optional<std::int64_t> as_integer(const Node& node) {
    return parse_number<std::int64_t>(node);
}

std::optional<double> as_real(const Node& node) {
    const auto number = parse_number<double>(node);
    return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<bool> as_boolean(const Node& node) {
    if (!node.is_scalar() || node.quoted) {
        return std::nullopt;
    }
    const std::string& text = node.scalar;
    if (text == "true" || text == "True" || text == "TRUE") {
        return true;
    }
    if (text == "false" || text == "False" || text == "FALSE") {
        return false;
    }
    return std::nullopt;
}

bool looks_like_number(const Node& node) {
    Node bare = node;
    bare.quoted = false;
    return parse_number<double>(bare).has_value() || node.scalar == ".nan" || node.scalar == ".inf" ||
           node.scalar == "-.inf";
}

OptionValue read_value(const Node& node, const OptionSpec& spec, const std::string& label,
                       core::Problems& problems) {
    if (is_list_type(spec.type) && node.is_list()) {
        switch (spec.type) {
            case OptionType::integers:
                return list_value<std::int64_t>(node, spec, label, problems);
            case OptionType::reals:
                return list_value<double>(node, spec, label, problems);
            default:
                return list_value<std::string>(node, spec, label, problems);
        }
    }
    if (is_list_type(spec.type) && node.is_scalar() && contains(spec.choices, node.scalar)) {
        return node.scalar;  // a word that stands for a list
    }
    OptionValue value = is_list_type(spec.type) ? OptionValue() : scalar_value(node, spec.type, spec);
    if (value.index() == 0) {
        add_wrong_value(node, label, spec, problems);
        return spec.fallback;
    }
    return value;
}

std::optional<std::string> read_text(const Node& node, const std::string& label, core::Problems& problems) {
    if (node.is_scalar() && !node.scalar.empty()) {
        return node.scalar;
    }
    problems.push_back({node.place, fmt::format("{} is {}; must be text", label, got(node)), ""});
    return std::nullopt;
}

}  // namespace graft::pipeline
