// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <thread>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "case.hpp"
#include "data/batch.hpp"
#include "fixtures.hpp"
#include "graft/dataset.hpp"

namespace graft::conformance {
namespace {

constexpr std::int64_t most = 24;  // samples looked at

class DatasetCase {
public:
    explicit DatasetCase(const Subject& subject) : subject_(subject) {}

    std::shared_ptr<Dataset> make() const {
        return subject_.component.dataset.create(subject_.options, {"", schema()});
    }

    std::vector<TargetSchema> schema() const {
        return subject_.component.dataset.schema(subject_.options, "");
    }

    static std::int64_t count(const Dataset& dataset) { return std::min(most, dataset.size()); }

    void ids() const {
        const auto first = make();
        const auto second = make();
        require(first->size() > 0, "there is no sample");
        require(first->size() == second->size(), "a second object has another size");
        std::set<std::string> seen;
        for (std::int64_t index = 0; index < first->size(); ++index) {
            require(seen.insert(first->id(index)).second, "the id '" + first->id(index) + "' occurs twice");
            require(first->id(index) == second->id(index),
                    "the id of a sample changes from object to object");
            require(!first->group(index).empty(), "a sample has an empty group");
        }
    }

    void targets() const {
        const auto dataset = make();
        const auto schemas = schema();
        for (std::int64_t index = 0; index < count(*dataset); ++index) {
            const auto values = dataset->targets(index);
            require(values.size() == schemas.size(),
                    fmt::format("{} targets, the schema has {}", values.size(), schemas.size()));
            for (std::size_t target = 0; target < values.size(); ++target) {
                require_fits(schemas[target], values[target]);
            }
        }
    }

    void images() const {
        const auto dataset = make();
        for (std::int64_t index = 0; index < count(*dataset); ++index) {
            const auto prepared =
                data::prepare(dataset->image(index), {64, 64, pipeline::Resize::stretch, 1.0, {}, {}});
            require(prepared.original.numel() > 0, "a picture is empty");
        }
    }

    void threads() const {
        const auto dataset = make();
        const auto read = [&](std::vector<at::Tensor>& into) {
            for (std::int64_t index = 0; index < count(*dataset); ++index) {
                into.push_back(
                    data::prepare(dataset->image(index), {32, 32, pipeline::Resize::stretch, 1.0, {}, {}})
                        .image);
            }
        };
        std::vector<at::Tensor> alone;
        read(alone);
        std::vector<std::vector<at::Tensor>> together(4);
        std::vector<std::thread> workers;
        for (auto& into : together) {
            workers.emplace_back([&read, &into] { read(into); });
        }
        for (std::thread& worker : workers) {
            worker.join();
        }
        for (const auto& images : together) {
            for (std::size_t index = 0; index < alone.size(); ++index) {
                require_equal(images.at(index), alone[index], 0, "a picture read by several threads");
            }
        }
    }

private:
    static void require_fits(const TargetSchema& schema, const TargetValue& value) {
        if (std::holds_alternative<std::monostate>(value)) {
            return;  // missing, as any target may be
        }
        const std::string what = "target " + schema.name;
        const auto classes = schema.classes.size();
        if (schema.kind == TargetKind::category) {
            const auto* index = std::get_if<std::int64_t>(&value);
            require(index != nullptr && *index >= 0 && *index < static_cast<std::int64_t>(classes),
                    what + " is no index of its classes");
        } else if (schema.kind == TargetKind::labels) {
            const auto* labels = std::get_if<Labels>(&value);
            require(labels != nullptr && labels->size() == classes,
                    what + " has another number of labels than classes");
        } else if (schema.kind == TargetKind::scalar) {
            const auto* number = std::get_if<double>(&value);
            require(number != nullptr && std::isfinite(*number), what + " is no finite number");
        } else if (schema.kind == TargetKind::points) {
            const auto* points = std::get_if<Points>(&value);
            require(points != nullptr && static_cast<std::int64_t>(points->size()) == schema.point_count,
                    what + " has another number of points");
        } else {
            std::int64_t numbers = 1;
            for (const std::int64_t side : schema.shape) {
                numbers *= side;
            }
            const auto* flat = std::get_if<std::vector<float>>(&value);
            require(flat != nullptr && static_cast<std::int64_t>(flat->size()) == numbers,
                    what + " has another shape");
        }
    }

    Subject subject_;
};

}  // namespace

void add_dataset_cases(Cases& cases, const Subject& subject) {
    static const std::pair<const char*, void (DatasetCase::*)() const> checks[] = {
        {"ids", &DatasetCase::ids},
        {"targets", &DatasetCase::targets},
        {"images", &DatasetCase::images},
        {"threads", &DatasetCase::threads},
    };
    const auto made = std::make_shared<DatasetCase>(subject);
    for (const auto& [check, method] : checks) {
        cases.push_back({fmt::format("{}(check={})", subject.component.id, check),
                         [made, method = method] { ((*made).*method)(); }});
    }
}

}  // namespace graft::conformance
