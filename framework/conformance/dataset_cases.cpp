// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <atomic>
#include <future>
#include <set>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "conformance/case.hpp"
#include "conformance/require.hpp"
#include "data/loader.hpp"
#include "data/sample.hpp"
#include "target/kind.hpp"

namespace graft::conformance {
namespace {

constexpr std::int64_t most = 24;  // samples looked at
constexpr std::int64_t side = 64;  // pixels

/// Equal for equal values; one that is missing is unlike all others.
std::string text_of(const TargetSchema& schema, const TargetValue& value) {
    return std::holds_alternative<std::monostate>(value) ? "missing"
                                                         : "a value " + target::kind_of(schema).text(value);
}

class DatasetCase {
public:
    explicit DatasetCase(const Subject& subject) : subject_(subject), schemas_(schema()) {}

    plugin::DatasetHandle make() const {
        return plugin::DatasetHandle::create(subject_.component, subject_.options, {"", schema(), side, side},
                                             {});
    }

    std::vector<TargetSchema> schema() const { return subject_.component.schema(subject_.options, ""); }

    static std::int64_t count(const plugin::DatasetHandle& dataset) { return std::min(most, dataset.size()); }

    void ids() const {
        const auto first = make();
        const auto second = make();
        require(first.size() > 0, "there is no sample",
                "give the cases a root with samples: --option, in CMake CONFORMANCE");
        require(first.size() == second.size(), "a second object has another size");
        std::set<std::string> seen;
        for (std::int64_t index = 0; index < first.size(); ++index) {
            require(!first.id(index).empty(), fmt::format("the id of sample {} is empty", index), one_sample);
            require(
                first.id(index).front() != '/',
                "the id '" + first.id(index) + "' is a path of this machine: it changes where data are moved",
                one_sample);
            require(seen.insert(first.id(index)).second, "the id '" + first.id(index) + "' occurs twice",
                    one_sample);
            require(first.id(index) == second.id(index), "the id of a sample changes from object to object");
            require(!first.group(index).empty(), "a sample has an empty group");
        }
    }

    void targets() const {
        const auto dataset = make();
        for (const std::string& problem : target::schema_problems(schemas_)) {
            require(false, problem, "schema() says what targets() gives");
        }
        for (const TargetSchema& schema : schemas_) {
            std::set<std::string> classes;
            for (const std::string& name : schema.classes) {
                require(classes.insert(name).second,
                        fmt::format("target '{}' has two classes '{}'", schema.name, name),
                        "a class is known by its name alone in results and in a saved model");
            }
        }
        for (std::int64_t index = 0; index < count(dataset); ++index) {
            const auto values = dataset.targets(index);
            target::check_targets(schemas_, values);
        }
    }

    /// What was left out can be told when a run begins.
    void problems() const { make().problems(); }

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

    /// What several threads read at once is what one reads alone.
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
        at_once(together.size(), [&](std::size_t thread) { read(together[thread]); });
        for (const auto& images : together) {
            for (std::size_t index = 0; index < alone.size(); ++index) {
                require_equal(images.at(index), alone[index], 0, "a picture read by several threads", shared);
            }
        }
    }

    void threads_of_targets() const {
        const auto dataset = make();
        const auto read = [&](std::int64_t index) {
            std::string text = dataset.id(index) + "\n" + dataset.group(index);
            const auto values = dataset.targets(index);
            for (std::size_t target = 0; target < values.size(); ++target) {
                text += "\n" + text_of(schemas_[target], values[target]);
            }
            return text;
        };
        std::vector<std::string> alone;
        for (std::int64_t index = 0; index < count(dataset); ++index) {
            alone.push_back(read(index));
        }
        std::atomic<std::int64_t> wrong{-1};
        at_once(4, [&](std::size_t thread) {
            constexpr std::int64_t rounds = 20;
            const auto samples = static_cast<std::int64_t>(alone.size());
            for (std::int64_t step = 0; step < rounds * samples && wrong < 0; ++step) {
                const std::int64_t index = (step * (static_cast<std::int64_t>(thread) + 1)) % samples;
                if (read(index) != alone[static_cast<std::size_t>(index)]) {
                    wrong = index;
                }
            }
        });
        require(wrong < 0,
                fmt::format("targets, id or group of sample {} are others when several threads ask at once",
                            wrong.load()),
                shared);
    }

    void repeated() const {
        const auto first = make();
        const auto second = make();
        for (std::int64_t index = 0; index < count(first); ++index) {
            const auto one = first.targets(index);
            const auto other = second.targets(index);
            for (std::size_t target = 0; target < one.size(); ++target) {
                require(text_of(schemas_[target], one[target]) == text_of(schemas_[target], other[target]),
                        fmt::format("target '{}' of sample {} is another in a second object",
                                    schemas_[target].name, index),
                        "a data set draws nothing at random; what is drawn comes from the sample's number");
            }
        }
    }

    void memory() const {
        require_no_growth(
            [&] {
                const auto dataset = make();
                for (std::int64_t index = 0; index < count(dataset); ++index) {
                    dataset.targets(index);
                    dataset.image(index);
                }
            },
            "opening and reading");
    }

private:
    static constexpr const char* one_sample = "an id is a sample's alone: its path below the root, say";
    static constexpr const char* shared =
        "every method runs in several threads at once: keep no scratch in the object (mutable), or lock it";

    /// Runs the function in so many threads and throws the first exception out of them.
    static void at_once(std::size_t threads, const std::function<void(std::size_t)>& function) {
        std::vector<std::future<void>> running;
        for (std::size_t thread = 0; thread < threads; ++thread) {
            running.push_back(std::async(std::launch::async, [&function, thread] {
                const plugin::SignalStack stack;
                function(thread);
            }));
        }
        for (auto& one : running) {
            one.wait();
        }
        for (auto& one : running) {
            one.get();
        }
    }

    Subject subject_;
    std::vector<TargetSchema> schemas_;
};

}  // namespace

void add_dataset_cases(Cases& cases, const Subject& subject) {
    static const std::pair<const char*, void (DatasetCase::*)() const> checks[] = {
        {"ids", &DatasetCase::ids},           {"targets", &DatasetCase::targets},
        {"images", &DatasetCase::images},     {"samples", &DatasetCase::samples},
        {"threads", &DatasetCase::threads},   {"threads_of_targets", &DatasetCase::threads_of_targets},
        {"repeated", &DatasetCase::repeated}, {"problems", &DatasetCase::problems},
        {"memory", &DatasetCase::memory},
    };
    for (const auto& [check, method] : checks) {
        add_case(cases, fmt::format("{}.{}", subject.label, check),
                 [subject, method = method] { (DatasetCase(subject).*method)(); });
    }
}

}  // namespace graft::conformance
