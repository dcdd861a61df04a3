// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>

#include "composition.hpp"
#include "core/event.hpp"
#include "features/store.hpp"
#include "loaders.hpp"
#include "train/feature_reuse.hpp"
#include "train/stored_source.hpp"

namespace graft::engine {

/// What a run reads its batches from: the loaders, and before them, where the pipeline's `features` allow it,
/// the store of what frozen stages gave. All that it is made from must outlive it.
class RunFeatures {
public:
    RunFeatures(const Composition& made, Loaders& loaders, const at::Device& device, core::EventSink& events);

    data::BatchSource& train() { return *train_; }
    data::BatchSource* val() { return val_; }

    /// See TrainRequest::phase_begins.
    void phase_begins(const model::Freezing& freezing);

private:
    void begin_store(const Composition& made, Loaders& loaders, const at::Device& device);
    void tell_of_augmentation(const model::Freezing& freezing);

    core::EventSink& events_;
    data::Loader& loader_;  ///< of training
    data::KeptViews views_;
    data::BatchSource* train_;
    data::BatchSource* val_;
    bool is_served_ = false;  ///< training pictures come as they are, or in views that are kept
    std::unique_ptr<features::FeatureStore> store_;  ///< null: nothing is kept
    std::optional<train::FeatureReuse> reuse_;
    std::optional<train::StoredSource> stored_train_;
    std::optional<train::StoredSource> stored_val_;
};

}  // namespace graft::engine
