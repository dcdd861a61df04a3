// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/ATen.h>
#include <torch/nn/modules/conv.h>

#include "graft/plugin.hpp"

namespace {

torch::nn::Conv2d conv(std::int64_t from, std::int64_t to) {
    return torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, 3).stride(2).padding(1));
}

/// Two convolutions. Those below fill in `body` and what its stage owns.
class TwoConvolutions : public graft::Backbone {
public:
    static graft::BackboneInput input(const graft::Options&) { return {32, 16, 1, {}}; }

protected:
    TwoConvolutions() : stem_(register_module("stem", conv(3, 8))), body_(conv(8, 16)) {
        add_stage("stem", {"stem"}, graft::map_feature(8, 2),
                  [this](const at::Tensor& image) { return at::relu(stem_->forward(image)); });
    }
    void add_body(std::vector<std::string> owned, std::int64_t stride = 4) {
        add_stage("body", std::move(owned), graft::map_feature(16, stride),
                  [this](const at::Tensor& feature) { return body(feature); });
    }
    virtual at::Tensor body(const at::Tensor& feature) { return at::relu(body_->forward(feature)); }

    torch::nn::Conv2d stem_;
    torch::nn::Conv2d body_;
};

struct GoodBackbone : TwoConvolutions {
    GoodBackbone(const graft::Options&, const graft::BackboneContext&) {
        register_module("body", body_);
        add_body({"body"});
    }
};

struct UnregisteredBackbone : TwoConvolutions {
    UnregisteredBackbone(const graft::Options&, const graft::BackboneContext&) { add_body({}); }
};

struct LostPathBackbone : TwoConvolutions {
    LostPathBackbone(const graft::Options&, const graft::BackboneContext&) {
        register_module("body", body_);
        add_body({"body", "boddy"});
    }
};

struct OrphanBackbone : TwoConvolutions {
    OrphanBackbone(const graft::Options&, const graft::BackboneContext&) {
        register_module("body", body_);
        register_buffer("orphan", at::zeros({1}));
        add_body({"body"});
    }
};

struct StrideBackbone : TwoConvolutions {
    StrideBackbone(const graft::Options&, const graft::BackboneContext&) {
        register_module("body", body_);
        add_body({"body"}, 8);
    }
};

struct GrowingBackbone : GoodBackbone {
    GrowingBackbone(const graft::Options& options, const graft::BackboneContext& context)
        : GoodBackbone(options, context), seen_(body_->register_buffer("seen", at::zeros({1}))) {}
    at::Tensor body(const at::Tensor& feature) override {
        seen_.set_data(at::cat({seen_, at::ones({1})}));
        return GoodBackbone::body(feature);
    }
    at::Tensor seen_;
};

struct NoisyBackbone : GoodBackbone {
    using GoodBackbone::GoodBackbone;
    at::Tensor body(const at::Tensor& feature) override {
        const at::Tensor made = GoodBackbone::body(feature);
        return made + 0.1 * at::rand_like(made);
    }
};

struct EditingBackbone : GoodBackbone {
    using GoodBackbone::GoodBackbone;
    at::Tensor body(const at::Tensor& feature) override {
        const at::NoGradGuard no_gradients;
        feature.mul_(2);
        return GoodBackbone::body(feature);
    }
};

struct CountingBackbone : GoodBackbone {
    using GoodBackbone::GoodBackbone;
    at::Tensor body(const at::Tensor& feature) override {
        return GoodBackbone::body(feature) + at::zeros({feature.size(0), 16, 1, 1});
    }
};

struct CrashingBackbone : GoodBackbone {
    using GoodBackbone::GoodBackbone;
    at::Tensor body(const at::Tensor& feature) override {
        return data_ == nullptr ? at::full_like(feature, *data_) : feature;
    }
    volatile float* data_ = nullptr;
};

}  // namespace

GRAFT_BACKBONE(GoodBackbone, "good", "1.0.0", "Keeps every promise")
GRAFT_BACKBONE(UnregisteredBackbone, "unregistered", "1.0.0", "Has a convolution that is not registered")
GRAFT_BACKBONE(LostPathBackbone, "lost_path", "1.0.0", "Has a stage that owns what is not there")
GRAFT_BACKBONE(OrphanBackbone, "orphan", "1.0.0", "Has a buffer that no stage owns")
GRAFT_BACKBONE(StrideBackbone, "stride", "1.0.0", "Declares another stride")
GRAFT_BACKBONE(GrowingBackbone, "growing", "1.0.0", "Has a buffer that grows")
GRAFT_BACKBONE(NoisyBackbone, "noisy", "1.0.0", "Is random in eval mode")
GRAFT_BACKBONE(EditingBackbone, "editing", "1.0.0", "Edits its input")
GRAFT_BACKBONE(CountingBackbone, "counting", "1.0.0", "Counts the batch, which a trace keeps")
GRAFT_BACKBONE(CrashingBackbone, "crashing", "1.0.0", "Crashes")
GRAFT_PLUGIN("graft tests", "BSD-3-Clause", "")
