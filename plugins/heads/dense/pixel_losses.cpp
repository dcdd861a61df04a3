// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <limits>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "spaces.hpp"

namespace graft::dense {
namespace {

/// The classes of the pixels, int64 [N, height, width], and which of them count.
struct Pixels {
    at::Tensor classes;  ///< 0 where a pixel does not count
    at::Tensor counts;
};

Pixels pixels_of(const at::Tensor& logits, const Column& mask, const std::string& who) {
    if (logits.dim() != 4 || mask.values.dim() != 3 || mask.present.dim() != 1) {
        throw Error(ErrorKind::internal,
                    who + ": logits must be [N, K, height, width], masks [N, height, width]");
    }
    require_same_shape(logits.select(1, 0), mask.values, who + ", logits of a class and masks");
    require_same_shape(mask.values.select(2, 0).select(1, 0), mask.present,
                       who + ", masks and their presence");
    const at::Tensor counts = mask.values.ne(ignored_class).logical_and(mask.present.view({-1, 1, 1}));
    return {mask.values.to(at::kLong).masked_fill(counts.logical_not(), 0), counts};
}

/// Cross entropy over the pixels that count. A sample's loss is the mean of its pixels by the weights of
/// their classes, its weight their sum as a share of all pixels, so that every pixel counts alike in the
/// host's mean.
class PixelCrossEntropy : public Loss {
public:
    static OptionTable options() {
        return {
            option::reals("class_weights", {}, "weight of each class's pixels in the mean; none: all alike")
                .above(0, std::numeric_limits<double>::infinity())};
    }

    static std::vector<LossPort> ports(const Options&) { return {{"logits", {pixel_logits}}}; }

    static std::string example() { return "use: pixel_cross_entropy\nclass_weights: [0.5, 1, 1]\n"; }

    PixelCrossEntropy(const Options& options, const LossContext& context)
        : class_weights_(options.reals("class_weights")) {
        const std::size_t classes = context.targets.size() == 1 ? context.targets.front().classes.size() : 0;
        if (!class_weights_.empty() && classes > 0 && class_weights_.size() != classes) {
            throw Error(ErrorKind::options, "class_weights has " + std::to_string(class_weights_.size()) +
                                                " numbers, but there are " + std::to_string(classes) +
                                                " classes; give one a class, in the order of the classes");
        }
    }

    LossValue forward(const std::vector<at::Tensor>& outputs, const std::vector<Column>& targets) override {
        const at::Tensor& logits = outputs.front();
        const Pixels pixels = pixels_of(logits, targets.front(), "pixel_cross_entropy");
        const at::Tensor each = -at::log_softmax(logits, 1).gather(1, pixels.classes.unsqueeze(1)).squeeze(1);
        at::Tensor weight = pixels.counts.to(logits.scalar_type());
        if (!class_weights_.empty()) {
            weight = weight * at::tensor(class_weights_, at::kDouble)
                                  .to(logits.options())
                                  .index_select(0, pixels.classes.flatten())
                                  .view_as(weight);
        }
        const at::Tensor sum = weight.sum({1, 2});
        return {(each * weight).sum({1, 2}) / at::where(sum.gt(0), sum, at::ones_like(sum)),
                sum / static_cast<double>(logits.size(2) * logits.size(3))};
    }

private:
    std::vector<double> class_weights_;
};

/// One minus the soft Dice coefficient (Milletari et al. 2016, with plain sums below): with probabilities p
/// and truths y of the pixels that count,
///     1 - mean over classes of (2 sum p y + smooth) / (sum p + sum y + smooth).
/// A sample counts as one, or not at all where none of its pixels does.
class Dice : public Loss {
public:
    static OptionTable options() {
        return {option::real("smooth", 1.0,
                             "pixels added above and below, so that a class that is nowhere costs little")
                    .above(0, std::numeric_limits<double>::infinity())};
    }

    static std::vector<LossPort> ports(const Options&) { return {{"logits", {pixel_logits}}}; }

    static std::string example() { return "use: dice\nsmooth: 1\n"; }

    Dice(const Options& options, const LossContext&) : smooth_(options.real("smooth")) {}

    LossValue forward(const std::vector<at::Tensor>& outputs, const std::vector<Column>& targets) override {
        const at::Tensor& logits = outputs.front();
        const Pixels pixels = pixels_of(logits, targets.front(), "dice");
        const at::Tensor counts = pixels.counts.to(logits.scalar_type()).unsqueeze(1);
        const at::Tensor given = at::softmax(logits, 1) * counts;
        const at::Tensor truth = at::zeros_like(logits).scatter(1, pixels.classes.unsqueeze(1), 1.0) * counts;
        const at::Tensor both = (given * truth).sum({2, 3});
        const at::Tensor either = given.sum({2, 3}) + truth.sum({2, 3});
        const at::Tensor loss = 1 - ((2 * both + smooth_) / (either + smooth_)).mean(1);
        return {loss, pixels.counts.flatten(1).any(1).to(logits.scalar_type())};
    }

private:
    double smooth_;
};

}  // namespace
}  // namespace graft::dense

GRAFT_LOSS(graft::dense::PixelCrossEntropy, "pixel_cross_entropy", "1.0.0",
           "Cross entropy of pixels, with class weights")
GRAFT_LOSS(graft::dense::Dice, "dice", "1.0.0",
           "One minus the overlap of probabilities and mask, a class at a time")
