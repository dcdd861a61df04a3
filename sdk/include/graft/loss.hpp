// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

/// @file
/// What a loss provides: a number a sample.
#pragma once

#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "graft/column.hpp"
#include "graft/export.hpp"
#include "graft/metric.hpp"
#include "graft/options.hpp"
#include "graft/target.hpp"

namespace graft {

/// An output that a loss joins, with its encoded target. `spaces` are those it understands.
struct LossPort {
    std::string name;                 ///< of the port
    std::vector<std::string> spaces;  ///< any of these (graft/head.hpp)
};

/// What the host knows when it creates a loss.
struct LossContext {
    std::vector<TargetSchema> targets;  ///< of the head, in the order of its target ports
};

/// Per sample, so that the host alone averages: sum(loss * weight) / sum(weight) over the whole
/// effective batch. Both float [N].
struct LossValue {
    at::Tensor loss;    ///< finite, also where the weight is 0
    at::Tensor weight;  ///< 0 where the target is missing; class weights go here
};

/// Compares outputs with encoded targets.
///
/// To write one: derive, give it the constructor `(const Options&, const LossContext&)` and the
/// static function `std::vector<LossPort> ports(const Options&)`; `OptionTable options()`,
/// `std::string example()` and `bool couples_samples(const Options&)` are optional. It may own parameters.
/// Thread-safety: one thread per object.
///
/// A sample's loss depends on that sample alone unless `couples_samples` returns true (default: false). What
/// a loss that couples samples may assume: one call sees the whole effective batch, in one piece, on one
/// device. The host refuses a pipeline that cannot give it that (train.accumulate above 1) and says why.
class GRAFT_API Loss : public torch::nn::Module {
public:
    Loss();
    ~Loss() override;

    /// Outputs and encoded targets, both in the order of the ports. Throws graft::Error(internal)
    /// when shapes would only match by broadcasting (`require_same_shape`).
    virtual LossValue forward(const std::vector<at::Tensor>& outputs, const std::vector<Column>& targets) = 0;
};

}  // namespace graft
