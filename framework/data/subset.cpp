// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <numeric>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/hash.hpp"
#include "core/problem.hpp"
#include "data/batch.hpp"
#include "graft/error.hpp"

namespace graft::data {
namespace {

/// Turns a target's value into bytes that are equal for equal values.
struct TargetText {
    std::string operator()(std::monostate) const { return "-"; }
    std::string operator()(std::int64_t index) const { return fmt::format("{}", index); }
    std::string operator()(double number) const { return fmt::format("{}", number); }
    std::string operator()(const Labels& labels) const {
        std::string text;
        for (const auto& label : labels) {
            text += label ? (*label ? '1' : '0') : '-';
        }
        return text;
    }
    std::string operator()(const Points& points) const {
        std::string text;
        for (const auto& point : points) {
            text += point ? fmt::format("{},{};", point->x, point->y) : "-;";
        }
        return text;
    }
    std::string operator()(const std::vector<float>& numbers) const {
        std::string text;
        for (const float number : numbers) {
            text += fmt::format("{};", number);
        }
        return text;
    }
};

bool has_files(const Subset& subset) {
    try {
        return !subset.indices.empty() &&
               std::holds_alternative<std::filesystem::path>(subset.dataset->image(subset.indices.front()));
    } catch (const Error&) {
        return true;  // a file that is gone
    }
}

std::string file_size_text(const Dataset& dataset, std::int64_t index) {
    try {
        const ImageSource source = dataset.image(index);
        if (const auto* path = std::get_if<std::filesystem::path>(&source)) {
            std::error_code error;
            const auto size = std::filesystem::file_size(*path, error);
            return error ? "gone" : fmt::format("{}", size);
        }
        return "";
    } catch (const Error&) {
        return "gone";
    }
}

/// "a: why", for the first few of a list of bad things.
constexpr std::size_t named_at_most = 5;

core::Problem too_many(const std::string& message, const std::vector<std::string>& lines, double limit) {
    std::string text = message;
    for (std::size_t at = 0; at < std::min(lines.size(), named_at_most); ++at) {
        text += "\n  " + lines[at];
    }
    if (lines.size() > named_at_most) {
        text += fmt::format("\n  and {} more", lines.size() - named_at_most);
    }
    return {{}, text, fmt::format("mend or remove them, or allow more than {} with data.bad_images", limit)};
}

}  // namespace

Subset all_of(std::shared_ptr<const Dataset> dataset) {
    std::vector<std::int64_t> indices(static_cast<std::size_t>(dataset->size()));
    std::iota(indices.begin(), indices.end(), 0);
    return {std::move(dataset), std::move(indices)};
}

std::string fingerprint(const Subset& subset) {
    core::Hasher hasher;
    const bool files = subset.dataset != nullptr && has_files(subset);
    for (const std::int64_t index : subset.indices) {
        std::string text = subset.dataset->id(index);
        for (const TargetValue& value : subset.dataset->targets(index)) {
            text += '\t';
            text += std::visit(TargetText{}, value);
        }
        if (files) {
            text += '\t';
            text += file_size_text(*subset.dataset, index);
        }
        text += '\n';
        hasher.add(text);
    }
    return hasher.hex();
}

void check_bad_images(const Loader& loader, double limit) {
    core::Problems problems;
    std::vector<std::string> skipped;
    for (const Skipped& sample : loader.skipped()) {
        skipped.push_back(sample.id + ": " + sample.reason);
    }
    if (static_cast<double>(skipped.size()) > limit * static_cast<double>(loader.size())) {
        problems.push_back(too_many(
            fmt::format("{} of {} samples cannot be read:", skipped.size(), loader.size()), skipped, limit));
    }
    std::vector<std::string> records;
    for (const DataProblem& problem : loader.subset().dataset->problems()) {
        if (problem.record) {
            records.push_back(problem.place + ": " + problem.message);
        }
    }
    const auto total = static_cast<std::size_t>(loader.subset().dataset->size()) + records.size();
    if (static_cast<double>(records.size()) > limit * static_cast<double>(total)) {
        problems.push_back(
            too_many(fmt::format("{} of {} records cannot be used:", records.size(), total), records, limit));
    }
    core::throw_if_any(core::Category::data, problems);
}

}  // namespace graft::data
