// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>
#include <torch/nn/modules/linear.h>

#include "graft/ability.hpp"
#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "kept_samples.hpp"

namespace graft::kept {
namespace {

/// One number, from how similar a sample is to each of the training samples that the head keeps:
/// exp(-gamma d^2 / D), d being the distance of their D features, each standardised over the training split
/// (the Gaussian kernel; Schoelkopf and Smola, "Learning with Kernels", 2002, section 2.3). The output, [N],
/// is (value - offset) / scale and linear in these similarities.
class KernelRegression : public Head {
public:
    static OptionTable options() {
        return {samples_option(1000, "training samples that it keeps; of more, so many, spread evenly"),
                option::real("gamma", 0.5,
                             "how fast similarity falls as the mean square of the features' differences, in "
                             "standard deviations, grows")
                    .above(0, std::numeric_limits<double>::infinity()),
                option::real("offset", 0, "the value that the output 0 stands for"),
                option::real("scale", 1, "how much the value grows as the output grows by 1")
                    .above(0, std::numeric_limits<double>::infinity())};
    }

    static const void* ability(std::string_view name) {
        static constexpr ability::KeepsSamples keeps = {&keep, &basis};
        return name == ability::keeps_samples ? &keeps : nullptr;
    }

    static HeadPorts ports(const Options&, const std::vector<TargetKind>&) {
        return {{{Layout::vector, 1}}, {{"target", {TargetKind::scalar}}}, {{"value", space::values, "l1"}}};
    }

    static std::string example() { return "use: kernel_regression\ntarget: age\nsamples: 2400\n"; }

    KernelRegression(const Options& options, const HeadContext& context)
        : offset_(options.real("offset")),
          scale_(options.real("scale")),
          gamma_(options.real("gamma")),
          length_(context.inputs.front().layout.channels),
          kept_(register_module("kept", std::make_shared<KeptSamples>(options.integer("samples"), length_))),
          mean_(register_buffer("mean", at::zeros({length_}))),
          deviation_(register_buffer("deviation", at::ones({length_}))),
          last_(register_module("last", torch::nn::Linear(kept_->places(), 1))) {}

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        return {last_->forward(similarities(features.front())).squeeze(1)};
    }

    std::vector<Column> encode(const std::vector<Column>& targets) const override {
        return {{(targets.front().values - offset_) / scale_, targets.front().present}};
    }

    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        return {outputs.front() * scale_ + offset_};
    }

private:
    static void keep(Head& head, const at::Tensor& features, const std::vector<Column>& targets) {
        auto& self = static_cast<KernelRegression&>(head);
        const at::NoGradGuard no_gradients;
        const at::Tensor known = features.index({targets.front().present});
        if (known.size(0) == 0) {
            throw Error(ErrorKind::data, "no training sample has the target, so there is none to keep");
        }
        self.mean_.copy_(known.mean(0));
        const at::Tensor deviation = known.std(0, /*unbiased=*/false);
        self.deviation_.copy_(at::where(deviation > 1e-6, deviation, at::ones_like(deviation)));
        const std::int64_t count = std::min(known.size(0), self.kept_->places());
        const at::Tensor chosen = at::arange(count, known.options().dtype(at::kLong)) * known.size(0) / count;
        self.kept_->keep(self.standardised(known.index_select(0, chosen.to(at::kLong))));
    }

    static at::Tensor basis(Head& head, const at::Tensor& features) {
        return static_cast<KernelRegression&>(head).similarities(features);
    }

    at::Tensor standardised(const at::Tensor& features) const { return (features - mean_) / deviation_; }

    at::Tensor similarities(const at::Tensor& features) const {
        const at::Tensor squares = kept_->squared_distances(standardised(features));
        return (squares * (-gamma_ / static_cast<double>(length_))).exp() * kept_->used().unsqueeze(0);
    }

    double offset_;
    double scale_;
    double gamma_;
    std::int64_t length_;
    std::shared_ptr<KeptSamples> kept_;
    at::Tensor mean_;
    at::Tensor deviation_;
    torch::nn::Linear last_;
};

}  // namespace
}  // namespace graft::kept

GRAFT_HEAD(graft::kept::KernelRegression, "kernel_regression", "1.0.0",
           "One number, from similarities to training samples")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
