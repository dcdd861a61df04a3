// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <memory>
#include <optional>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include "case.hpp"
#include "core/problem.hpp"
#include "fixtures.hpp"
#include "splits.hpp"
#include "target/kind.hpp"

namespace graft::conformance {
namespace {

constexpr std::int64_t image_side = 96;  // pixels

class HeadCase {
public:
    HeadCase(const Subject& subject, const std::vector<TargetKind>& kinds, std::size_t classes)
        : subject_(subject), ports_(subject.component.head_ports(subject.options, kinds)) {
        for (const TargetKind kind : kinds) {
            context_.targets.push_back(example_schema(kind, classes));
        }
        for (const InputPort& port : ports_.inputs) {
            context_.inputs.push_back(example_shape(port));
        }
        context_.height = context_.width = image_side;
    }

    /// A head may refuse a schema that its options do not go with (two classes only, say).
    plugin::HeadHandle make(std::uint64_t seed = 1) const {
        at::manual_seed(seed);
        try {
            return plugin::HeadHandle::create(subject_.component, "", subject_.options, ports_, context_, {});
        } catch (const core::Failure& failure) {
            if (failure.category() == core::Category::pipeline) {
                throw Skip(failure.what());
            }
            throw;
        }
    }

    std::vector<at::Tensor> features(std::int64_t samples) const {
        at::manual_seed(7);
        std::vector<at::Tensor> made;
        for (const FeatureShape& shape : context_.inputs) {
            made.push_back(example_feature(shape, samples));
        }
        return made;
    }

    std::vector<Column> targets(std::int64_t samples, bool present) const {
        std::vector<Column> columns;
        for (const TargetSchema& schema : context_.targets) {
            columns.push_back(example_target(schema, samples, image_side, present));
        }
        return columns;
    }

    void outputs() const {
        const at::NoGradGuard no_gradients;
        for (const std::int64_t samples : {1, 3}) {
            auto head = make();
            head.set_training(false);
            const auto made = head.forward(features(samples));
            require(made.size() == ports_.outputs.size(),
                    fmt::format("{} outputs, declared {}", made.size(), ports_.outputs.size()));
            for (std::size_t index = 0; index < made.size(); ++index) {
                const std::string what = "output " + ports_.outputs[index].name;
                require_float(made[index], what);
                require(made[index].size(0) == samples, what + " has shape " + shape_text(made[index]));
            }
        }
    }

    void encode() const {
        auto head = make();
        const auto present = head.encode(targets(3, true));
        const auto missing = head.encode(targets(3, false));
        require(present.size() == ports_.outputs.size() && missing.size() == ports_.outputs.size(),
                "encode gives another number of columns than there are outputs");
        for (std::size_t index = 0; index < present.size(); ++index) {
            if (!present[index].values.defined()) {
                continue;  // an output without a target
            }
            const std::string what = "encoded " + ports_.outputs[index].name;
            require(present[index].values.size(0) == 3 && present[index].present.size(0) == 3,
                    what + ": another batch size");
            require(present[index].present.all().item<bool>(), what + ": what is there is missing");
            require(!missing[index].present.any().item<bool>(), what + ": what is missing is there");
            require(at::isfinite(missing[index].values.to(at::kDouble)).all().item<bool>(),
                    what + ": a missing value is not finite");
        }
    }

    /// A single entry (a sample, a point, a label) that is missing stays so, and takes no other sample along.
    void partly_missing() const {
        auto head = make();
        for (std::size_t index = 0; index < context_.targets.size(); ++index) {
            auto given = targets(3, true);
            given[index].present.view({-1})[0].fill_(false);
            bool missing = false;
            for (const Column& column : head.encode(given)) {
                if (column.values.defined()) {
                    missing = missing || !column.present.slice(0, 0, 1).all().item<bool>();
                    require(column.present.slice(0, 1).all().item<bool>(),
                            "where an entry of one sample is missing, another sample is missing too");
                }
            }
            require(missing, "a missing entry of " + context_.targets[index].name + " is there after encode");
        }
    }

    /// What the head predicts: its own list, or one prediction a target.
    std::vector<TargetSchema> predictions() const {
        if (!ports_.decodes) {
            throw Skip("the head has no decode");
        }
        return ports_.predictions.empty() ? context_.targets : ports_.predictions;
    }

    /// What brings a loss of values to zero is the truth: decode undoes encode.
    void round_trip() const {
        const auto schemas = predictions();
        auto head = make();
        const auto given = targets(3, true);
        const auto encoded = head.encode(given);
        std::vector<at::Tensor> outputs;
        for (std::size_t index = 0; index < ports_.outputs.size(); ++index) {
            outputs.push_back(encoded[index].values);
        }
        const bool are_values =
            std::all_of(ports_.outputs.begin(), ports_.outputs.end(),
                        [](const OutputPort& port) { return port.space == space::values; });
        if (!are_values || !ports_.predictions.empty()) {
            throw Skip("an output is no value of a target");
        }
        const auto made = head.decode(outputs);
        for (std::size_t index = 0; index < made.size(); ++index) {
            require_equal(made[index], given[index].values, 1e-5,
                          "decode of encode of " + schemas[index].name);
        }
    }

    void decode() const {
        const at::NoGradGuard no_gradients;
        const auto schemas = predictions();
        auto head = make();
        head.set_training(false);
        const auto made = head.decode(head.forward(features(3)));
        for (std::size_t index = 0; index < made.size(); ++index) {
            const std::string wrong =
                target::prediction_problem(schemas[index], made[index], {image_side, image_side});
            require(wrong.empty(), "decoded " + schemas[index].name + " " + wrong);
        }
    }

    /// Any split of the samples, merged in any order, gives what all of them give at once.
    void metrics() const {
        const at::NoGradGuard no_gradients;
        const auto schemas = predictions();
        auto head = make();
        head.set_training(false);
        constexpr std::int64_t samples = 9;
        const auto made = head.decode(head.forward(features(samples)));
        const auto truth = targets(samples, true);
        for (std::size_t index = 0; index < made.size() && ports_.predictions.empty(); ++index) {
            const auto make_metrics = [&] { return head.metrics(context_.targets[index]); };
            require_splits_agree(make_metrics, {{made[index], truth[index].present}}, {truth[index]});
        }
        std::vector<Column> predicted;
        for (const at::Tensor& prediction : made) {
            predicted.push_back({prediction, truth.empty() ? at::Tensor() : truth.front().present});
        }
        require_splits_agree([&] { return head.head_metrics(); }, predicted, truth);
    }

    void gradients() const {
        auto head = make();
        head.set_training(true);
        require_gradients(head.module(), head.forward(features(3)));
    }

    void eval_mode() const {
        const at::NoGradGuard no_gradients;
        auto head = make();
        head.set_training(false);
        const auto together = head.forward(features(3));
        const auto again = head.forward(features(3));
        std::vector<at::Tensor> first;
        for (const at::Tensor& feature : features(3)) {
            first.push_back(feature.slice(0, 0, 1));
        }
        const auto alone = head.forward(first);
        for (std::size_t index = 0; index < together.size(); ++index) {
            require_equal(again[index], together[index], 0, "a second pass in eval mode");
            require_equal(alone[index], together[index].slice(0, 0, 1), 1e-4,
                          "the first sample alone in eval mode");
        }
    }

    void unchanged() const {
        const at::NoGradGuard no_gradients;
        auto head = make();
        for (const bool training : {false, true}) {
            head.set_training(training);
            const auto given = features(3);
            head.forward(given);
            const auto fresh = features(3);
            for (std::size_t index = 0; index < given.size(); ++index) {
                require_equal(given[index], fresh[index], 0, "a feature after forward");
            }
        }
    }

    void traceable() const {
        auto head = make();
        head.set_training(false);
        without_gradients(head.module());
        require_traceable([&](const std::vector<at::Tensor>& in) { return head.forward(in); }, features(2),
                          features(5));
    }

    void state() const {
        auto first = make(1);
        auto second = make(2);
        copy_state(first.module(), second.module());
        require_same_state(first.module(), second.module());
    }

    void determinism() const { require_same_state(make(3).module(), make(3).module()); }

private:
    Subject subject_;
    HeadPorts ports_;
    HeadContext context_;
};

/// The subject itself, and one for every other value of each option that is a choice.
std::vector<std::pair<std::string, Subject>> variants(const Subject& subject) {
    std::vector<std::pair<std::string, Subject>> all{{"", subject}};
    for (const OptionSpec& spec : subject.component.options()) {
        for (const std::string& choice : spec.choices) {
            if (!subject.options.has(spec.name) || subject.options.text(spec.name) != choice) {
                auto values = subject.options.values();
                values[spec.name] = choice;
                all.push_back({fmt::format(",{}={}", spec.name, choice),
                               {subject.component, Options(std::move(values))}});
            }
        }
    }
    return all;
}

/// Every way to bind the target ports to kinds that they take.
void bindings(const std::vector<TargetPort>& ports, std::vector<TargetKind> bound,
              std::vector<std::vector<TargetKind>>& all) {
    if (bound.size() == ports.size()) {
        all.push_back(bound);
        return;
    }
    for (const TargetKind kind : ports[bound.size()].kinds) {
        auto longer = bound;
        longer.push_back(kind);
        bindings(ports, longer, all);
    }
}

}  // namespace

void add_head_cases(Cases& cases, const Subject& subject) {
    static const std::pair<const char*, void (HeadCase::*)() const> checks[] = {
        {"outputs", &HeadCase::outputs},
        {"encode", &HeadCase::encode},
        {"partly_missing", &HeadCase::partly_missing},
        {"round_trip", &HeadCase::round_trip},
        {"decode", &HeadCase::decode},
        {"metrics", &HeadCase::metrics},
        {"gradients", &HeadCase::gradients},
        {"eval_mode", &HeadCase::eval_mode},
        {"inputs_unchanged", &HeadCase::unchanged},
        {"traceable", &HeadCase::traceable},
        {"state", &HeadCase::state},
        {"determinism", &HeadCase::determinism},
    };
    for (const auto& [chosen, variant] : variants(subject)) {
        std::vector<std::vector<TargetKind>> all;
        bindings(variant.component.head_ports(variant.options, {}).targets, {}, all);
        for (const auto& kinds : all) {
            std::string bound;
            for (const TargetKind kind : kinds) {
                bound += fmt::format("{}{}", bound.empty() ? "" : "+", target::kind_name(kind));
            }
            for (const std::size_t classes : {std::size_t{2}, std::size_t{5}}) {
                const auto made = std::make_shared<HeadCase>(variant, kinds, classes);
                for (const auto& [check, method] : checks) {
                    cases.push_back({fmt::format("{}(check={},targets={},classes={}{})",
                                                 subject.component.id(), check, bound, classes, chosen),
                                     [made, method = method] { ((*made).*method)(); }});
                }
            }
        }
    }
}

}  // namespace graft::conformance
