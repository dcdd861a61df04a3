// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "solve/targets.hpp"

#include <ATen/ATen.h>

namespace graft::solve {
namespace {

at::Tensor losses(const Targets& targets, const at::Tensor& outputs) {
    switch (targets.term) {
        case Term::softmax:
            return -(targets.wanted * at::log_softmax(outputs, -1)).sum(-1, /*keepdim=*/true);
        case Term::sigmoid:
            return at::softplus(outputs) - targets.wanted * outputs;
        case Term::squares:
            return (outputs - targets.wanted).square() / 2;
        case Term::absolutes:
            break;
    }
    return (outputs - targets.wanted).abs();
}

}  // namespace

Targets Targets::rows(const at::Tensor& index) const {
    return {term, wanted.index_select(0, index), mass.index_select(0, index)};
}

LabelledFeatures LabelledFeatures::rows(const at::Tensor& index) const {
    return {features.index_select(0, index), targets.rows(index)};
}

LabelledFeatures LabelledFeatures::present() const {
    const at::Tensor counts = (targets.mass > 0).any(1);
    return counts.all().item<bool>() ? *this : rows(counts.nonzero().squeeze(1));
}

at::Tensor Linear::outputs(const at::Tensor& features) const {
    return at::addmm(bias, features, weight.t());
}

at::Tensor loss_sums(const Targets& targets, const at::Tensor& outputs) {
    return (losses(targets, outputs) * targets.mass).sum({-2, -1});
}

at::Tensor loss_gradient(const Targets& targets, const at::Tensor& outputs) {
    switch (targets.term) {
        case Term::softmax:
            return (at::softmax(outputs, -1) - targets.wanted) * targets.mass;
        case Term::sigmoid:
            return (at::sigmoid(outputs) - targets.wanted) * targets.mass;
        case Term::squares:
            return (outputs - targets.wanted) * targets.mass;
        case Term::absolutes:
            break;
    }
    return (outputs - targets.wanted).sign() * targets.mass;
}

double mean_loss(const Targets& targets, const at::Tensor& outputs) {
    return (loss_sums(targets, outputs) / targets.mass.sum()).item<double>();
}

}  // namespace graft::solve
