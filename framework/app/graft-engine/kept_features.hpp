// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/event.hpp"
#include "data/loader.hpp"
#include "features/store.hpp"
#include "model/model.hpp"
#include "pipeline/pipeline.hpp"
#include "plugin/registry.hpp"
#include "train/feature_reuse.hpp"
#include "train/stored_source.hpp"

namespace graft::engine {

/// The store that a pipeline names. Throws Failure(system).
std::unique_ptr<features::FeatureStore> open_store(const pipeline::Features& wanted);

/// Of what computes features and is no tensor: the plugin's library and the files that options name, such as
/// a TorchScript archive.
std::string hash_of_code(const plugin::Registry& registry, const model::Model& model,
                         features::FileIndex& files);

/// What a trained model reads its batches from: the loader, and before it the store of its run's pipeline,
/// where the run has frozen stages. What is not there is added.
class KeptFeatures {
public:
    /// The loader must not augment. `serves`: whether features from behind so many stages are enough for the
    /// task. The model must be in eval mode, and all that this is made from outlive it.
    KeptFeatures(
        const pipeline::Pipeline& pipeline, const model::Model& model, const plugin::Registry& registry,
        data::Loader& loader, const at::Device& device, core::EventSink& events,
        const std::function<bool(std::size_t stages)>& serves = [](std::size_t) { return true; });

    data::BatchSource& source() { return *source_; }

    /// Whether the source is the store.
    bool are_kept() const { return stored_ && source_ == &*stored_; }

private:
    data::BatchSource* source_;
    std::unique_ptr<features::FeatureStore> store_;
    std::optional<train::FeatureReuse> reuse_;
    std::optional<train::StoredSource> stored_;
};

}  // namespace graft::engine
