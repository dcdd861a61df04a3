// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Data sets in memory and pictures for the tests of this folder.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <stdlib.h>

#include "core/problem.hpp"
#include "data/subset.hpp"
#include "support/temporary_folder.hpp"
#include "support/unguarded.hpp"

namespace graft::test {

/// A data set whose methods are functions of the index.
class FakeDataset : public Dataset {
public:
    std::int64_t samples = 0;
    std::function<ImageSource(std::int64_t)> picture = [](std::int64_t) { return RgbImage{1, 1, {0, 0, 0}}; };
    std::function<std::vector<TargetValue>(std::int64_t)> values = [](std::int64_t) {
        return std::vector<TargetValue>{};
    };
    std::function<std::string(std::int64_t)> name = [](std::int64_t index) {
        return "sample " + std::to_string(index);
    };
    std::function<std::string(std::int64_t)> group_name;
    std::vector<DataProblem> found;

    std::int64_t size() const override { return samples; }
    std::string id(std::int64_t index) const override { return name(index); }
    std::vector<TargetValue> targets(std::int64_t index) const override { return values(index); }
    ImageSource image(std::int64_t index) const override { return picture(index); }
    std::string group(std::int64_t index) const override {
        return group_name ? group_name(index) : id(index);
    }
    std::vector<DataProblem> problems() const override { return found; }
};

/// Every sample of a data set that a test made, behind its handle.
inline data::Subset all_of(std::shared_ptr<const Dataset> dataset) {
    return data::all_of(plugin::Unguarded::dataset(std::move(dataset)));
}

inline TargetSchema category(const std::string& name, std::vector<std::string> classes) {
    TargetSchema schema;
    schema.name = name;
    schema.kind = TargetKind::category;
    schema.classes = std::move(classes);
    return schema;
}

using tests::TemporaryFolder;

/// The message of the Failure that `function` throws; empty when it throws none.
template <class Function>
std::string failure_text(Function&& function) {
    try {
        function();
    } catch (const core::Failure& failure) {
        return failure.what();
    }
    return "";
}

}  // namespace graft::test
