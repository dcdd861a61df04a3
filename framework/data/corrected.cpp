// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/corrected.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "plugin/unguarded.hpp"

namespace graft::data {
namespace {

/// Stands for another data set. A handle gives text where a data set has names of any bytes.
class Corrected : public Dataset {
public:
    Corrected(plugin::DatasetHandle dataset, GivenValues values)
        : dataset_(std::move(dataset)), values_(std::move(values)) {}

    std::int64_t size() const override { return dataset_.size(); }
    std::string id(std::int64_t index) const override { return core::text_to_name(dataset_.id(index)); }
    ImageSource image(std::int64_t index) const override { return dataset_.image(index); }
    std::string group(std::int64_t index) const override { return core::text_to_name(dataset_.group(index)); }

    std::vector<TargetValue> targets(std::int64_t index) const override {
        std::vector<TargetValue> values = dataset_.targets(index);
        const auto given = values_.find(index);
        if (given != values_.end()) {
            for (const auto& [target, value] : given->second) {
                if (target < values.size()) {  // whoever reads them holds their number to the schema
                    values[target] = value;
                }
            }
        }
        return values;
    }

    std::vector<DataProblem> problems() const override {
        std::vector<DataProblem> problems = dataset_.problems();
        for (DataProblem& problem : problems) {
            problem.place = core::text_to_name(problem.place);
            problem.message = core::text_to_name(problem.message);
        }
        return problems;
    }

private:
    plugin::DatasetHandle dataset_;
    GivenValues values_;
};

}  // namespace

plugin::DatasetHandle with_values(const plugin::DatasetHandle& dataset, GivenValues values) {
    return plugin::Unguarded::dataset(std::make_shared<const Corrected>(dataset, std::move(values)),
                                      plugin::Unguarded::caller(dataset));
}

}  // namespace graft::data
