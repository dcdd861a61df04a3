// A head that tells classes by directions: each class has a vector, and the logit of a class is the cosine
// between it and the feature, times a scale (Wang et al. 2017, "NormFace").
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "graft/head.hpp"

class MyPlugin : public graft::Head {
public:
    /// The host checks pipelines against this table; `graft plugins my_plugin` prints it.
    static graft::OptionTable options() {
        return {
            graft::option::real("scale", 16.0, "of the cosines; the higher, the surer a prediction can be")
                .above(0, 1000)};
    }

    /// Reads one vector a picture and learns one category; by itself it is trained with cross_entropy.
    static graft::HeadPorts ports(const graft::Options&, const std::vector<graft::TargetKind>&) {
        return {{{graft::Layout::vector}},
                {{"target", {graft::TargetKind::category}}},
                {{"logits", graft::space::class_logits, "cross_entropy"}}};
    }

    static std::string example() { return "use: my_plugin\nscale: 20\n"; }

    MyPlugin(const graft::Options& options, const graft::HeadContext& context)
        : scale_(options.real("scale")) {
        const auto classes = static_cast<std::int64_t>(context.targets.at(0).classes.size());
        if (classes < 2) {
            throw graft::Error(graft::ErrorKind::options,
                               "target '" + context.targets.at(0).name + "' has fewer than 2 classes");
        }
        const std::int64_t channels = context.inputs.at(0).layout.channels;
        directions_ = register_parameter("directions", at::randn({classes, channels}) / std::sqrt(channels));
    }

    /// Features [N, C] to logits [N, K]. Operators of at:: alone, and nothing that depends on values or on N:
    /// the head is traced where it is exported.
    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        const at::Tensor cosines = at::matmul(unit(features.at(0)), unit(directions_).t());
        return {scale_ * cosines};
    }

    /// cross_entropy compares logits with the index of the class, which is what the target is already.
    std::vector<graft::Column> encode(const std::vector<graft::Column>& targets) const override {
        return targets;
    }

    /// Probabilities [N, K], which the host prints, draws and measures.
    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        return {at::softmax(outputs.at(0), 1)};
    }

private:
    /// Rows of length 1; a row of zeros stays one.
    static at::Tensor unit(const at::Tensor& rows) {
        return rows / rows.square().sum(1, true).add(1e-12).sqrt();
    }

    double scale_;
    at::Tensor directions_;
};
