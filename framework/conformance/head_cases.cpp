// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a head gives: outputs, encoded targets, predictions, metrics.
#include <algorithm>
#include <memory>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "conformance/head_case.hpp"
#include "conformance/require.hpp"
#include "conformance/splits.hpp"
#include "target/kind.hpp"

namespace graft::conformance {
namespace {

void outputs(const HeadCase& one) {
    const at::NoGradGuard no_gradients;
    const auto& ports = one.ports().outputs;
    for (const std::int64_t samples : {1, 3}) {
        auto head = one.make();
        head.set_training(false);
        const auto made = head.forward(one.features(samples));
        for (std::size_t index = 0; index < made.size(); ++index) {
            require_float(made[index], "output " + ports[index].name);
        }
    }
}

void encode(const HeadCase& one) {
    const auto& ports = one.ports().outputs;
    auto head = one.make();
    const auto present = head.encode(one.targets(3, true));
    const auto missing = head.encode(one.targets(3, false));
    for (std::size_t index = 0; index < present.size(); ++index) {
        if (!present[index].values.defined()) {
            continue;  // an output without a target
        }
        const std::string what = "encoded " + ports[index].name;
        require(present[index].present.all().item<bool>(), what + ": what is there is missing",
                "pass on `present` of the target");
        require(!missing[index].present.any().item<bool>(), what + ": what is missing is there",
                "pass on `present` of the target");
        require(at::isfinite(missing[index].values.to(at::kDouble)).all().item<bool>(),
                what + ": a missing value is not finite", "a missing value is any number, but a number");
    }
}

/// A single entry (a sample, a point, a label) that is missing stays so, and takes no other sample along.
void partly_missing(const HeadCase& one) {
    auto head = one.make();
    const auto& targets = one.context().targets;
    for (std::size_t index = 0; index < targets.size(); ++index) {
        auto given = one.targets(3, true);
        given[index].present.view({-1})[0].fill_(false);
        bool missing = false;
        for (const Column& column : head.encode(given)) {
            if (column.values.defined()) {
                missing = missing || !column.present.slice(0, 0, 1).all().item<bool>();
                require(column.present.slice(0, 1).all().item<bool>(),
                        "where an entry of one sample is missing, another sample is missing too");
            }
        }
        require(missing, "a missing entry of " + targets[index].name + " is there after encode",
                "pass on `present` of the target, entry by entry");
    }
}

/// Outputs that fit the encoded target as well as outputs can.
at::Tensor best_output(const OutputPort& port, const Column& encoded, const at::Tensor& like) {
    constexpr double sure = 20;  // a logit
    if (!encoded.values.defined()) {
        throw Skip(fmt::format("output '{}' has no target", port.name));
    }
    if (port.space == space::values) {
        return encoded.values;
    }
    if (port.space == space::binary_logits) {
        return (encoded.values * 2 - 1) * sure;
    }
    if (port.space == space::class_logits && like.dim() == 2) {
        require(encoded.values.scalar_type() == at::kLong &&
                    encoded.values.max().item<std::int64_t>() < like.size(1),
                fmt::format("encoded {} is no class of the {} of the output", port.name, like.size(1)),
                "the encoded target of class_logits is int64, below the output's second side");
        return at::one_hot(encoded.values, like.size(1)).to(at::kFloat) * sure;
    }
    throw Skip(
        fmt::format("what would fit the targets best in the space '{}' only its loss knows", port.space));
}

/// A head of steps (ordinal, by classes of years) cannot give back a number exactly: half of the distance
/// between two examples tells them apart.
double tolerance_of(const std::vector<at::Tensor>& best, const at::Tensor& truth) {
    const bool is_coded = std::none_of(
        best.begin(), best.end(), [&](const at::Tensor& output) { return output.numel() == truth.numel(); });
    if (!is_coded || truth.dim() != 1) {
        return 1e-5;
    }
    const at::Tensor sorted = std::get<0>(at::sort(truth.to(at::kDouble)));
    return 0.5 * (sorted.slice(0, 1) - sorted.slice(0, 0, -1)).min().item<double>() /
           std::max(1.0, truth.abs().max().item<double>());
}

void require_told_apart(const std::vector<at::Tensor>& best, std::int64_t samples) {
    for (std::int64_t sample = 1; sample < samples; ++sample) {
        const bool differs = std::any_of(best.begin(), best.end(), [&](const at::Tensor& output) {
            return !at::equal(output[0], output[sample]);
        });
        if (!differs) {
            throw Skip("the head's options make the example targets one: they lie outside its range");
        }
    }
}

/// What brings a loss to its least is the truth: decode undoes encode.
void round_trip(const HeadCase& one) {
    const at::NoGradGuard no_gradients;
    const auto schemas = one.predictions();
    if (!one.ports().predictions.empty()) {
        throw Skip("its predictions are not its targets");
    }
    constexpr std::int64_t samples = 3;
    auto head = one.make();
    head.set_training(false);
    const auto given = one.targets(samples, true);
    const auto encoded = head.encode(given);
    const auto like = head.forward(one.features(samples));
    std::vector<at::Tensor> best;
    for (std::size_t index = 0; index < encoded.size(); ++index) {
        best.push_back(best_output(one.ports().outputs[index], encoded[index], like[index]));
    }
    const auto made = head.decode(best);
    constexpr const char* remedy = "decode undoes encode: the same order, scale and thresholds";
    for (std::size_t index = 0; index < made.size(); ++index) {
        const std::string what = "decode of encode of " + schemas[index].name;
        const at::Tensor& truth = given[index].values;
        switch (schemas[index].kind) {
            case TargetKind::category:
                require_equal(made[index].argmax(1), truth, 0, what + ", its likeliest class", remedy);
                break;
            case TargetKind::labels:
                require_equal(made[index].gt(0.5), truth.gt(0.5), 0, what + ", at 0.5", remedy);
                break;
            case TargetKind::scalar:
            case TargetKind::points:
            case TargetKind::tensor: {
                const double tolerance = tolerance_of(best, truth);
                if (tolerance > 1e-5) {
                    require_told_apart(best, samples);
                }
                require_equal(made[index], truth, tolerance, what, remedy);
                break;
            }
            default:
                throw Skip("a grid or a list of boxes is coarser than its target");
        }
    }
}

void decode(const HeadCase& one) {
    const at::NoGradGuard no_gradients;
    const auto schemas = one.predictions();
    auto head = one.make();
    head.set_training(false);
    for (const std::int64_t samples : {1, 3}) {
        const auto made = head.decode(head.forward(one.features(samples)));
        for (std::size_t index = 0; index < made.size(); ++index) {
            const std::string wrong = target::prediction_problem(
                schemas[index], made[index], {HeadCase::image_side, HeadCase::image_side});
            require(wrong.empty(), "decoded " + schemas[index].name + " " + wrong,
                    "graft/column.hpp lists the shape of a prediction by its kind");
        }
    }
}

/// Any split of the samples, merged in any order, gives what all of them give at once.
void metrics(const HeadCase& one) {
    const at::NoGradGuard no_gradients;
    one.predictions();
    auto head = one.make();
    head.set_training(false);
    constexpr std::int64_t samples = 9;
    const auto made = head.decode(head.forward(one.features(samples)));
    const auto truth = one.targets(samples, true);
    for (std::size_t index = 0; index < made.size() && one.ports().predictions.empty(); ++index) {
        const auto make_metrics = [&] { return head.metrics(one.context().targets[index]); };
        require_splits_agree(make_metrics, {{made[index], truth[index].present}}, {truth[index]});
    }
    std::vector<Column> predicted;
    predicted.reserve(made.size());
    for (const at::Tensor& prediction : made) {
        predicted.push_back({prediction, truth.empty() ? at::Tensor() : truth.front().present});
    }
    require_splits_agree([&] { return head.head_metrics(); }, predicted, truth);
}

}  // namespace

void add_head_cases(Cases& cases, const Subject& subject) {
    std::vector<std::pair<const char*, HeadCheck>> checks = {
        {"outputs", outputs},       {"encode", encode}, {"partly_missing", partly_missing},
        {"round_trip", round_trip}, {"decode", decode}, {"metrics", metrics},
    };
    const auto more = head_training_checks();
    checks.insert(checks.end(), more.begin(), more.end());
    for (const NamedHeadCase& named : head_variants(subject)) {
        const auto made = std::make_shared<HeadCase>(named.head);
        for (const auto& [check, function] : checks) {
            add_case(cases, fmt::format("{}.{}/{}", subject.label, check, named.variant),
                     [made, function = function] { function(*made); });
        }
    }
}

}  // namespace graft::conformance
