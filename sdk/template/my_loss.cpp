// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A loss for classification heads: how far the right class falls short of leading all others by a
// margin (Crammer and Singer 2001). Backbones, heads and data sets are written alike: derive from the
// interface in its header, which says what to provide, and register the class below.
#include <cstdint>
#include <limits>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "graft/plugin.hpp"

namespace {

class MyLoss : public graft::Loss {
public:
    MyLoss(const graft::Options& options, const graft::LossContext&) : margin_(options.real("margin")) {}

    /// The host checks the pipeline against this table; `graft plugins my_loss` prints it.
    static graft::OptionTable options() {
        return {
            graft::option::real("margin", 1.0, "lead over the next class that costs nothing").at_least(0)};
    }

    /// Joins one output of class logits ([N, K]; its encoded target is int64 [N]).
    static std::vector<graft::LossPort> ports(const graft::Options&) {
        return {{"logits", {graft::space::class_logits}}};
    }

    static std::string example() { return "use: my_loss\nmargin: 0.5\n"; }

    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        const at::Tensor& logits = outputs.at(0);
        const at::Tensor& classes = targets.at(0).values;
        if (logits.dim() != 2 || classes.dim() != 1 || logits.size(0) != classes.size(0)) {
            throw graft::Error(graft::ErrorKind::internal, "my_loss needs logits [N, K] and classes [N]");
        }
        const at::Tensor index = classes.unsqueeze(1);
        const at::Tensor right = logits.gather(1, index).squeeze(1);
        const at::Tensor others = logits.scatter(1, index, -std::numeric_limits<double>::infinity());
        const at::Tensor loss = at::relu(margin_ - (right - std::get<0>(others.max(1))));
        return {loss, targets.at(0).present.to(logits.scalar_type())};
    }

private:
    double margin_;
};

}  // namespace

GRAFT_LOSS(MyLoss, "my_loss", "0.1.0", "Multi-class hinge loss with a margin")
GRAFT_PLUGIN("my_loss", "BSD-3-Clause", "")
