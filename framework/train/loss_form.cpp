// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/loss_form.hpp"

#include <cmath>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace graft::train {
namespace {

using solve::Term;

/// Loss times weight of each sample, and the derivative of their sum, both double on the CPU: [N], [N, K].
struct Reading {
    at::Tensor losses;
    at::Tensor slope;
};

/// A loss of one output, of N samples with K numbers each.
class LossReader {
public:
    LossReader(const model::LossPart& loss, const Column& encoded, std::vector<std::int64_t> sizes)
        : loss_(loss), encoded_(encoded), sizes_(std::move(sizes)) {}

    std::int64_t samples() const { return sizes_.front(); }
    std::int64_t entries() const {
        return c10::multiply_integers(sizes_) / std::max<std::int64_t>(samples(), 1);
    }

    Reading at(const at::Tensor& outputs) const {
        const at::AutoGradMode gradients(true);
        const at::Tensor point =
            outputs.to(encoded_.present.device()).view(sizes_).detach().requires_grad_(true);
        const LossValue value = loss_.loss.forward({point}, {encoded_});
        const at::Tensor losses = (value.loss * value.weight).to(at::kDouble);
        losses.sum().backward();
        const at::Tensor slope = point.grad().defined() ? point.grad() : at::zeros_like(point);
        return {losses.detach().cpu(), slope.cpu().reshape({samples(), entries()})};
    }

    Reading at(double everywhere) const {
        return at(at::full({samples(), entries()}, everywhere, at::kDouble));
    }

    /// Whether the loss is what the targets say, at outputs that were not looked at before.
    bool agrees(const solve::Targets& targets, const at::Tensor& centre) const {
        constexpr double tolerance = 1e-4;
        const at::Tensor ramp = at::arange(samples() * entries(), at::kDouble).view({samples(), entries()});
        for (const double phase : {0.3, 1.7}) {
            const at::Tensor outputs = centre + 1.5 * (ramp * 2.4 + phase).sin();
            const Reading reading = at(outputs);
            const at::Tensor slope = loss_gradient(targets, outputs);
            const at::Tensor scale = tolerance * (1 + targets.mass.max());
            if (((reading.slope - slope).abs() > scale).any().item<bool>() ||
                std::abs(reading.losses.sum().item<double>() - loss_sums(targets, outputs).item<double>()) >
                    (scale * reading.losses.abs().sum()).item<double>() + tolerance) {
                return false;
            }
        }
        return true;
    }

private:
    const model::LossPart& loss_;
    const Column& encoded_;
    std::vector<std::int64_t> sizes_;  ///< of the outputs, N first
};

/// - sum of t log softmax: at outputs of 0 its value is the sum of t times log K, its derivative the sum of t
/// over K less t.
std::optional<solve::Targets> softmax(const LossReader& loss) {
    const auto classes = static_cast<double>(loss.entries());
    if (classes < 2) {
        return std::nullopt;
    }
    const Reading reading = loss.at(0);
    const at::Tensor mass = (reading.losses / std::log(classes)).unsqueeze(1);
    const at::Tensor shares = mass / classes - reading.slope;
    const solve::Targets targets{Term::softmax,
                                 at::where(mass > 0, shares / mass.clamp_min(1e-300), 1 / classes), mass};
    return loss.agrees(targets, at::zeros({1}, at::kDouble)) ? std::optional(targets) : std::nullopt;
}

/// a log(1 + exp(-z)) + b log(1 + exp(z)): its derivative at 0 is (b - a) / 2, at 1 it is b s - a (1 - s) for
/// s = sigmoid(1).
std::optional<solve::Targets> sigmoid(const LossReader& loss) {
    const double s = 1 / (1 + std::exp(-1.0));
    const at::Tensor at_zero = loss.at(0).slope;
    const at::Tensor wanted = ((loss.at(1).slope - 2 * s * at_zero) / (2 * s - 1)).clamp_min(0);
    const at::Tensor mass = (2 * (wanted + at_zero)).clamp_min(0);
    const at::Tensor counts = mass > 1e-9;
    const solve::Targets targets{Term::sigmoid, at::where(counts, wanted / mass.clamp_min(1e-300), 0.5),
                                 at::where(counts, mass, 0.0)};
    return loss.agrees(targets, at::zeros({1}, at::kDouble)) ? std::optional(targets) : std::nullopt;
}

/// m (z - y)^2 / 2 or m |z - y|: one above y the derivative is m.
std::optional<solve::Targets> values(const LossReader& loss, const at::Tensor& wanted) {
    const at::Tensor mass = loss.at(wanted + 1).slope;
    for (const Term term : {Term::squares, Term::absolutes}) {
        const solve::Targets targets{term, wanted, mass};
        if ((mass >= 0).all().item<bool>() && loss.agrees(targets, wanted)) {
            return targets;
        }
    }
    return std::nullopt;
}

/// A loss is the mean of its entries: each counts its part of one there.
solve::Targets with_usual_mass(solve::Targets targets, std::int64_t entries) {
    const double usual = targets.term == Term::softmax   ? 1
                         : targets.term == Term::squares ? 2.0 / static_cast<double>(entries)
                                                         : 1.0 / static_cast<double>(entries);
    targets.mass = targets.mass / usual;
    return targets;
}

}  // namespace

std::optional<solve::Targets> targets_of(const model::HeadPart& head, const model::LossPart& loss,
                                         const Column& encoded) {
    if (loss.outputs.size() != 1 || loss.couples_samples || !encoded.values.defined()) {
        return std::nullopt;
    }
    std::vector<std::int64_t> sizes{encoded.values.size(0)};
    const std::vector<std::int64_t>& shape = head.output_shapes.at(loss.outputs.front());
    sizes.insert(sizes.end(), shape.begin(), shape.end());
    const LossReader reader(loss, encoded, sizes);
    const std::string& space = head.ports.outputs.at(loss.outputs.front()).space;
    std::optional<solve::Targets> found;
    if (space == space::class_logits) {
        found = softmax(reader);
    } else if (space == space::binary_logits) {
        found = sigmoid(reader);
    } else if (space == space::values) {
        const at::Tensor wanted = encoded.values.cpu().to(at::kDouble);
        found = values(reader, wanted.reshape({reader.samples(), reader.entries()}));
    }
    return found ? std::optional(with_usual_mass(*found, reader.entries())) : std::nullopt;
}

}  // namespace graft::train
