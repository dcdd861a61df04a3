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
#include "data/loader.hpp"
#include "data/sample.hpp"
#include "fixtures.hpp"
#include "target/kind.hpp"

namespace graft::conformance {
namespace {

constexpr std::int64_t most = 24;  // samples looked at
constexpr std::int64_t side = 64;  // pixels

class DatasetCase {
public:
    explicit DatasetCase(const Subject& subject) : subject_(subject) {}

    plugin::DatasetHandle make() const {
        return plugin::DatasetHandle::create(subject_.component, subject_.options, {"", schema(), side, side},
                                             {});
    }

    std::vector<TargetSchema> schema() const { return subject_.component.schema(subject_.options, ""); }

    static std::int64_t count(const plugin::DatasetHandle& dataset) { return std::min(most, dataset.size()); }

    void ids() const {
        const auto first = make();
        const auto second = make();
        require(first.size() > 0, "there is no sample");
        require(first.size() == second.size(), "a second object has another size");
        std::set<std::string> seen;
        for (std::int64_t index = 0; index < first.size(); ++index) {
            require(seen.insert(first.id(index)).second, "the id '" + first.id(index) + "' occurs twice");
            require(first.id(index) == second.id(index), "the id of a sample changes from object to object");
            require(!first.group(index).empty(), "a sample has an empty group");
        }
    }

    void targets() const {
        const auto dataset = make();
        const auto schemas = schema();
        for (const std::string& problem : target::schema_problems(schemas)) {
            require(false, problem);
        }
        for (std::int64_t index = 0; index < count(dataset); ++index) {
            const auto values = dataset.targets(index);
            target::check_targets(schemas, values);
        }
    }

    /// Every sample as training reads it, masks and all, comes out whole.
    void samples() const {
        data::LoaderOptions options;
        options.preprocess = {side, side, pipeline::Resize::stretch, 1.0, {}, {}};
        options.targets = schema();
        data::Subset subset = data::all_of(make());
        subset.indices.resize(static_cast<std::size_t>(count(subset.dataset)));
        data::Loader loader(subset, options);
        loader.start(1);
        while (const auto batch = loader.next()) {
            require(batch->targets.size() == options.targets.size(), "a batch has another number of targets");
        }
        for (const data::Skipped& skipped : loader.skipped()) {
            require(false, "sample " + skipped.id + " is skipped: " + skipped.reason);
        }
    }

    void images() const {
        const auto dataset = make();
        for (std::int64_t index = 0; index < count(dataset); ++index) {
            const auto prepared =
                data::prepare(dataset.image(index), {64, 64, pipeline::Resize::stretch, 1.0, {}, {}});
            require(prepared.original.numel() > 0, "a picture is empty");
        }
    }

    void threads() const {
        const auto dataset = make();
        const auto read = [&](std::vector<at::Tensor>& into) {
            for (std::int64_t index = 0; index < count(dataset); ++index) {
                into.push_back(
                    data::prepare(dataset.image(index), {32, 32, pipeline::Resize::stretch, 1.0, {}, {}})
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
    Subject subject_;
};

}  // namespace

void add_dataset_cases(Cases& cases, const Subject& subject) {
    static const std::pair<const char*, void (DatasetCase::*)() const> checks[] = {
        {"ids", &DatasetCase::ids},         {"targets", &DatasetCase::targets},
        {"images", &DatasetCase::images},   {"samples", &DatasetCase::samples},
        {"threads", &DatasetCase::threads},
    };
    const auto made = std::make_shared<DatasetCase>(subject);
    for (const auto& [check, method] : checks) {
        cases.push_back({fmt::format("{}(check={})", subject.component.id(), check),
                         [made, method = method] { ((*made).*method)(); }});
    }
}

}  // namespace graft::conformance
