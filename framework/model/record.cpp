// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/record.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <type_traits>
#include <variant>

#include <fmt/format.h>

#include "core/json_text.hpp"
#include "core/names.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "model/save.hpp"
#include "target/kind.hpp"
#include "weights/weight_file.hpp"

namespace graft::model {
namespace {

using core::Json;

constexpr std::array<const char*, 3> resize_names = {"stretch", "crop", "pad"};
constexpr std::array<const char*, 2> frame_names = {"seen", "stored"};
constexpr std::array<const char*, 2> interpolation_names = {"bilinear", "bicubic"};

core::Failure wrong(const std::string& what) {
    return core::Failure(core::Category::data, what);
}

OptionValue value_from_json(const Json& json, const OptionSpec& spec) {
    if (json.is_null() && !spec.required) {
        return std::monostate{};
    }
    switch (spec.type) {
        case OptionType::boolean:
            return json.get<bool>();
        case OptionType::integer:
            return json.get<std::int64_t>();
        case OptionType::real:
            return json.get<double>();
        case OptionType::text:
        case OptionType::choice:
        case OptionType::path:
            return core::text_to_name(json.get<std::string>());
        case OptionType::integers:
            return json.get<std::vector<std::int64_t>>();
        case OptionType::reals:
            return json.get<std::vector<double>>();
        case OptionType::texts:
            return core::with_texts(json, core::text_to_name).get<std::vector<std::string>>();
    }
    return std::monostate{};
}

/// Where a recorded word stands among those that are known.
template <std::size_t Count>
std::size_t index_of(const Json& json, const char* key, const std::array<const char*, Count>& names) {
    const auto word = json.at(key).get<std::string>();
    const auto* found = std::find(names.begin(), names.end(), word);
    if (found == names.end()) {
        throw wrong(fmt::format("{} is '{}'; must be one of {}", key, word,
                                core::listed({names.begin(), names.end()})));
    }
    return static_cast<std::size_t>(found - names.begin());
}

/// A number of the preprocessing, between the bounds that pipelines have.
template <class Number>
Number number_of(const Json& json, const char* key, double least, double most) {
    const auto number = json.get<double>();
    if (!(number >= least && number <= most)) {
        throw wrong(fmt::format("preprocessing's {} is {}; must be from {} to {}", key, number, least, most));
    }
    return static_cast<Number>(number);
}

}  // namespace

Json option_to_json(const OptionValue& value) {
    return std::visit(
        [](const auto& held) -> Json {
            if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
                return nullptr;
            } else {
                return core::with_texts(held, core::name_to_text);
            }
        },
        value);
}

Json to_json(const Options& options) {
    Json json = Json::object();
    for (const auto& [name, value] : options.values()) {
        json[name] = option_to_json(value);
    }
    return json;
}

Options options_from_json(const Json& json, const OptionTable& table) {
    std::map<std::string, OptionValue> values;
    for (const OptionSpec& spec : table) {
        if (!json.contains(spec.name)) {
            throw wrong(fmt::format("option '{}' is not recorded", spec.name));
        }
        values.emplace(spec.name, value_from_json(json.at(spec.name), spec));
    }
    for (const auto& [name, value] : json.items()) {
        if (!values.contains(name)) {
            throw wrong(
                fmt::format("option '{}' is recorded, but the plugin declares none of that name", name));
        }
    }
    return Options(std::move(values));
}

Json to_json(const TargetSchema& schema) {
    return {{"name", schema.name},
            {"kind", target::kind_name(schema.kind)},
            {"classes", schema.classes},
            {"unit", schema.unit},
            {"point_count", schema.point_count},
            {"point_names", schema.point_names},
            {"mirrored_points", schema.mirrored_points},
            {"ruler", schema.ruler},
            {"shape", schema.shape},
            {"frame", frame_names[static_cast<std::size_t>(schema.frame)]},
            {"properties", schema.properties}};
}

TargetSchema schema_from_json(const Json& json) {
    TargetSchema schema;
    schema.name = json.at("name").get<std::string>();
    const auto word = json.at("kind").get<std::string>();
    const auto kind = target::kind_named(word);
    if (!kind) {
        throw wrong(fmt::format("target '{}' is of the unknown kind '{}'", schema.name, word));
    }
    schema.kind = *kind;
    json.at("classes").get_to(schema.classes);
    json.at("unit").get_to(schema.unit);
    json.at("point_count").get_to(schema.point_count);
    json.at("point_names").get_to(schema.point_names);
    json.at("mirrored_points").get_to(schema.mirrored_points);
    schema.ruler = json.value("ruler", schema.ruler);  // absent in records of earlier versions
    json.at("shape").get_to(schema.shape);
    if (json.contains("frame")) {  // absent in records of earlier versions: seen
        schema.frame = static_cast<Frame>(index_of(json, "frame", frame_names));
    }
    schema.properties = json.value("properties", schema.properties);
    return schema;
}

Json to_json(const image::Preprocess& preprocess) {
    return {{"height", preprocess.height},
            {"width", preprocess.width},
            {"resize", resize_names[static_cast<std::size_t>(preprocess.resize)]},
            {"crop_scale", preprocess.crop_scale},
            {"interpolation", interpolation_names[static_cast<std::size_t>(preprocess.interpolation)]},
            {"mean", preprocess.normalization.mean},
            {"std", preprocess.normalization.std},
            {"bits", preprocess.bits}};
}

image::Preprocess preprocess_from_json(const Json& json) {
    image::Preprocess preprocess;
    constexpr double largest_side = 16384;
    constexpr double above_zero = std::numeric_limits<float>::min();  // pixels are divided by it
    constexpr double far = std::numeric_limits<float>::max();
    preprocess.height = number_of<std::int64_t>(json.at("height"), "height", 1, largest_side);
    preprocess.width = number_of<std::int64_t>(json.at("width"), "width", 1, largest_side);
    preprocess.crop_scale =
        number_of<double>(json.at("crop_scale"), "crop_scale", 1 / largest_side, largest_side);
    for (std::size_t channel = 0; channel < preprocess.normalization.mean.size(); ++channel) {
        preprocess.normalization.mean[channel] =
            number_of<double>(json.at("mean").at(channel), "mean", -far, far);
        preprocess.normalization.std[channel] =
            number_of<double>(json.at("std").at(channel), "std", above_zero, far);
    }
    if (json.contains("bits")) {  // absent in records of earlier versions
        preprocess.bits = number_of<std::int64_t>(json.at("bits"), "bits", 0, 16);
    }
    preprocess.resize = static_cast<pipeline::Resize>(index_of(json, "resize", resize_names));
    if (json.contains("interpolation")) {  // absent in records of earlier versions: bilinear
        preprocess.interpolation =
            static_cast<pipeline::Interpolation>(index_of(json, "interpolation", interpolation_names));
    }
    return preprocess;
}

std::optional<image::Preprocess> recorded_preprocess(const std::string& weights) {
    namespace fs = std::filesystem;
    try {
        fs::path file = weights;
        if (fs::is_directory(file)) {
            file = weights_below(file);
        }
        if (!fs::exists(file)) {
            return std::nullopt;
        }
        const auto metadata = weights::read_weights(file).metadata;
        const auto found = metadata.find(preprocess_key);
        if (found != metadata.end()) {
            return preprocess_from_json(core::parse_json(found->second));
        }
    } catch (const core::Failure&) {
    } catch (const Json::exception&) {
    }
    return std::nullopt;
}

}  // namespace graft::model
