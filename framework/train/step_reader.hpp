// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
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
    std::int64_t position = 0;  ///< of the loader after it: where a resumed run goes on

    std::int64_t samples() const;
    std::vector<std::string> ids() const;
};

/// Groups a loader's batches into steps. A batch of a single sample, which BatchNorm cannot normalise over
/// a vector, joins the batch before it (the first of an epoch: the one after it), so no sample is lost;
/// empty batches (nothing in them could be read) are passed over. Where a step ends depends on the
/// batches alone, never on where the epoch was begun.
class StepReader {
public:
    /// `join_single` is false where the pipeline itself asks for batches of one.
    StepReader(FetchBatch source, std::int64_t batches_a_step, bool join_single);

    /// The next step; without parts at the epoch's end.
    StepBatches next();

private:
    const data::Batch* peek();

    FetchBatch source_;
    std::int64_t batches_a_step_;
    bool join_single_;
    Fetched waiting_;
    bool ended_ = false;
};

/// Steps of an epoch of `samples` samples when none is skipped.
std::int64_t steps_per_epoch(std::int64_t samples, std::int64_t batch, std::int64_t batches_a_step);

/// Both batches' samples in one.
data::Batch joined(const data::Batch& first, const data::Batch& second);

}  // namespace graft::train
