// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/event.hpp"
#include "data/batch.hpp"
#include "model/model.hpp"

namespace graft::engine {

/// What of a backbone is written: the feature behind a stage.
struct EmbeddedStage {
    std::size_t stage = 0;
    bool pooled = true;
};

/// The stage of that name; empty: the last that a head reads. Throws Failure(pipeline).
EmbeddedStage place_of(const model::Model& model, const std::string& stage, bool pooled);

/// Whether features that were kept from behind so many stages are enough for the place.
bool serves(const model::Model& model, const EmbeddedStage& place, std::size_t stages);

/// An array of all samples, by its name: "features", "targets.NAME", "present.NAME", "predictions.NAME",
/// "matrices".
struct NamedArray {
    std::string name;
    TargetSchema schema;  ///< of targets and predictions
    at::Tensor values;
};

/// What is gathered of samples, batch by batch.
class Embedding {
public:
    /// `with_predictions`: the heads are trained. The model must be in eval mode and outlive it.
    Embedding(const model::Model& model, const std::vector<TargetSchema>& targets, const EmbeddedStage& place,
              bool with_predictions, const at::Device& device)
        : model_(model),
          targets_(targets),
          place_(place),
          with_predictions_(with_predictions),
          device_(device) {}

    void add(data::Batch& batch, const std::string& split);

    const std::vector<std::string>& ids() const { return ids_; }
    const std::vector<std::string>& splits() const { return splits_; }

    /// How each picture came into the input.
    const std::vector<target::Motion>& motions() const { return motions_; }

    /// In the natural units of columns (graft/column.hpp), on the CPU. Masks that were predicted are class
    /// numbers, and samples with fewer boxes than others have boxes of -1. `matrices` lead from a picture as
    /// seen to the input, [N, 3, 3].
    std::vector<NamedArray> arrays() const;

private:
    /// One array in the making.
    struct Parts {
        std::string name;
        TargetSchema schema;
        std::vector<at::Tensor> parts;
    };

    at::Tensor feature_of(const data::Batch& batch, const model::Taps& read) const;
    void add_part(const std::string& name, const TargetSchema& schema, const at::Tensor& values);
    void add_targets(const data::Batch& batch);
    void add_predictions(const model::Taps& read);

    const model::Model& model_;
    std::vector<TargetSchema> targets_;
    EmbeddedStage place_;
    bool with_predictions_;
    at::Device device_;
    std::vector<std::string> ids_;
    std::vector<std::string> splits_;
    std::vector<target::Motion> motions_;
    std::vector<Parts> parts_;
};

/// One safetensors file, with ids, splits and schemas as JSON in its metadata. `arrays`: of the embedding.
void write_safetensors(const std::string& file, const Embedding& embedding,
                       const std::vector<NamedArray>& arrays);

/// A folder: NAME.npy for each array, samples.csv with what is one number or class a sample, and schema.json.
/// Returns the files.
std::vector<std::string> write_folder(const std::string& folder, const Embedding& embedding,
                                      const std::vector<NamedArray>& arrays);

}  // namespace graft::engine
