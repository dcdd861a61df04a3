// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What an audit knows of the samples: features, targets, and the pictures where they must be looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "command.hpp"
#include "core/event.hpp"
#include "shown.hpp"
#include "target/kind.hpp"

namespace graft::engine {

/// Samples in the order in which they were read, those of training first; what could not be read is apart.
struct AuditSamples {
    std::vector<std::string> ids;
    std::vector<std::string> splits;  ///< train, val, test
    std::vector<target::Motion> motions;
    at::Tensor features;                       ///< double [N, D], pooled
    std::vector<TargetSchema> targets;         ///< those that a head reads
    std::vector<Column> columns;               ///< of each target, on the CPU
    std::string stage;                         ///< where the features come from
    core::Json skipped = core::Json::array();  ///< as left_out.hpp has them

    std::vector<std::string> groups;                    ///< of each sample, as its data set says: a person
    std::vector<std::function<ImageSource()>> sources;  ///< of each sample: its picture, to be read again

    std::size_t size() const { return ids.size(); }
    bool trains(std::size_t sample) const { return splits[sample] == "train"; }

    /// {"id","split"}
    core::Json name(std::size_t sample) const { return {{"id", ids[sample]}, {"split", splits[sample]}}; }
};

/// Reads every sample once, from kept features where they are there; what is worked out is kept. Nothing: it
/// was interrupted. Throws Failure(data) where no sample can be read.
std::optional<AuditSamples> gather_samples(CommandContext& context, Shown& shown);

}  // namespace graft::engine
