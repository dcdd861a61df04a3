// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "graft/plugin.hpp"

namespace {

/// Binary cross entropy of logits [N, K]. A sample's loss is the mean over those of its K entries that are
/// known, its weight their share, so that every known entry counts alike in the host's mean.
class BinaryCrossEntropy : public graft::Loss {
public:
    static graft::OptionTable options() {
        return {graft::option::real("positive_weight", 1.0,
                                    "how much more a positive entry counts than a negative one")
                    .above(0, std::numeric_limits<double>::infinity())};
    }

    static std::vector<graft::LossPort> ports(const graft::Options&) {
        return {{"logits", {graft::space::binary_logits}}};
    }

    static std::string example() { return "use: bce\n"; }

    BinaryCrossEntropy(const graft::Options& options, const graft::LossContext&)
        : positive_weight_(options.real("positive_weight")) {}

    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        const at::Tensor& logits = outputs.front();
        const graft::Column& target = targets.front();
        graft::require_same_shape(logits, target.values, "bce, logits and encoded targets");
        const at::Tensor known = spread(target.present, logits);
        const at::Tensor values = target.values.to(logits.dtype());
        const at::Tensor entries = at::binary_cross_entropy_with_logits(
            logits, values, {}, at::full({1}, positive_weight_, logits.options()), at::Reduction::None);
        const at::Tensor count = known.sum(1);
        return {(entries * known).sum(1) / count.clamp_min(1), count / static_cast<double>(logits.size(1))};
    }

private:
    /// Presence as 0 and 1 in the shape of the logits, from [N] or [N, K].
    static at::Tensor spread(const at::Tensor& present, const at::Tensor& logits) {
        const bool a_sample = present.dim() == 1 && logits.dim() == 2 && present.size(0) == logits.size(0);
        if (!a_sample && (logits.dim() != 2 || present.sizes() != logits.sizes())) {
            std::ostringstream message;
            message << "bce: logits must be [N, K] and presence [N] or [N, K]; got " << logits.sizes()
                    << " and " << present.sizes();
            throw graft::Error(graft::ErrorKind::internal, message.str());
        }
        const at::Tensor full = a_sample ? present.unsqueeze(1).expand_as(logits) : present;
        return full.to(logits.dtype());
    }

    double positive_weight_;
};

}  // namespace

GRAFT_LOSS(BinaryCrossEntropy, "bce", "1.0.0", "Binary cross entropy of logits, for one sigmoid or many")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
