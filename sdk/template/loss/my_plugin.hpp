// A loss for classification heads: how far the right class falls short of leading all others by a margin
// (Crammer and Singer 2001).
#pragma once

#include <limits>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "graft/head.hpp"
#include "graft/loss.hpp"

class MyPlugin : public graft::Loss {
public:
    /// The host checks pipelines against this table; `graft plugins my_plugin` prints it.
    static graft::OptionTable options() {
        return {
            graft::option::real("margin", 1.0, "lead over the next class that costs nothing").at_least(0)};
    }

    /// What it joins: one output of class logits [N, K], whose encoded target is int64 [N].
    static std::vector<graft::LossPort> ports(const graft::Options&) {
        return {{"logits", {graft::space::class_logits}}};
    }

    static std::string example() { return "use: my_plugin\nmargin: 0.5\n"; }

    MyPlugin(const graft::Options& options, const graft::LossContext&) : margin_(options.real("margin")) {}

    /// A loss and a weight a sample; the host alone averages. Where a target is missing, its weight is 0.
    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        const at::Tensor& logits = outputs.at(0);
        const at::Tensor& classes = targets.at(0).values;
        if (logits.dim() != 2 || classes.dim() != 1 || logits.size(0) != classes.size(0)) {
            throw graft::Error(graft::ErrorKind::internal, "my_plugin needs logits [N, K] and classes [N]");
        }
        const at::Tensor index = classes.unsqueeze(1);
        const at::Tensor right = logits.gather(1, index).squeeze(1);
        const at::Tensor others = logits.scatter(1, index, -std::numeric_limits<double>::infinity());
        const at::Tensor loss = at::relu(margin_ - (right - others.amax(1)));
        return {loss, targets.at(0).present.to(logits.scalar_type())};
    }

private:
    double margin_;
};
