// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "run_features.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/problem.hpp"
#include "kept_features.hpp"

namespace graft::engine {
namespace {

/// All that determines how training pictures are changed.
core::Json augmentation_of(const pipeline::Pipeline& pipeline) {
    core::Json changes = core::Json::array();
    for (const pipeline::Augment& entry : pipeline.data.augment) {
        changes.push_back({{entry.name, entry.values}});
    }
    return {{"changes", changes}, {"seed", pipeline.seed}};
}

}  // namespace

RunFeatures::RunFeatures(const Composition& made, Loaders& loaders, const at::Device& device,
                         core::EventSink& events)
    : events_(events),
      loader_(*loaders.train),
      views_{made.pipeline.features.views, made.pipeline.features.redraw},
      train_(loaders.train.get()),
      val_(loaders.val.get()),
      is_served_(made.pipeline.data.augment.empty() || views_.count > 0) {
    const bool freezes = std::any_of(made.freezing.begin(), made.freezing.end(),
                                     [](const auto& freezing) { return freezing.frozen_stages > 0; });
    if (made.pipeline.features.cache == "off" || !freezes) {
        return;
    }
    try {
        begin_store(made, loaders, device);
    } catch (const core::Failure& failure) {
        store_.reset();
        events_.emit(
            {"warning",
             {{"text", std::string("features of frozen stages cannot be kept, so they are worked out "
                                   "anew in every epoch: ") +
                           failure.what()}}});
    }
}

void RunFeatures::begin_store(const Composition& made, Loaders& loaders, const at::Device& device) {
    store_ = open_store(made.pipeline.features);
    reuse_.emplace(made.model, device, *store_, hash_of_code(*made.registry, made.model, store_->files()),
                   made.pipeline.features.precision, events_);
    const auto warn = [this](const std::string& text) { events_.emit({"warning", {{"text", text}}}); };
    if (loaders.val) {
        val_ = &stored_val_.emplace(*loaders.val, made.model, device, *store_, data::KeptViews{}, warn);
        reuse_->add(*stored_val_);
    }
    if (is_served_) {
        train_ = &stored_train_.emplace(*loaders.train, made.model, device, *store_, views_, warn);
        reuse_->add(*stored_train_, views_.count > 0 ? augmentation_of(made.pipeline) : core::Json());
    }
}

void RunFeatures::phase_begins(const model::Freezing& freezing) {
    // Whether or not the store works, the run sees the same pictures.
    loader_.use_views(freezing.frozen_stages > 0 ? views_ : data::KeptViews{});
    if (store_ != nullptr) {
        reuse_->begin(freezing);
        tell_of_augmentation(freezing);
    }
}

/// Once, in the first phase that would gain from it.
void RunFeatures::tell_of_augmentation(const model::Freezing& freezing) {
    if (freezing.frozen_stages > 0 && !std::exchange(is_served_, true)) {
        events_.emit({"warning",
                      {{"text",
                        "data.augment changes every picture anew, so the frozen stages are run again for "
                        "the training pictures in every epoch; features: {views: 4} keeps what they give of "
                        "four views of each picture ({cache: off} ends this message)"}}});
    }
}

}  // namespace graft::engine
