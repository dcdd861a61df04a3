// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/batch.hpp"

namespace graft::train {

using BatchPointer = std::unique_ptr<data::Batch>;

/// A loader's next batch, null at the epoch's end, and the loader's position after it.
struct Fetched {
    BatchPointer batch;
    std::int64_t position = 0;
};
using FetchBatch = std::function<Fetched()>;

/// The batches of the loader's running epoch.
FetchBatch batches_of(data::BatchSource& source);

/// What one optimiser step takes: its effective batch, in parts that go through the network one by one.
struct StepBatches {
    std::vector<BatchPointer> parts;
    std::int64_t position = 0;  ///< of the loader after it: where a resumed run goes on; 0 without parts

    std::int64_t samples() const;
    std::vector<std::string> ids() const;
};

/// The steps of an epoch that are to come: so many were taken before, so many are there in all.
struct StepRange {
    std::int64_t taken = 0;
    std::int64_t all = 0;
};

/// Groups a loader's batches into steps: `batches_a_step` batches each, counted by their numbers, so that how
/// many steps an epoch has never depends on which pictures could be read. A batch of a single sample, which
/// BatchNorm cannot normalise over a vector, joins the batch before it (the first of a step: the one after
/// it), so no sample is lost; a step whose batches joined others, or could not be read at all, has no parts.
class StepReader {
public:
    /// `join_single` is false where the pipeline itself asks for batches of one.
    StepReader(FetchBatch source, std::int64_t batches_a_step, bool join_single, StepRange range);

    /// The next step; nothing at the epoch's end.
    std::optional<StepBatches> next();

private:
    const data::Batch* peek();

    FetchBatch source_;
    std::int64_t batches_a_step_;
    bool join_single_;
    StepRange range_;
    Fetched waiting_;
    bool ended_ = false;
};

/// Steps of an epoch of `samples` samples.
std::int64_t steps_per_epoch(std::int64_t samples, std::int64_t batch, std::int64_t batches_a_step);

/// The samples of two batches of one source in one batch.
data::Batch joined(const data::Batch& first, const data::Batch& second);

}  // namespace graft::train
