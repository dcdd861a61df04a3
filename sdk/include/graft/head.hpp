// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

/// @file
/// What a head provides: ports, and the way from features to predictions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "graft/column.hpp"
#include "graft/export.hpp"
#include "graft/feature.hpp"
#include "graft/metric.hpp"
#include "graft/options.hpp"
#include "graft/target.hpp"

namespace graft {

/// A feature that a head reads. For `vector` the host pools the stage's feature first.
struct InputPort {
    Layout layout = Layout::vector;  ///< of the feature
    std::int64_t minimum_size = 1;   ///< map, tokens: cells of the grid's shorter side
};

/// A target that a head needs; `kinds` are those it can use.
struct TargetPort {
    std::string name;               ///< a key of `targets:` in the pipeline, where there are several
    std::vector<TargetKind> kinds;  ///< any of these
};

/// The spaces of outputs that come with graft; a head and its loss may agree on any other word.
namespace space {
inline constexpr const char* class_logits = "class_logits";    ///< [N, K]; encoded target int64 [N]
inline constexpr const char* binary_logits = "binary_logits";  ///< [N, K], a sigmoid each; encoded
                                                               ///< target float [N, K] in 0..1
inline constexpr const char* values = "values";                ///< [N, ...]; encoded target alike
inline constexpr const char* embedding = "embedding";          ///< [N, length]; encoded target int64 [N]:
                                                               ///< samples with equal numbers belong together
}  // namespace space

/// A named tensor that a head makes.
struct OutputPort {
    std::string name;          ///< of this output among the head's
    std::string space;         ///< what kind of numbers: a loss joins it only if it knows the word
    std::string default_loss;  ///< id of the loss when the pipeline names none; empty: it must
};

/// A head's ports. `encode` returns one column an output, `decode` one tensor a prediction.
struct HeadPorts {
    std::vector<InputPort> inputs;    ///< what `forward` is given
    std::vector<TargetPort> targets;  ///< what `encode` is given
    std::vector<OutputPort> outputs;  ///< what `forward` and `encode` give
    std::vector<TargetSchema> predictions =
        {};               ///< what `decode` returns; empty: one a target port, of its kind
    bool decodes = true;  ///< false: `decode` is never called, and every output [N, length] is predicted as
                          ///< it is, an embedding by the output's name
};

/// What the host knows when it creates a head.
struct HeadContext {
    std::vector<FeatureShape> inputs;   ///< in the order of the input ports
    std::vector<TargetSchema> targets;  ///< in the order of the target ports
    std::int64_t height = 224;          ///< of the network's input, in pixels
    std::int64_t width = 224;           ///< of the network's input, in pixels
};

/// Maps features to outputs, targets into the outputs' space, outputs to predictions.
///
/// To write one: derive, give it the constructor `(const Options&, const HeadContext&)` and the
/// static function `HeadPorts ports(const Options&, const std::vector<TargetKind>& bound)`; `bound`
/// holds the kinds of the targets that the pipeline chose, and is empty while they are not known.
/// `OptionTable options()` and `std::string example()` are optional.
/// Thread-safety: one thread per object.
class GRAFT_API Head : public torch::nn::Module {
public:
    Head();
    ~Head() override;

    /// Features in the order of the input ports to outputs in the order of the output ports.
    /// Traceable: `at::` operators only, no branch on values, no size() of the batch (see Backbone);
    /// the features stay unchanged.
    virtual std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) = 0;

    /// Targets in natural units (see Column), one a target port, to one column an output port in that
    /// output's space: class indices, age / 80, points / size. Missing stays missing.
    virtual std::vector<Column> encode(const std::vector<Column>& targets) const = 0;

    /// Outputs to predictions in natural units (see Column), one tensor a prediction. Traceable, if the head
    /// is to be exported with it. Required unless the ports say `decodes = false`; default: throws
    /// graft::Error(internal).
    virtual std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const;

    /// New metrics for one target port, told of its prediction and its target. Optional; default:
    /// `default_metrics` of its schema, where a prediction of the target's kind stands beside it.
    virtual std::vector<std::unique_ptr<Metric>> metrics(const TargetSchema& target) const;

    /// New metrics that look at all predictions and all targets of the head at once. Optional; default: none.
    virtual std::vector<std::unique_ptr<Metric>> head_metrics() const;
};

}  // namespace graft
