// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <memory>
#include <optional>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include "case.hpp"
#include "core/problem.hpp"
#include "fixtures.hpp"

namespace graft::conformance {
namespace {

constexpr std::int64_t samples = 4;
constexpr std::int64_t classes = 3;

struct Pair {
    at::Tensor output;
    Column target;
};

/// Something to compare for the spaces that come with graft; nothing for a word of the plugin's own.
std::optional<Pair> example(const std::string& space, bool present) {
    const at::Tensor known = at::full({samples}, present, at::kBool);
    if (space == space::class_logits) {
        return Pair{at::randn({samples, classes}),
                    {at::arange(samples, at::kLong).remainder(classes), known}};
    }
    if (space == space::binary_logits) {
        return Pair{at::randn({samples, 1}),
                    {at::rand({samples, 1}).gt(0.5).to(at::kFloat), known.unsqueeze(1)}};
    }
    if (space == space::values) {
        return Pair{at::randn({samples, 5}), {at::randn({samples, 5}), known}};
    }
    if (space == space::embedding) {
        return Pair{at::randn({samples, 6}), {at::arange(samples, at::kLong).remainder(2), known}};
    }
    return std::nullopt;
}

class LossCase {
public:
    LossCase(const Subject& subject, std::vector<std::string> spaces)
        : subject_(subject), spaces_(std::move(spaces)) {}

    plugin::LossHandle make() const {
        LossContext context;
        context.targets.push_back(example_schema(TargetKind::category, classes));
        at::manual_seed(1);
        return plugin::LossHandle::create(subject_.component, "", subject_.options, context, {});
    }

    void fill(std::vector<at::Tensor>& outputs, std::vector<Column>& targets, bool present) const {
        at::manual_seed(7);
        for (const std::string& word : spaces_) {
            const auto pair = example(word, present);
            if (!pair) {
                throw Skip("the space '" + word + "' is the plugin's own");
            }
            outputs.push_back(pair->output);
            targets.push_back(pair->target);
        }
    }

    LossValue value(bool present = true) const {
        std::vector<at::Tensor> outputs;
        std::vector<Column> targets;
        fill(outputs, targets, present);
        return make().forward(outputs, targets);
    }

    void per_sample() const {
        const LossValue got = value();
        require_float(got.loss, "the loss");
        require_float(got.weight, "the weight");
        require(got.loss.sizes() == at::IntArrayRef({samples}) &&
                    got.weight.sizes() == at::IntArrayRef({samples}),
                fmt::format("loss {} and weight {}, expected [{}] each", shape_text(got.loss),
                            shape_text(got.weight), samples));
        require(got.weight.gt(0).all().item<bool>(), "a sample that is present has no weight");
    }

    void missing() const {
        const LossValue got = value(false);
        require_float(got.loss, "the loss of missing targets");
        require(got.weight.eq(0).all().item<bool>(), "a missing target has weight");
    }

    /// An entry that is missing weighs less and says nothing; [N, entries] of presence in spaces that have
    /// it.
    void partly_missing() const {
        std::vector<at::Tensor> outputs;
        std::vector<Column> targets;
        fill(outputs, targets, true);
        if (spaces_.size() != 1 || targets.front().values.dim() == 1) {
            throw Skip("targets of several outputs, and classes, are missing wholly or not at all");
        }
        outputs.front() = outputs.front().repeat({1, 2});
        Column& target = targets.front();
        target.values = target.values.repeat({1, 2});
        target.present = at::ones(target.values.sizes(), at::kBool);
        target.present[1][0].fill_(false);
        const auto loss = make();
        const LossValue before = loss.forward(outputs, targets);
        target.values = target.values.clone();
        target.values[1][0] += 1;
        const LossValue after = loss.forward(outputs, targets);
        require_equal(after.loss, before.loss, 0, "the loss after another value of a missing entry");
        require_equal(after.weight, before.weight, 0, "the weight after another value of a missing entry");
        require(before.weight[1].item<double>() < before.weight[0].item<double>(),
                "a sample with a missing entry weighs as much as a whole one");
    }

    void permutation() const {
        std::vector<at::Tensor> outputs;
        std::vector<Column> targets;
        fill(outputs, targets, true);
        const auto loss = make();
        const LossValue straight = loss.forward(outputs, targets);
        for (std::size_t index = 0; index < outputs.size(); ++index) {
            outputs[index] = outputs[index].flip(0);
            targets[index] = {targets[index].values.flip(0), targets[index].present.flip(0)};
        }
        const LossValue turned = loss.forward(outputs, targets);
        require_equal(turned.loss.flip(0), straight.loss, 1e-6, "the loss of the samples in another order");
        require_equal(turned.weight.flip(0), straight.weight, 1e-6,
                      "the weight of the samples in another order");
    }

    void gradients() const {
        std::vector<at::Tensor> outputs;
        std::vector<Column> targets;
        fill(outputs, targets, true);
        for (at::Tensor& output : outputs) {
            output.requires_grad_(true);
        }
        const auto loss = make();
        const LossValue got = loss.forward(outputs, targets);
        (got.loss * got.weight).sum().backward();
        for (const at::Tensor& output : outputs) {
            require(output.grad().defined() && output.grad().abs().sum().item<double>() > 0,
                    "no gradient reaches an output");
            require_float(output.grad(), "the gradient of an output");
        }
    }

    void unchanged() const {
        std::vector<at::Tensor> outputs;
        std::vector<Column> targets;
        fill(outputs, targets, true);
        make().forward(outputs, targets);
        std::vector<at::Tensor> fresh;
        std::vector<Column> fresh_targets;
        fill(fresh, fresh_targets, true);
        for (std::size_t index = 0; index < outputs.size(); ++index) {
            require_equal(outputs[index], fresh[index], 0, "an output after forward");
            require_equal(targets[index].values, fresh_targets[index].values, 0, "a target after forward");
        }
    }

    /// [N] against [N, 1] would broadcast to N x N.
    void refuses_broadcast() const {
        std::vector<at::Tensor> outputs;
        std::vector<Column> targets;
        fill(outputs, targets, true);
        targets.front().values = targets.front().values.dim() == 1
                                     ? targets.front().values.unsqueeze(1)
                                     : targets.front().values.select(1, 0).contiguous();
        try {
            make().forward(outputs, targets);
        } catch (const core::Failure& failure) {
            const std::string text = failure.what();
            require(text.find(": forward failed: ") != std::string::npos,
                    "shapes that would only broadcast must end in graft::Error(internal), not in: " + text);
            return;
        }
        require(false, "targets of shape " + shape_text(targets.front().values) +
                           " against an output of shape " + shape_text(outputs.front()) + " are taken");
    }

private:
    Subject subject_;
    std::vector<std::string> spaces_;
};

}  // namespace

void add_loss_cases(Cases& cases, const Subject& subject) {
    static const std::pair<const char*, void (LossCase::*)() const> checks[] = {
        {"per_sample", &LossCase::per_sample},
        {"missing", &LossCase::missing},
        {"partly_missing", &LossCase::partly_missing},
        {"permutation", &LossCase::permutation},
        {"gradients", &LossCase::gradients},
        {"inputs_unchanged", &LossCase::unchanged},
        {"refuses_broadcast", &LossCase::refuses_broadcast},
    };
    std::vector<std::string> spaces;
    std::string named;
    for (const LossPort& port : subject.component.loss_ports(subject.options)) {
        spaces.push_back(port.spaces.front());
        named += (named.empty() ? "" : "+") + port.spaces.front();
    }
    const auto made = std::make_shared<LossCase>(subject, spaces);
    for (const auto& [check, method] : checks) {
        cases.push_back({fmt::format("{}(check={},spaces={})", subject.component.id(), check, named),
                         [made, method = method] { ((*made).*method)(); }});
    }
}

}  // namespace graft::conformance
