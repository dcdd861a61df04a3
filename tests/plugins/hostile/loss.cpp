// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/ATen.h>

#include "graft/plugin.hpp"
#include "mischief.hpp"

namespace {

/// Cross entropy of class logits.
class HostileLoss : public graft::Loss {
public:
    static graft::OptionTable options() { return hostile::Mischief::options(); }

    /// "shape": joins nothing.
    static std::vector<graft::LossPort> ports(const graft::Options& options) {
        const std::string wrong = hostile::Mischief("loss", options).enter("ports");
        std::vector<graft::LossPort> ports = {{"logits", {graft::space::class_logits}}};
        return wrong == "shape" ? std::vector<graft::LossPort>() : ports;
    }
    static bool couples_samples(const graft::Options& options) {
        hostile::Mischief("loss", options).enter("couples_samples");
        return false;
    }

    HostileLoss(const graft::Options& options, const graft::LossContext&) : mischief_("loss", options) {
        mischief_.enter("create");
    }

    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        const std::string wrong = mischief_.enter("forward");
        const at::Tensor chance = at::log_softmax(outputs[0], 1);
        const at::Tensor loss = -chance.gather(1, targets[0].values.unsqueeze(1)).squeeze(1);
        return {hostile::spoiled(wrong, loss), targets[0].present.to(loss.scalar_type())};
    }

private:
    hostile::Mischief mischief_;
};

}  // namespace

GRAFT_LOSS(HostileLoss, "hostile_loss", "1.0.0", "Cross entropy that may misbehave")
