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

/// Cross entropy of class logits. With smoothing e, class weights w (1 where none are given), K classes,
/// log-probabilities p and the sample's class y:
///     loss   = -(1 - e) p[y] - e / K * sum over c of (w[c] / w[y]) p[c]
///     weight = w[y]
/// so that sum(loss * weight) / sum(weight) is torch's weighted mean, with smoothing and without.
class CrossEntropy : public graft::Loss {
public:
    static graft::OptionTable options() {
        graft::OptionSpec class_weights =
            graft::option::reals(
                "class_weights", {},
                "weight of each class in the mean; balanced: n / (k n_c), from the n training "
                "samples, n_c of them of class c, and the k classes that have any; none: all "
                "alike")
                .above(0, std::numeric_limits<double>::infinity());
        class_weights.choices = {"balanced"};
        return {graft::option::real("smoothing", 0.0, "share of the truth that is spread over all classes")
                    .below(0, 1),
                class_weights};
    }

    static std::vector<graft::LossPort> ports(const graft::Options&) {
        return {{"logits", {graft::space::class_logits}}};
    }

    static std::string example() { return "use: cross_entropy\nsmoothing: 0.1\n"; }

    CrossEntropy(const graft::Options& options, const graft::LossContext& context)
        : smoothing_(options.real("smoothing")), class_weights_(options.reals("class_weights")) {
        if (context.targets.size() == 1 && context.targets.front().kind == graft::TargetKind::category) {
            require_weights(static_cast<std::int64_t>(context.targets.front().classes.size()));
        }
    }

    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        const at::Tensor& logits = outputs.front();
        const graft::Column& target = targets.front();
        check(logits, target);
        const std::int64_t classes = logits.size(1);
        require_weights(classes);
        const at::Tensor weights = class_weights_.empty()
                                       ? at::ones({classes}, logits.options())
                                       : at::tensor(class_weights_, at::kDouble).to(logits.options());
        const at::Tensor index = at::where(target.present, target.values, at::zeros_like(target.values));
        const at::Tensor weight = weights.index_select(0, index);
        const at::Tensor log_probability = at::log_softmax(logits, 1);
        at::Tensor loss = -log_probability.gather(1, index.unsqueeze(1)).squeeze(1);
        if (smoothing_ > 0) {
            const at::Tensor spread = -(log_probability * weights).sum(1) / weight;
            loss = (1 - smoothing_) * loss + smoothing_ / static_cast<double>(classes) * spread;
        }
        return {loss, weight * target.present.to(weight.dtype())};
    }

private:
    void require_weights(std::int64_t classes) const {
        if (!class_weights_.empty() && static_cast<std::int64_t>(class_weights_.size()) != classes) {
            throw graft::Error(graft::ErrorKind::options,
                               "class_weights has " + std::to_string(class_weights_.size()) +
                                   " numbers, but there are " + std::to_string(classes) +
                                   " classes; give one a class, in the order of the classes");
        }
    }

    static void check(const at::Tensor& logits, const graft::Column& target) {
        graft::require_same_shape(target.values, target.present, "cross_entropy, targets and their presence");
        if (logits.dim() != 2 || target.values.dim() != 1 || logits.size(0) != target.values.size(0)) {
            std::ostringstream message;
            message << "cross_entropy: logits must be [N, K] and targets [N]; got " << logits.sizes()
                    << " and " << target.values.sizes();
            throw graft::Error(graft::ErrorKind::internal, message.str());
        }
    }

    double smoothing_;
    std::vector<double> class_weights_;
};

}  // namespace

GRAFT_LOSS(CrossEntropy, "cross_entropy", "1.0.0",
           "Cross entropy of class logits, with smoothing and class weights")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
