// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "data/batch.hpp"
#include "graft/plugin.hpp"
#include "image/preprocess.hpp"
#include "model/tensors.hpp"
#include "plugin/handles.hpp"

namespace graft::model {

/// A loss of a head and the outputs that it joins.
struct LossPart {
    std::string name;  ///< "species", or "head/output": key below `losses.`
    std::string id;
    std::string version;
    Options options;
    plugin::LossHandle loss;
    bool couples_samples = false;
    std::vector<std::size_t> outputs;  ///< indices of the head's output ports
    double weight = 1.0;
    std::vector<std::string> balanced = {};  ///< options that wait for the training counts (balance.hpp)
};

struct HeadPart {
    std::string name;
    std::string id;
    std::string version;
    Options options;
    HeadPorts ports;
    HeadContext context;
    std::vector<std::size_t> stages;   ///< one an input port; the only port of a vector may join several
    std::vector<std::size_t> targets;  ///< one a target port: index into the model's schema
    std::vector<std::vector<std::int64_t>> output_shapes;  ///< one an output, without the batch dimension
    std::vector<TargetSchema> predictions;  ///< what the head says of a picture, in the order of decode
    plugin::HeadHandle head;
    std::vector<LossPart> losses;
};

/// The prediction of a head that can be compared with one of its target ports: of the port's name, and
/// comparable with the target that is bound there; nothing where there is none.
std::optional<std::size_t> prediction_beside(const HeadPart& head, std::size_t port);

struct StageReport {
    std::string name;
    std::vector<std::int64_t> output;  ///< without the batch dimension: [C, H, W], [L, C] or [C]
    std::int64_t parameters = 0;
};

/// A named parameter or buffer, in the order of the composition; the path is what `freeze` sees:
/// backbone.layer1.0.conv1.weight, heads.species.0.weight, losses.species.center.
struct NamedTensor {
    std::string path;
    at::Tensor tensor;
    std::string stage;  ///< backbone's tensors: the stage that owns it
    bool is_buffer = false;
};

using data::Cut;
using data::Tap;
using data::Taps;

/// Where a head reads, in the order of its input ports, or of what its one port joins.
std::vector<Tap> taps_of(const HeadPart& head);

/// What a head reads, in the order of its input ports; every tap of it must be there.
std::vector<at::Tensor> inputs_of(const HeadPart& head, const Taps& taps);

/// Outputs of every head, in the order of the heads; each in the order of its ports.
using Outputs = std::vector<std::vector<at::Tensor>>;

struct Freezing;
class FrozenCopy;

/// All that a model is made of: whoever makes one fills it, then a Model keeps it.
struct ModelParts {
    std::string backbone_id;
    std::string backbone_version;
    Options backbone_options;
    std::string weights = "none";
    std::vector<WeightEntry> catalogue;  ///< weights that are published for the backbone
    plugin::BackboneHandle backbone;
    std::size_t kept_stages = 0;
    std::vector<HeadPart> heads;
    std::vector<TargetSchema> schema;        ///< of the data set
    std::vector<std::string> absent_losses;  ///< of a run: names of losses whose plugins are not there
    image::Preprocess preprocess;
    std::vector<StageReport> stages;  ///< the kept ones
};

/// A backbone cut after its last kept stage, with heads and losses. What it is made of stays; what may change
/// is where it lies (`to`), what trains (apply_freeze, set_mode) and its numbers (load_weights, load_tensors,
/// the optimiser). Host thread only.
class Model {
public:
    Model() : Model(ModelParts()) {}  ///< of nothing
    explicit Model(ModelParts parts);

    const ModelParts& parts() const { return parts_; }
    const std::string& backbone_id() const { return parts_.backbone_id; }
    const std::string& backbone_version() const { return parts_.backbone_version; }
    const Options& backbone_options() const { return parts_.backbone_options; }
    const std::string& weights() const { return parts_.weights; }
    const std::vector<WeightEntry>& catalogue() const { return parts_.catalogue; }
    const plugin::BackboneHandle& backbone() const { return parts_.backbone; }
    std::size_t kept_stages() const { return parts_.kept_stages; }
    const std::vector<HeadPart>& heads() const { return parts_.heads; }
    const std::vector<TargetSchema>& schema() const { return parts_.schema; }
    const std::vector<std::string>& absent_losses() const { return parts_.absent_losses; }
    const image::Preprocess& preprocess() const { return parts_.preprocess; }
    const std::vector<StageReport>& stages() const { return parts_.stages; }

    /// Parameters and buffers of the kept stages, heads and losses. Tensors share storage with the modules.
    std::vector<NamedTensor> tensors() const;

    /// uint8 [N, H, W, 3] to float NCHW in channels_last memory on `device`, normalised.
    at::Tensor normalized(const at::Tensor& images, const at::Device& device) const;

    /// Where the heads read, each place once.
    std::vector<Tap> taps() const;

    /// The backbone from a cut on: what the heads read behind it. Stages below `frozen_stages` run without
    /// gradients, by `frozen_prefix` where the cut is the input. A tap that lies before the cut is left out.
    Taps features(Cut from, std::size_t frozen_stages = 0) const;

    /// The first stages without gradients, for an input as `normalized` gives it: what heads read of them,
    /// and the feature behind them where the backbone goes on. `type`: to compute in, else the model's.
    data::StoredFeatures prefix(at::Tensor input, std::size_t stages,
                                std::optional<at::ScalarType> type = {}) const;

    /// The same by a private copy that is made for speed (FrozenCopy): equal to 1e-4 of the largest value
    /// (bfloat16: 5e-2).
    /// The stages must be in eval mode; a change of their tensors is noticed.
    data::StoredFeatures frozen_prefix(const at::Tensor& input, std::size_t stages) const;

    /// What the heads read of a batch, from its pixels or from what was stored of them.
    Taps read(const data::Batch& batch, const at::Device& device, std::size_t frozen_stages = 0) const;

    /// The heads on what they read; every tap of `taps` must be there.
    Outputs outputs(const Taps& taps) const;

    /// Both, for an input as `normalized` gives it.
    Outputs forward(const at::Tensor& input, std::size_t frozen_stages = 0) const;

    /// Puts a loss in the place of another one of the same outputs.
    void replace_loss(std::size_t head, std::size_t loss, LossPart made) {
        parts_.heads.at(head).losses.at(loss) = std::move(made);
    }

    /// Moves everything; conv weights become channels_last.
    void to(const at::Device& device);

    /// The type of numbers that convolutions and products of matrices compute in from now on: float, or
    /// bfloat16. Tensors, and what heads read and give, stay float.
    void compute_in(at::ScalarType type) { computing_type_ = type; }
    at::ScalarType computing_type() const { return computing_type_; }

    /// Whether gradients of the backbone's stages, all but the last, are found by running the stages once
    /// more instead of keeping what they made (recompute.hpp).
    void recompute(bool wanted) { recomputes_ = wanted; }

private:
    struct StageRun;
    at::Tensor stage_output(const StageRun& run, const at::Tensor& feature) const;
    void run_stage(const StageRun& run, const std::vector<Tap>& wanted, at::Tensor& feature,
                   Taps& read) const;

    friend void set_mode(Model& model, const Freezing& freezing, bool training);

    ModelParts parts_;
    at::ScalarType computing_type_ = at::kFloat;
    bool recomputes_ = false;
    std::shared_ptr<FrozenCopy> frozen_copy_;
};

}  // namespace graft::model
