// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "batch_numbers.hpp"

#include <array>
#include <string>

#include <ATen/ATen.h>

#include "target/kind.hpp"

namespace graft::engine {
namespace {

using core::Json;

std::string type_name(const at::Tensor& values) {
    switch (values.scalar_type()) {
        case at::kByte:
            return "uint8";
        case at::kLong:
            return "int64";
        case at::kFloat:
            return "float32";
        case at::kBool:
            return "bool";
        default:
            return c10::toString(values.scalar_type());
    }
}

/// Least, most, mean and standard deviation (of the numbers themselves, not of a population).
Json spread(const at::Tensor& values) {
    if (values.numel() == 0) {
        return Json::object();
    }
    const at::Tensor numbers = values.to(at::kDouble).flatten();
    return {{"least", numbers.min().item<double>()},
            {"most", numbers.max().item<double>()},
            {"mean", numbers.mean().item<double>()},
            {"deviation", numbers.std(/*unbiased=*/false).item<double>()}};
}

Json row_of(const std::string& name, const at::Tensor& values) {
    Json row = {{"name", name}, {"shape", values.sizes().vec()}, {"type", type_name(values)}};
    return row;
}

/// `side`: which one is that of the channels.
Json picture_row(const std::string& name, const at::Tensor& values, std::int64_t side) {
    static constexpr std::array<const char*, 3> channels{"red", "green", "blue"};
    Json row = row_of(name, values);
    row.update(spread(values));
    row["channels"] = Json::array();
    for (std::int64_t channel = 0; channel < 3; ++channel) {
        Json one = {{"name", channels[static_cast<std::size_t>(channel)]}};
        one.update(spread(values.select(side, channel)));
        row["channels"].push_back(std::move(one));
    }
    return row;
}

/// What is absent is no part of the numbers: `present` is [N], or has more of the values' sides.
at::Tensor known_values(const Column& column) {
    at::Tensor present = column.present;
    while (present.dim() < column.values.dim()) {
        present = present.unsqueeze(-1);
    }
    return column.values.masked_select(present.expand_as(column.values));
}

Json target_row(const TargetSchema& schema, const Column& column,
                const std::vector<std::vector<TargetValue>>& targets, std::size_t target) {
    Json row = row_of(schema.name, column.values);
    row["kind"] = target::kind_name(schema.kind);
    row["unit"] = schema.unit;
    row["known"] = column.present.sum().item<std::int64_t>();
    row["of"] = column.present.numel();
    row.update(spread(known_values(column)));
    Json classes = Json::object();
    for (const std::vector<TargetValue>& sample : targets) {
        const auto index = target::kind_of(schema).class_of(sample[target]);
        if (index) {
            const std::string& name = schema.classes.at(static_cast<std::size_t>(*index));
            classes[name] = classes.value(name, std::int64_t{0}) + 1;
        }
    }
    if (!classes.empty()) {
        row["classes"] = classes;
    }
    return row;
}

}  // namespace

Json numbers_of_batch(const Composition& made, const at::Tensor& pixels,
                      const std::vector<std::vector<TargetValue>>& targets) {
    const at::NoGradGuard no_gradients;
    const at::Tensor input = made.model.normalized(pixels, at::kCPU);
    const image::Extent extent{pixels.size(1), pixels.size(2)};
    Json rows = Json::array({picture_row("pixels", pixels, 3), picture_row("input", input, 1)});
    for (std::size_t target = 0; target < made.schema.size(); ++target) {
        const TargetSchema& schema = made.schema[target];
        rows.push_back(
            target_row(schema, target::make_column(schema, targets, target, extent), targets, target));
    }
    return rows;
}

}  // namespace graft::engine
