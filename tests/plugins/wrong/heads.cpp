// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>
#include <random>
#include <vector>

#include <ATen/ATen.h>
#include <torch/nn/modules/linear.h>

#include "graft/plugin.hpp"

namespace {

using Tensors = std::vector<at::Tensor>;

/// A linear classifier as it should be; those below differ in one thing.
class GoodHead : public graft::Head {
public:
    static graft::HeadPorts ports(const graft::Options&, const std::vector<graft::TargetKind>&) {
        return {{{graft::Layout::vector}},
                {{"target", {graft::TargetKind::category}}},
                {{"logits", graft::space::class_logits, "cross_entropy"}}};
    }
    GoodHead(const graft::Options&, const graft::HeadContext& context)
        : channels_(context.inputs[0].layout.channels),
          classes_(static_cast<std::int64_t>(context.targets[0].classes.size())),
          linear_(register_module("linear", torch::nn::Linear(channels_, classes_))) {}

    Tensors forward(const Tensors& features) override { return {logits(features)}; }
    std::vector<graft::Column> encode(const std::vector<graft::Column>& targets) const override {
        return targets;
    }
    Tensors decode(const Tensors& outputs) const override { return {at::softmax(outputs[0], 1)}; }

protected:
    at::Tensor logits(const Tensors& features) { return linear_->forward(features[0]); }

    std::int64_t channels_;
    std::int64_t classes_;
    torch::nn::Linear linear_;
};

struct DoubleHead : GoodHead {
    using GoodHead::GoodHead;
    Tensors forward(const Tensors& features) override { return {logits(features).to(at::kDouble)}; }
};

struct LongerHead : GoodHead {
    using GoodHead::GoodHead;
    Tensors forward(const Tensors& features) override {
        const at::Tensor made = logits(features);
        return {at::cat({made, made.slice(0, 0, 1)})};
    }
};

struct EditingHead : GoodHead {
    using GoodHead::GoodHead;
    Tensors forward(const Tensors& features) override {
        features[0].relu_();
        return {logits(features)};
    }
};

struct DiceHead : GoodHead {
    DiceHead(const graft::Options& options, const graft::HeadContext& context) : GoodHead(options, context) {
        std::random_device dice;
        register_parameter("start", at::full({1}, static_cast<double>(dice() % 1000000)));
    }
};

struct NoisyHead : GoodHead {
    using GoodHead::GoodHead;
    Tensors forward(const Tensors& features) override {
        const at::Tensor made = logits(features);
        return {made + 0.1 * at::randn_like(made)};
    }
};

struct ForgetfulHead : GoodHead {
    ForgetfulHead(const graft::Options& options, const graft::HeadContext& context)
        : GoodHead(options, context), scale_(at::randn({classes_})) {}
    Tensors forward(const Tensors& features) override { return {logits(features) * scale_}; }
    at::Tensor scale_;
};

struct UnregisteredHead : GoodHead {
    UnregisteredHead(const graft::Options& options, const graft::HeadContext& context)
        : GoodHead(options, context), more_(classes_, classes_) {}
    Tensors forward(const Tensors& features) override { return {more_->forward(logits(features))}; }
    torch::nn::Linear more_;
};

struct IdleHead : GoodHead {
    IdleHead(const graft::Options& options, const graft::HeadContext& context) : GoodHead(options, context) {
        register_parameter("idle", at::zeros({3}));
    }
};

/// Half of what it gives is out of autograd's sight.
struct DetachedHead : GoodHead {
    using GoodHead::GoodHead;
    Tensors forward(const Tensors& features) override {
        const at::Tensor made = logits(features);
        return {made + made.detach()};
    }
};

struct CountingHead : GoodHead {
    using GoodHead::GoodHead;
    Tensors forward(const Tensors& features) override {
        const at::Tensor made = logits(features);
        return {made + at::zeros({made.size(0), classes_})};
    }
};

struct BranchingHead : GoodHead {
    using GoodHead::GoodHead;
    Tensors forward(const Tensors& features) override {
        const at::Tensor made = logits(features);
        return {made.sum().item<double>() > 0 ? made : -made};
    }
};

struct ThrowingHead : GoodHead {
    using GoodHead::GoodHead;
    Tensors forward(const Tensors&) override { throw 42; }
};

struct CrashingHead : GoodHead {
    using GoodHead::GoodHead;
    Tensors forward(const Tensors&) override {
        volatile int* nowhere = nullptr;
        *nowhere = 1;
        return {};
    }
};

struct HangingHead : GoodHead {
    using GoodHead::GoodHead;
    Tensors forward(const Tensors& features) override {
        volatile bool goes_on = true;
        while (goes_on) {
        }
        return {logits(features)};
    }
};

struct ExitingHead : GoodHead {
    using GoodHead::GoodHead;
    Tensors forward(const Tensors&) override { std::_Exit(0); }
};

struct LeakingHead : GoodHead {
    using GoodHead::GoodHead;
    Tensors forward(const Tensors& features) override {
        kept_.push_back(features[0].clone());
        return {logits(features)};
    }
    std::vector<at::Tensor> kept_;
};

struct GrowingHead : GoodHead {
    GrowingHead(const graft::Options& options, const graft::HeadContext& context)
        : GoodHead(options, context), seen_(register_buffer("seen", at::zeros({1}))) {}
    Tensors forward(const Tensors& features) override {
        if (is_training()) {
            seen_.set_data(at::cat({seen_, at::ones({1})}));
        }
        return {logits(features)};
    }
    at::Tensor seen_;
};

struct UnevenHead : GoodHead {
    UnevenHead(const graft::Options& options, const graft::HeadContext& context)
        : GoodHead(options, context), seen_(register_buffer("seen", at::zeros({1}))) {}
    Tensors forward(const Tensors& features) override {
        seen_.add_(1);
        return {logits(features)};
    }
    at::Tensor seen_;
};

struct WideHead : GoodHead {
    using GoodHead::GoodHead;
    Tensors decode(const Tensors& outputs) const override {
        return {at::softmax(at::cat({outputs[0], outputs[0]}, 1), 1)};
    }
};

struct UntracedHead : GoodHead {
    using GoodHead::GoodHead;
    Tensors decode(const Tensors& outputs) const override {
        return {at::softmax(outputs[0] + at::zeros({outputs[0].size(0), 1}), 1)};
    }
};

struct BackwardsHead : GoodHead {
    using GoodHead::GoodHead;
    Tensors decode(const Tensors& outputs) const override { return {at::softmax(outputs[0].flip(1), 1)}; }
};

struct AllThereHead : GoodHead {
    using GoodHead::GoodHead;
    std::vector<graft::Column> encode(const std::vector<graft::Column>& targets) const override {
        return {{targets[0].values, at::ones_like(targets[0].present)}};
    }
};

struct OutsideHead : GoodHead {
    using GoodHead::GoodHead;
    static graft::OptionTable options() {
        return {graft::option::real("share", 5, "of something").between(0, 1)};
    }
};

}  // namespace

GRAFT_HEAD(GoodHead, "good", "1.0.0", "Keeps every promise")
GRAFT_HEAD(DoubleHead, "double", "1.0.0", "Gives double")
GRAFT_HEAD(LongerHead, "longer", "1.0.0", "Gives a sample too many")
GRAFT_HEAD(EditingHead, "editing", "1.0.0", "Edits its input")
GRAFT_HEAD(DiceHead, "dice", "1.0.0", "Starts at random, whatever the seed")
GRAFT_HEAD(NoisyHead, "noisy", "1.0.0", "Is random in eval mode")
GRAFT_HEAD(ForgetfulHead, "forgetful", "1.0.0", "Has state that is not saved")
GRAFT_HEAD(UnregisteredHead, "unregistered", "1.0.0", "Trains a layer that is not registered")
GRAFT_HEAD(IdleHead, "idle", "1.0.0", "Has a parameter that gets no gradient")
GRAFT_HEAD(DetachedHead, "detached", "1.0.0", "Has half of its gradient")
GRAFT_HEAD(CountingHead, "counting", "1.0.0", "Counts the batch, which a trace keeps")
GRAFT_HEAD(BranchingHead, "branching", "1.0.0", "Branches on a value")
GRAFT_HEAD(ThrowingHead, "throwing", "1.0.0", "Throws a number")
GRAFT_HEAD(CrashingHead, "crashing", "1.0.0", "Crashes")
GRAFT_HEAD(HangingHead, "hanging", "1.0.0", "Hangs")
GRAFT_HEAD(ExitingHead, "exiting", "1.0.0", "Ends the process")
GRAFT_HEAD(LeakingHead, "leaking", "1.0.0", "Keeps every feature")
GRAFT_HEAD(GrowingHead, "growing", "1.0.0", "Has a buffer that grows")
GRAFT_HEAD(UnevenHead, "uneven", "1.0.0", "Changes a buffer in eval mode")
GRAFT_HEAD(WideHead, "wide", "1.0.0", "Decodes to another number of classes")
GRAFT_HEAD(UntracedHead, "untraced", "1.0.0", "Has a decode that counts the batch")
GRAFT_HEAD(BackwardsHead, "backwards", "1.0.0", "Decodes to the wrong classes")
GRAFT_HEAD(AllThereHead, "all_there", "1.0.0", "Makes up missing targets")
GRAFT_HEAD(OutsideHead, "outside", "1.0.0", "Has a fallback outside its own bounds")
GRAFT_PLUGIN("graft tests", "BSD-3-Clause", "")
