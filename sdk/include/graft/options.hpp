// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

/// @file
/// Options are declared once. From the table the host validates the pipeline, prints `graft plugins ID`
/// and hands the plugin typed values; a plugin never sees YAML. Header-only and free of LibTorch.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace graft {

/// What values an option takes; the last three are lists.
enum class OptionType {
    boolean,   ///< true or false
    integer,   ///< a whole number
    real,      ///< a number
    text,      ///< any text
    choice,    ///< one of `OptionSpec::choices`
    path,      ///< a file or folder
    integers,  ///< whole numbers
    reals,     ///< numbers
    texts      ///< texts
};

/// A value in the type that its OptionType names; choice and path are text. `monostate`: not given.
using OptionValue = std::variant<std::monostate, bool, std::int64_t, double, std::string,
                                 std::vector<std::int64_t>, std::vector<double>, std::vector<std::string>>;

/// One declared option. Build it with the functions of `option::` below.
struct OptionSpec {
    std::string name;                                           ///< the key in the pipeline
    OptionType type = OptionType::text;                         ///< of its value
    std::string doc;                                            ///< one sentence, without a full stop
    OptionValue fallback;                                       ///< the value when absent; monostate: none
    bool required = false;                                      ///< absent is an error
    double minimum = -std::numeric_limits<double>::infinity();  ///< of a number, or of each in a list
    double maximum = std::numeric_limits<double>::infinity();   ///< as `minimum`
    bool excludes_minimum = false;                              ///< (minimum, ...
    bool excludes_maximum = false;                              ///< ..., maximum)
    std::vector<std::string> choices;                           ///< of a choice
    std::string unit;                                           ///< "degrees", "years", ...; empty: none

    /// Allows [low, high]; for a list, bounds every element.
    OptionSpec between(double low, double high) && {
        minimum = low;
        maximum = high;
        return std::move(*this);
    }
    /// Allows [low, high).
    OptionSpec below(double low, double high) && {
        excludes_maximum = true;
        return std::move(*this).between(low, high);
    }
    /// Allows (low, high].
    OptionSpec above(double low, double high) && {
        excludes_minimum = true;
        return std::move(*this).between(low, high);
    }
    /// Allows [low, infinity).
    OptionSpec at_least(double low) && {
        minimum = low;
        return std::move(*this);
    }
    /// Names the unit of its numbers: `in("degrees")`.
    OptionSpec in(std::string unit_name) && {
        unit = std::move(unit_name);
        return std::move(*this);
    }
    /// Makes the option required; its fallback is forgotten.
    OptionSpec must() && {
        required = true;
        fallback = std::monostate{};
        return std::move(*this);
    }
    /// Makes the option optional without a value: `Options::has` tells whether it was given.
    OptionSpec optional() && {
        fallback = std::monostate{};
        return std::move(*this);
    }
};

/// All options of a component, in the order in which they are shown.
using OptionTable = std::vector<OptionSpec>;

/// Declares options: `option::real("dropout", 0.0, "probability of ...").below(0, 1)`.
namespace option {

/// What the others are made by.
inline OptionSpec make(std::string name, OptionType type, OptionValue fallback, std::string doc) {
    OptionSpec spec;
    spec.name = std::move(name);
    spec.type = type;
    spec.fallback = std::move(fallback);
    spec.doc = std::move(doc);
    return spec;
}
/// True or false.
inline OptionSpec boolean(std::string name, bool fallback, std::string doc) {
    return make(std::move(name), OptionType::boolean, fallback, std::move(doc));
}
/// A whole number.
inline OptionSpec integer(std::string name, std::int64_t fallback, std::string doc) {
    return make(std::move(name), OptionType::integer, fallback, std::move(doc));
}
/// A number.
inline OptionSpec real(std::string name, double fallback, std::string doc) {
    return make(std::move(name), OptionType::real, fallback, std::move(doc));
}
/// Any text.
inline OptionSpec text(std::string name, std::string fallback, std::string doc) {
    return make(std::move(name), OptionType::text, std::move(fallback), std::move(doc));
}
/// A file or folder; relative paths are relative to the working directory.
inline OptionSpec path(std::string name, std::string doc) {
    return make(std::move(name), OptionType::path, std::monostate{}, std::move(doc));
}
/// One of several words.
inline OptionSpec choice(std::string name, std::vector<std::string> choices, std::string fallback,
                         std::string doc) {
    OptionSpec spec = make(std::move(name), OptionType::choice, std::move(fallback), std::move(doc));
    spec.choices = std::move(choices);
    return spec;
}
/// A list of whole numbers.
inline OptionSpec integers(std::string name, std::vector<std::int64_t> fallback, std::string doc) {
    return make(std::move(name), OptionType::integers, std::move(fallback), std::move(doc));
}
/// A list of numbers.
inline OptionSpec reals(std::string name, std::vector<double> fallback, std::string doc) {
    return make(std::move(name), OptionType::reals, std::move(fallback), std::move(doc));
}
/// A list of texts.
inline OptionSpec texts(std::string name, std::vector<std::string> fallback, std::string doc) {
    return make(std::move(name), OptionType::texts, std::move(fallback), std::move(doc));
}

}  // namespace option

/// The validated values of one table: every option is there, as given or as its fallback.
/// Asking for a name or a type that the table does not declare throws std::logic_error: a fault of
/// the plugin, never of the user. Thread-safety: any thread.
class Options {
public:
    Options() = default;
    /// For tests of a component: values by name, of the types that its table declares.
    explicit Options(std::map<std::string, OptionValue> values) : values_(std::move(values)) {}

    /// Whether an option has a value (an optional one may have none).
    bool has(const std::string& name) const { return !std::holds_alternative<std::monostate>(value(name)); }
    /// The value of an option that the table declares with this type.
    bool boolean(const std::string& name) const { return get<bool>(name); }
    /// @copybrief boolean()
    std::int64_t integer(const std::string& name) const { return get<std::int64_t>(name); }
    /// @copybrief boolean()
    double real(const std::string& name) const { return get<double>(name); }
    /// Of a text, a choice or a path.
    const std::string& text(const std::string& name) const { return get<std::string>(name); }
    /// @copybrief boolean()
    const std::vector<std::int64_t>& integers(const std::string& name) const {
        return get<std::vector<std::int64_t>>(name);
    }
    /// @copybrief boolean()
    const std::vector<double>& reals(const std::string& name) const { return get<std::vector<double>>(name); }
    /// @copybrief boolean()
    const std::vector<std::string>& texts(const std::string& name) const {
        return get<std::vector<std::string>>(name);
    }
    /// All of them, by name.
    const std::map<std::string, OptionValue>& values() const { return values_; }

private:
    const OptionValue& value(const std::string& name) const {
        const auto found = values_.find(name);
        if (found == values_.end()) {
            throw std::logic_error("option '" + name + "' is not declared in the plugin's option table");
        }
        return found->second;
    }
    template <class Type>
    const Type& get(const std::string& name) const {
        const auto* typed = std::get_if<Type>(&value(name));
        if (typed == nullptr) {
            throw std::logic_error("option '" + name + "' has no value of the type that was asked for");
        }
        return *typed;
    }

    std::map<std::string, OptionValue> values_;
};

}  // namespace graft
