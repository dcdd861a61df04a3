// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
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
    /// options name. `precision`: as the pipeline's `features` say. All must outlive it.
    FeatureReuse(const model::Model& model, at::Device device, features::FeatureStore& store,
                 std::string code, std::string precision, core::EventSink& events)
        : model_(model),
          device_(device),
          store_(store),
          code_(std::move(code)),
          precision_(std::move(precision)),
          events_(events) {}

    /// `augmentation`: all that determines how the source's pictures are changed; null: they are not.
    void add(StoredSource& source, core::Json augmentation = nullptr) {
        sources_.push_back({&source, std::move(augmentation)});
    }

    /// A phase begins: the sources get rows of the prefix as it is now, or pixels where no stage is frozen.
    /// The frozen stages must be in eval mode as long as these are read. Event: "features". The sources call
    /// back into this object, so it must live as long as they are read; add no source after the first begin.
    /// A table that cannot be opened is an event "warning", and pixels are read.
    void begin(const model::Freezing& freezing);

    /// Whether there is a table for the first stages as they are now, of pictures as they are.
    bool has_table(std::size_t stages) const;

private:
    struct Source {
        StoredSource* source;
        core::Json augmentation;
    };
    /// The frozen prefix of the running phase.
    struct Prefix {
        std::optional<RowLayout> layout;  ///< nothing: its features cannot be kept
        core::Json about;                 ///< everything that determines one besides the picture
    };

    Prefix prefix_of(std::size_t stages) const;
    core::Json description(std::size_t stages) const;
    OpenRows open(const core::Json& augmentation, std::int64_t generation);

    const model::Model& model_;
    at::Device device_;
    features::FeatureStore& store_;
    std::string code_;
    std::string precision_;
    core::EventSink& events_;
    std::vector<Source> sources_;
    Prefix prefix_;
    OpenRows plain_;  ///< of pictures as they are, which several sources read
};

}  // namespace graft::train
