// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/ATen.h>
#include <c10/util/Exception.h>

#include "graft/plugin.hpp"

namespace {

/// The squared error as it should be; those below differ in one thing.
class GoodLoss : public graft::Loss {
public:
    static std::vector<graft::LossPort> ports(const graft::Options&) {
        return {{"output", {graft::space::values}}};
    }
    GoodLoss(const graft::Options&, const graft::LossContext&) {}

    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        graft::require_same_shape(outputs[0], targets[0].values, "good");
        return compared(outputs[0], targets[0]);
    }

protected:
    /// Means over the entries that are there.
    static graft::LossValue compared(const at::Tensor& output, const graft::Column& target) {
        const at::Tensor there = (target.present.dim() == 1 ? target.present.unsqueeze(1) : target.present)
                                     .to(output.scalar_type());
        const at::Tensor weights = there.expand_as(output);
        const at::Tensor count = weights.sum(1);
        const at::Tensor loss = ((output - target.values).square() * weights).sum(1) / count.clamp_min(1);
        return {loss, count / output.size(1)};
    }
};

struct AverageLoss : GoodLoss {
    using GoodLoss::GoodLoss;
    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        const graft::LossValue value = GoodLoss::forward(outputs, targets);
        return {value.loss.mean().expand_as(value.loss), value.weight};
    }
};

struct ScalarLoss : GoodLoss {
    using GoodLoss::GoodLoss;
    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        const graft::LossValue value = GoodLoss::forward(outputs, targets);
        return {value.loss.mean(), value.weight};
    }
};

struct DoubleLoss : GoodLoss {
    using GoodLoss::GoodLoss;
    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        const graft::LossValue value = GoodLoss::forward(outputs, targets);
        return {value.loss.to(at::kDouble), value.weight};
    }
};

struct EditingLoss : GoodLoss {
    using GoodLoss::GoodLoss;
    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        const at::NoGradGuard no_gradients;
        targets[0].values.mul_(0.5);
        return GoodLoss::forward(outputs, targets);
    }
};

struct WeighingLoss : GoodLoss {
    using GoodLoss::GoodLoss;
    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        const graft::LossValue value = GoodLoss::forward(outputs, targets);
        return {value.loss, at::ones_like(value.weight)};
    }
};

struct DividingLoss : GoodLoss {
    using GoodLoss::GoodLoss;
    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        const graft::LossValue value = GoodLoss::forward(outputs, targets);
        return {value.loss / value.weight, value.weight};
    }
};

/// Refuses, but by LibTorch's own exception.
struct CheckingLoss : GoodLoss {
    using GoodLoss::GoodLoss;
    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        TORCH_CHECK(outputs[0].sizes() == targets[0].values.sizes(), "these do not fit");
        return compared(outputs[0], targets[0]);
    }
};

struct TakingLoss : GoodLoss {
    using GoodLoss::GoodLoss;
    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        return {(outputs[0].flatten() - targets[0].values.flatten().unsqueeze(1))
                    .square()
                    .mean()
                    .expand({outputs[0].size(0)}),
                targets[0].present.to(at::kFloat)};
    }
};

struct DetachedLoss : GoodLoss {
    using GoodLoss::GoodLoss;
    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        const graft::LossValue value = GoodLoss::forward({outputs[0].detach()}, targets);
        return {value.loss + 0.01 * outputs[0].sum(1), value.weight};
    }
};

/// Of a space that no head here gives.
struct LonelyLoss : GoodLoss {
    using GoodLoss::GoodLoss;
    static std::vector<graft::LossPort> ports(const graft::Options&) { return {{"output", {"lonely"}}}; }
};

struct OutsideLoss : GoodLoss {
    using GoodLoss::GoodLoss;
    static graft::OptionTable options() {
        return {graft::option::choice("mode", {"soft", "hard"}, "medium", "how it compares")};
    }
};

}  // namespace

GRAFT_LOSS(GoodLoss, "good", "1.0.0", "Keeps every promise")
GRAFT_LOSS(AverageLoss, "average", "1.0.0", "Averages over the batch")
GRAFT_LOSS(ScalarLoss, "scalar", "1.0.0", "Gives one number")
GRAFT_LOSS(DoubleLoss, "double", "1.0.0", "Gives double")
GRAFT_LOSS(EditingLoss, "editing", "1.0.0", "Edits the target")
GRAFT_LOSS(WeighingLoss, "weighing", "1.0.0", "Counts missing targets")
GRAFT_LOSS(DividingLoss, "dividing", "1.0.0", "Divides by the weight of missing targets")
GRAFT_LOSS(CheckingLoss, "checking", "1.0.0", "Refuses by LibTorch's exception")
GRAFT_LOSS(TakingLoss, "taking", "1.0.0", "Broadcasts")
GRAFT_LOSS(DetachedLoss, "detached", "1.0.0", "Has a gradient of something else")
GRAFT_LOSS(LonelyLoss, "lonely", "1.0.0", "Compares in a space of its own")
GRAFT_LOSS(OutsideLoss, "outside", "1.0.0", "Has a fallback that is no choice")
GRAFT_PLUGIN("graft tests", "BSD-3-Clause", "")
