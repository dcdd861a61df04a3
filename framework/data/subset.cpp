// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <numeric>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/hash.hpp"
#include "core/problem.hpp"
#include "data/subset.hpp"
#include "target/kind.hpp"

namespace graft::data {
namespace {

/// A value that cannot be used is a sample that will be skipped: no reason to stop here.
std::string target_text(const TargetSchema& schema, const TargetValue& value) {
    if (std::holds_alternative<std::monostate>(value)) {
        return "-";
    }
    try {
        target::kind_of(schema).check(schema, value);
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::data) {
            throw;
        }
        return "unusable";
    }
    return target::kind_of(schema).text(value);
}

/// The targets of a sample, each behind a tab. One whose targets cannot be read is skipped, and named, by the
/// loader.
std::string targets_text(const plugin::DatasetHandle& dataset, std::int64_t index,
                         const std::vector<TargetSchema>& schemas) {
    std::vector<TargetValue> values;
    try {
        values = dataset.targets(index);
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::data) {
            throw;
        }
        return "\tunreadable";
    }
    std::string text;
    for (std::size_t target = 0; target < std::min(schemas.size(), values.size()); ++target) {
        dataset.hold(index, [&] { text += '\t' + target_text(schemas[target], values[target]); });
    }
    return text;
}

bool has_files(const Subset& subset) {
    try {
        return !subset.indices.empty() &&
               std::holds_alternative<std::filesystem::path>(subset.dataset.image(subset.indices.front()));
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::data) {
            throw;
        }
        return true;  // a file that is gone
    }
}

std::string file_size_text(const plugin::DatasetHandle& dataset, std::int64_t index) {
    try {
        const ImageSource source = dataset.image(index);
        if (const auto* path = std::get_if<std::filesystem::path>(&source)) {
            std::error_code error;
            const auto size = std::filesystem::file_size(*path, error);
            return error ? "gone" : fmt::format("{}", size);
        }
        return "";
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::data) {
            throw;
        }
        return "gone";
    }
}

}  // namespace

Subset all_of(plugin::DatasetHandle dataset) {
    std::vector<std::int64_t> indices(static_cast<std::size_t>(dataset.size()));
    std::iota(indices.begin(), indices.end(), 0);
    return {std::move(dataset), std::move(indices)};
}

std::int64_t class_of_sample(const plugin::DatasetHandle& dataset, std::int64_t index,
                             const std::vector<TargetSchema>& targets, std::size_t target) {
    try {
        const std::vector<TargetValue> values = dataset.targets(index);
        dataset.hold(index, [&] { target::check_targets(targets, values); });
        return target::kind_of(targets[target]).class_of(values[target]).value_or(-1);
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::data) {
            throw;
        }
        return -1;
    }
}

std::string fingerprint(const Subset& subset, const std::vector<TargetSchema>& schemas) {
    core::Hasher hasher;
    const bool files = subset.dataset && has_files(subset);
    for (const std::int64_t index : subset.indices) {
        std::string text = subset.dataset.id(index) + targets_text(subset.dataset, index, schemas);
        if (files) {
            text += '\t';
            text += file_size_text(subset.dataset, index);
        }
        text += '\n';
        hasher.add(text);
    }
    return hasher.hex();
}

}  // namespace graft::data
