// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "features/store.hpp"
#include "model/freeze.hpp"
#include "model/model.hpp"
#include "train/stored_source.hpp"

namespace graft::train {

/// What a frozen prefix gives is the same in every epoch: this opens, phase by phase, the table in which it
/// is kept. Host thread only.
class FeatureReuse {
public:
    /// `code`: a hash of whatever computes features and is no tensor: the backbone's plugin, files that its
    /// options name. All must outlive it.
    FeatureReuse(const model::Model& model, at::Device device, features::Store& store, std::string code,
                 core::EventSink& events)
        : model_(model), device_(device), store_(store), code_(std::move(code)), events_(events) {}

    /// A source whose pictures come without augmentation.
    void add(StoredSource& source) { sources_.push_back(&source); }

    /// A phase begins: the sources get rows of the prefix as it is now, or pixels where no stage is frozen.
    /// The model must be in eval mode. Event: "features".
    void begin(const model::Freezing& freezing);

private:
    OpenRows open(std::size_t stages);
    core::Json description(std::size_t stages) const;

    const model::Model& model_;
    at::Device device_;
    features::Store& store_;
    std::string code_;
    core::EventSink& events_;
    std::vector<StoredSource*> sources_;
};

}  // namespace graft::train
