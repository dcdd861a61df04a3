// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/ATen.h>
#include <torch/nn/modules/linear.h>

#include "graft/plugin.hpp"
#include "mischief.hpp"

namespace {

/// The share of samples whose likeliest class is the right one.
class HostileMetric : public graft::Metric {
public:
    HostileMetric(std::string name, hostile::Mischief mischief)
        : name_(std::move(name)), mischief_(std::move(mischief)) {}

    void update(const std::vector<graft::Column>& predictions,
                const std::vector<graft::Column>& targets) override {
        mischief_.enter("update");
        const at::Tensor right = predictions[0].values.argmax(1).eq(targets[0].values);
        right_ += right.logical_and(targets[0].present).sum().item<std::int64_t>();
        count_ += targets[0].present.sum().item<std::int64_t>();
    }
    graft::MetricState state() const override {
        const std::string wrong = mischief_.enter("state");
        return {hostile::spoiled(wrong, at::tensor({right_, count_}))};
    }
    void merge(const graft::MetricState& state) override {
        mischief_.enter("merge");
        right_ += state[0][0].item<std::int64_t>();
        count_ += state[0][1].item<std::int64_t>();
    }
    /// "shape": a table without the numbers it has room for.
    graft::MetricResult compute() const override {
        const std::string wrong = mischief_.enter("compute");
        graft::MetricResult result;
        result.scores = {{name_, static_cast<double>(right_) / static_cast<double>(count_), ""}};
        if (wrong == "shape") {
            result.tables = {{"empty", {"one", "two"}, {"first", "second"}, {{1}}}};
        }
        return result;
    }

private:
    std::string name_;
    hostile::Mischief mischief_;
    std::int64_t right_ = 0;
    std::int64_t count_ = 0;
};

class HostileHead : public graft::Head {
public:
    static graft::OptionTable options() { return hostile::Mischief::options(); }

    /// "shape": one output more than there is.
    static graft::HeadPorts ports(const graft::Options& options, const std::vector<graft::TargetKind>&) {
        const std::string wrong = hostile::Mischief("head", options).enter("ports");
        graft::HeadPorts ports;
        ports.inputs = {{graft::Layout::vector, 1}};
        ports.targets = {{"class", {graft::TargetKind::category}}};
        ports.outputs = {{"logits", graft::space::class_logits, "hostile_loss"}};
        if (wrong == "shape") {
            ports.outputs.push_back({"more", graft::space::class_logits, "hostile_loss"});
        }
        return ports;
    }

    HostileHead(const graft::Options& options, const graft::HeadContext& context)
        : mischief_("head", options),
          linear_(register_module("linear", torch::nn::Linear(context.inputs[0].layout.channels,
                                                              context.targets[0].classes.size()))) {
        mischief_.enter("create");
    }

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        const std::string wrong = mischief_.enter("forward");
        return {hostile::spoiled(wrong, linear_->forward(features[0]))};
    }
    /// "dtype": of what says which samples count.
    std::vector<graft::Column> encode(const std::vector<graft::Column>& targets) const override {
        const std::string wrong = mischief_.enter("encode");
        graft::Column column = targets[0];
        if (wrong == "dtype") {
            column.present = column.present.to(at::kLong);
        } else {
            column.values = hostile::spoiled(wrong, column.values);
        }
        return {column};
    }
    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        const std::string wrong = mischief_.enter("decode");
        return {hostile::spoiled(wrong, at::softmax(outputs[0], 1))};
    }
    std::vector<std::unique_ptr<graft::Metric>> metrics(const graft::TargetSchema&) const override {
        return made(mischief_.enter("metrics"), "right");
    }
    std::vector<std::unique_ptr<graft::Metric>> head_metrics() const override {
        return made(mischief_.enter("head_metrics"), "all_right");
    }

private:
    std::vector<std::unique_ptr<graft::Metric>> made(const std::string& wrong, const char* name) const {
        std::vector<std::unique_ptr<graft::Metric>> metrics;
        metrics.push_back(wrong == "undefined" ? nullptr : std::make_unique<HostileMetric>(name, mischief_));
        return metrics;
    }

    hostile::Mischief mischief_;
    torch::nn::Linear linear_;
};

}  // namespace

GRAFT_HEAD(HostileHead, "hostile_head", "1.0.0", "One of several classes, by a head that may misbehave")
