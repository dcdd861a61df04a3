// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/event.hpp"
#include "data/batch.hpp"
#include "graft/plugin.hpp"
#include "image/preprocess.hpp"
#include "model/tensors.hpp"
#include "pipeline/pipeline.hpp"
#include "plugin/handles.hpp"
#include "plugin/registry.hpp"
#include "weights/published.hpp"

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
};

struct HeadPart {
    std::string name;
    std::string id;
    std::string version;
    Options options;
    HeadPorts ports;
    HeadContext context;
    std::vector<std::size_t> stages;   ///< one an input port: index of the stage it reads
    std::vector<std::size_t> targets;  ///< one a target port: index into the model's schema
    std::vector<std::vector<std::int64_t>> output_shapes;  ///< one an output, without the batch dimension
    std::vector<TargetSchema> predictions;  ///< what the head says of a picture, in the order of decode
    plugin::HeadHandle head;
    std::vector<LossPart> losses;
};

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

/// Outputs of every head, in the order of the heads; each in the order of its ports.
using Outputs = std::vector<std::vector<at::Tensor>>;

/// A backbone cut after its last kept stage, with heads and losses. Host thread only.
class Model {
public:
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

    /// Parameters and buffers of the kept stages, heads and losses. Tensors share storage with the modules.
    std::vector<NamedTensor> tensors() const;

    /// uint8 [N, H, W, 3] to float NCHW in channels_last memory on `device`, normalised.
    at::Tensor normalized(const at::Tensor& images, const at::Device& device) const;

    /// Where the heads read, each place once.
    std::vector<Tap> taps() const;

    /// The backbone from a cut on: what the heads read behind it. Stages below `frozen_stages` run without
    /// gradients. A tap that lies before the cut is left out.
    Taps features(Cut from, std::size_t frozen_stages = 0) const;

    /// What the heads read of a batch, from its pixels or from what was stored of them.
    Taps read(const data::Batch& batch, const at::Device& device, std::size_t frozen_stages = 0) const;

    /// The heads on what they read; every tap of `taps` must be there.
    Outputs outputs(const Taps& taps) const;

    /// Both, for an input as `normalized` gives it.
    Outputs forward(const at::Tensor& input, std::size_t frozen_stages = 0) const;

    /// Moves everything; conv weights become channels_last.
    void to(const at::Device& device);
};

/// What compose needs to know besides the pipeline.
struct ComposeRequest {
    const pipeline::Pipeline& pipeline;
    plugin::Registry& registry;
    std::vector<TargetSchema> schema;  ///< of the data set
};

/// Creates backbone, heads and losses, each seeded from (seed, its name), checks every port and runs
/// one blank image on the CPU. All problems go into `problems` (places in the pipeline); the model is
/// whole only if none was added. Reads no weights. The model comes back on the CPU in eval mode. Throws
/// Failure(plugin) for plugins that cannot be used.
Model compose(const ComposeRequest& request, core::Problems& problems);

/// What became of a weight file's tensors.
struct LoadReport {
    std::string file;  ///< empty: there was none
    std::string container;
    std::vector<std::string> steps;     ///< what was done to its names, in words
    std::int64_t loaded = 0;            ///< tensors that the backbone got, and heads
    std::vector<std::string> missing;   ///< of an original classifier or a new head; they keep their values
    std::vector<std::string> left_out;  ///< of the file, which no kept stage needs
};

core::Json to_json(const LoadReport& report);

/// Fills the backbone from what `weights:` names: none, an id of the catalogue, a file of any container, or a
/// run's folder. Every kept stage must be whole; the original classifier may be missing there, and may stand
/// there in excess. With `heads: true` the heads that a run has by the same names are filled, too, and must
/// be whole. Nothing is copied unless all fits. Throws Failure(data), Failure(pipeline) for names in the
/// pipeline's `strip` and `rename` that match nothing, Failure(system) when a fetched file cannot be written.
LoadReport load_weights(Model& model, const pipeline::Backbone& backbone,
                        const weights::FetchControl& control = {});

/// What a phase freezes.
struct Freezing {
    std::size_t frozen_stages = 0;       ///< length of the frozen prefix
    bool backbone_frozen = false;        ///< every tensor of the kept stages
    std::vector<std::string> frozen;     ///< paths of frozen tensors, buffers among them
    std::vector<std::string> trainable;  ///< paths of trainable parameters
    std::int64_t total_parameters = 0;
    std::int64_t trainable_parameters = 0;
};

/// What the phase's patterns freeze; changes nothing. An entry that matches nothing is a problem at its
/// place.
Freezing plan_freeze(const Model& model, const pipeline::Phase& phase, core::Problems& problems);

/// Makes it so: the one place that sets requires_grad.
void apply_freeze(Model& model, const Freezing& freezing);

/// Training mode everywhere but in frozen modules (eval: BatchNorm, Dropout), or eval everywhere. A module
/// is frozen when its own parameters and buffers are; one that owns none, when all that it contains is
/// frozen, or, containing nothing, when the stage or the module around it is.
void set_mode(Model& model, const Freezing& freezing, bool training);

/// XXH3-128 over the bytes of the frozen tensors, path by path: equal before and after a phase.
std::string frozen_hash(const Model& model, const Freezing& freezing);

/// {"name":..,"parameters":{"total":..,"trainable":..},"stages":[{"name","output","parameters","frozen"}],
/// "heads":[{"name","use","reads","targets","parameters","frozen","outputs":[{"name","shape"}],"losses"}]}.
core::Json describe(const Model& model, const Freezing& freezing, const std::string& name);

/// Writes and reads the folder `model/` of a run: weights.safetensors (paths as in `tensors`) and model.json
/// (preprocessing, target schemas, plugin ids, versions and options). Reading needs only that folder and
/// the plugins; the model comes back on the CPU in eval mode. Throws Failure(system | data | plugin).
void save_model(const Model& model, const std::string& folder);
Model load_model(const std::string& folder, plugin::Registry& registry);

/// Copies values into the model's tensors by path; missing, unexpected and wrongly shaped ones throw
/// Failure(data) together.
void load_tensors(Model& model, const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                  const std::string& source);

}  // namespace graft::model
