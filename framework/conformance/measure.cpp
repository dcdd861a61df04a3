// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// How long what a component does takes, as the median over repeats.
#include <algorithm>
#include <chrono>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include "conformance/case.hpp"
#include "conformance/head_case.hpp"
#include "conformance/loss_case.hpp"
#include "core/problem.hpp"
#include "data/loader.hpp"

namespace graft::conformance {
namespace {

using core::Json;

/// Calls it until a second is over, at least five times after two that warm up.
Json timed(const std::string& what, std::int64_t samples, const std::function<void()>& work) {
    constexpr std::size_t least = 5;
    constexpr std::size_t most = 200;
    constexpr double enough = 1000;  // milliseconds
    work();
    work();
    std::vector<double> taken;
    double whole = 0;
    while (taken.size() < least || (whole < enough && taken.size() < most)) {
        const auto begun = std::chrono::steady_clock::now();
        work();
        taken.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
        whole += taken.back();
    }
    std::sort(taken.begin(), taken.end());
    const double median = taken[taken.size() / 2];
    return {{"what", what},
            {"samples", samples},
            {"median_ms", median},
            {"fastest_ms", taken.front()},
            {"slowest_ms", taken.back()},
            {"repeats", taken.size()},
            {"samples_per_second", static_cast<double>(samples) / median * 1000}};
}

void backward(const std::vector<at::Tensor>& outputs) {
    at::Tensor sum = at::zeros({});
    for (const at::Tensor& output : outputs) {
        sum = sum + output.sum();
    }
    if (sum.requires_grad()) {
        sum.backward();
    }
}

Json backbone(const Subject& subject) {
    constexpr std::int64_t batch = 8;
    const BackboneInput wants = subject.component.input(subject.options);
    auto made =
        plugin::BackboneHandle::create(subject.component, subject.options, {wants.size, wants.size}, {});
    const at::Tensor input =
        at::randn({batch, 3, wants.size, wants.size}).contiguous(at::MemoryFormat::ChannelsLast);
    const auto forward = [&] {
        at::Tensor feature = input;
        for (std::size_t stage = 0; stage < made.stages().size(); ++stage) {
            feature = made.forward(stage, feature);
        }
        return feature;
    };
    Json rows = Json::array();
    made.set_training(false);
    rows.push_back(timed(fmt::format("forward at {} x {}", wants.size, wants.size), batch, [&] {
        const at::NoGradGuard no_gradients;
        forward();
    }));
    made.set_training(true);
    rows.push_back(timed("forward and backward", batch, [&] { backward({forward()}); }));
    return rows;
}

Json head(const HeadCase& one) {
    constexpr std::int64_t batch = 64;
    auto made = one.make();
    const auto features = one.features(batch);
    Json rows = Json::array();
    made.set_training(false);
    rows.push_back(timed("forward", batch, [&] {
        const at::NoGradGuard no_gradients;
        made.forward(features);
    }));
    made.set_training(true);
    rows.push_back(timed("forward and backward", batch, [&] { backward(made.forward(features)); }));
    if (one.ports().decodes) {
        const at::NoGradGuard no_gradients;
        const auto outputs = made.forward(features);
        rows.push_back(timed("decode", batch, [&] { made.decode(outputs); }));
    }
    return rows;
}

Json loss(const LossCase& one) {
    const LossInputs given = one.inputs(true);
    for (const at::Tensor& output : given.outputs) {
        output.requires_grad_(true);
    }
    const auto made = one.make();
    return Json::array({timed("forward and backward", given.samples(), [&] {
        const LossValue value = made.forward(given.outputs, given.targets);
        backward({value.loss * value.weight});
    })});
}

/// What training does: decode, resize, make batches, in as many threads as there are.
Json dataset(const Subject& subject) {
    constexpr std::int64_t most = 64;
    constexpr std::int64_t side = 224;
    data::LoaderOptions options;
    options.preprocess = {side, side, pipeline::Resize::stretch, 1.0, {}, {}};
    options.targets = subject.component.schema(subject.options, "");
    data::Subset subset = data::all_of(plugin::DatasetHandle::create(subject.component, subject.options,
                                                                     {"", options.targets, side, side}, {}));
    const std::int64_t samples = std::min(most, subset.dataset.size());
    if (samples == 0) {
        throw Skip("there is no sample");
    }
    subset.indices.resize(static_cast<std::size_t>(samples));
    data::Loader loader(subset, options);
    std::uint64_t epoch = 0;
    return Json::array(
        {timed(fmt::format("samples as training reads them, at {} x {}", side, side), samples, [&] {
            loader.start(++epoch);
            while (loader.next()) {
            }
        })});
}

}  // namespace

void add_measurements(Cases& cases, const Subject& subject, const Library& library) {
    const std::string kind = subject.component.kind();
    const std::string name = subject.label + ".measure";
    if (kind == "backbone") {
        cases.push_back({name, [subject] { return backbone(subject); }});
    } else if (kind == "dataset") {
        cases.push_back({name, [subject] { return dataset(subject); }});
    } else if (kind == "loss") {
        cases.push_back({name, [made = LossCase(subject, library)] { return loss(made); }});
    } else {
        for (const NamedHeadCase& variant : head_variants(subject)) {
            cases.push_back({name + "/" + variant.variant, [made = variant.head] { return head(made); }});
        }
    }
}

}  // namespace graft::conformance
