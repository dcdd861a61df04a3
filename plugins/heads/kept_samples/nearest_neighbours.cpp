// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>

#include "graft/ability.hpp"
#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "kept_samples.hpp"

namespace graft::kept {
namespace {

/// The class that most of the nearest training samples have, by Euclidean distance of their features. The
/// logits [N, K] are the logarithms of each class's share of the votes, with one vote more that all classes
/// share, so that none is impossible. Samples that are equally near vote together. It learns by keeping
/// samples alone: it has no parameters.
class NearestNeighbours : public Head {
public:
    static OptionTable options() {
        return {option::integer("neighbours", 5, "nearest samples that vote").between(1, 100),
                samples_option(1000, "training samples that it can keep, at least as many as there are")};
    }

    static const void* ability(std::string_view name) {
        static constexpr ability::KeepsSamples keeps = {&keep, nullptr};
        return name == ability::keeps_samples ? &keeps : nullptr;
    }

    static HeadPorts ports(const Options&, const std::vector<TargetKind>&) {
        return {{{Layout::vector, 1}},
                {{"target", {TargetKind::category}}},
                {{"logits", space::class_logits, "cross_entropy"}}};
    }

    static std::string example() { return "use: nearest_neighbours\nneighbours: 5\nsamples: 1000\n"; }

    NearestNeighbours(const Options& options, const HeadContext& context)
        : neighbours_(options.integer("neighbours")),
          classes_(static_cast<std::int64_t>(context.targets.front().classes.size())) {
        if (classes_ < 2) {
            throw Error(ErrorKind::options, "target '" + context.targets.front().name + "' has " +
                                                std::to_string(classes_) +
                                                " classes; there must be 2 or more to tell apart");
        }
        const std::int64_t places = options.integer("samples");
        if (places < neighbours_) {
            throw Error(ErrorKind::options, "samples is " + std::to_string(places) + " and neighbours " +
                                                std::to_string(neighbours_) +
                                                "; it must keep at least as many as vote");
        }
        kept_ = register_module(
            "kept", std::make_shared<KeptSamples>(places, context.inputs.front().layout.channels));
        // Until samples are kept, random features of every class in turn.
        votes_ =
            register_buffer("votes", at::one_hot(at::arange(places) % classes_, classes_).to(at::kFloat));
    }

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        // Its square is a float: OpenCV makes NaN of the ReLU of minus infinity.
        constexpr double beyond_all = 1e18;
        const at::Tensor& used = kept_->used();
        at::Tensor near = kept_->squared_distances(features.front().detach()) * -1 + (used - 1) * beyond_all;
        at::Tensor left = near * 0 + used;
        at::Tensor chosen = near * 0;
        // One after the other instead of topk, and pooled instead of amax: what few programs read from an
        // export.
        for (std::int64_t turn = 0; turn < neighbours_; ++turn) {
            const at::Tensor is_nearest = ((near - largest(near)) * beyond_all + 1).relu() * left;
            chosen = chosen + is_nearest;
            left = left - is_nearest;
            near = near - is_nearest * beyond_all;
        }
        const at::Tensor counts = at::matmul(chosen, votes_);
        return {
            ((counts + 1.0 / static_cast<double>(classes_)) / static_cast<double>(neighbours_ + 1)).log()};
    }

    std::vector<Column> encode(const std::vector<Column>& targets) const override {
        return {targets.front()};
    }

    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        return {at::softmax(outputs.front(), 1)};
    }

private:
    /// Of [N, places]: each row's largest number in all of its places.
    at::Tensor largest(const at::Tensor& numbers) const {
        const std::int64_t places = kept_->places();
        const at::Tensor row = at::max_pool2d(numbers.view({-1, 1, 1, places}), {1, places}).flatten(1);
        return at::matmul(row, at::ones({1, places}, numbers.options()));
    }

    static void keep(Head& head, const at::Tensor& features, const std::vector<Column>& targets) {
        auto& self = static_cast<NearestNeighbours&>(head);
        const at::NoGradGuard no_gradients;
        const at::Tensor& present = targets.front().present;
        const at::Tensor known = features.index({present});
        const std::int64_t count = known.size(0);
        if (count > self.kept_->places()) {
            throw Error(ErrorKind::options, "there are " + std::to_string(count) +
                                                " training samples, and nearest_neighbours keeps " +
                                                std::to_string(self.kept_->places()) +
                                                ": set its option samples to at least that, or data.limit");
        }
        if (count < self.neighbours_) {
            throw Error(ErrorKind::data, "there are " + std::to_string(count) +
                                             " training samples with the target, fewer than the " +
                                             std::to_string(self.neighbours_) + " neighbours that vote");
        }
        self.kept_->keep(known);
        self.votes_.zero_();
        self.votes_.narrow(0, 0, count)
            .copy_(at::one_hot(targets.front().values.index({present}), self.classes_));
    }

    std::int64_t neighbours_;
    std::int64_t classes_;
    std::shared_ptr<KeptSamples> kept_;
    at::Tensor votes_;  ///< [places, K]: 1 where a sample is of a class
};

}  // namespace
}  // namespace graft::kept

GRAFT_HEAD(graft::kept::NearestNeighbours, "nearest_neighbours", "1.0.0",
           "The class of most of the nearest training samples")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
