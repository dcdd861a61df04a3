// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "features/table.hpp"
#include "graft/column.hpp"
#include "target/kind.hpp"

namespace graft::data {

/// A place of a backbone where heads read: the feature after a stage, pooled or as it is.
struct Tap {
    std::size_t stage = 0;
    bool pooled = false;

    // clang-tidy 14 takes the 0 that orders are compared with for a pointer.
    // NOLINTNEXTLINE(modernize-use-nullptr)
    auto operator<=>(const Tap&) const = default;
};

/// Features by where they were read, each [N, ...].
using Taps = std::map<Tap, at::Tensor>;

/// A feature in the middle of a backbone: what comes out of its first `stages` stages. 0: the input itself.
struct Cut {
    std::size_t stages = 0;
    at::Tensor feature;
};

/// What was kept of samples instead of their pixels: the features that heads read up to a cut, and the
/// feature there, from which the backbone goes on.
struct StoredFeatures {
    Taps taps;
    Cut cut;
};

/// Rows of a feature store: of a sample whose row is there, nobody read the pixels. Rows that are missing are
/// for the reader of the batch to fill.
struct StoredRows {
    at::Tensor rows;                        ///< uint8 [N, bytes of a row]
    std::vector<features::Origin> origins;  ///< one a sample: its picture
    std::vector<bool> there;                ///< one a sample: whether its row is
};

/// N samples; a sample that could not be read is left out, so N may be less than was asked for.
struct Batch {
    at::Tensor images;  ///< uint8 [N, H, W, 3], RGB; not defined where features are stored
    std::optional<StoredRows> rows;
    std::optional<StoredFeatures> stored;
    std::vector<Column> targets;   ///< natural units, one a target of the schema; points in input pixels
    std::vector<std::string> ids;  ///< of the samples
    std::vector<target::Motion> motions;  ///< how each came from its file
};

/// Hands out the batches of epochs; whoever asks does not know whether they hold pixels or stored features.
/// How many batches an epoch has follows from sizes alone. Host thread only.
class BatchSource {
public:
    virtual ~BatchSource() = default;

    /// Samples and batches of an epoch.
    virtual std::int64_t size() const = 0;
    virtual std::int64_t batches() const = 0;

    /// Begins an epoch (1, 2, ...), at a batch's number: 0, or where a resumed run goes on. Allowed at any
    /// time; what was prepared of the epoch before is dropped.
    virtual void start(std::int64_t epoch, std::int64_t first_batch = 0) = 0;

    /// The next batch that has a sample, or null at the epoch's end. Rethrows what a thread threw; the epoch
    /// is then over.
    virtual std::unique_ptr<Batch> next() = 0;

    /// The number, in the epoch, of the batch that `next` would look at: where a resumed run goes on.
    virtual std::int64_t position() const = 0;

    /// Throws Failure(data), naming the first ones, when more than `limit` (a fraction) of the samples could
    /// not be read or of the data set's records could not be used.
    virtual void check_bad_images(double limit) const = 0;

    /// What it has learnt of its samples, as bytes for `restore_statistics`: of the epoch that it is in only
    /// what the first `batches` taught, since a reader may be ahead of what was trained.
    virtual std::string statistics(std::int64_t epoch, std::int64_t batches) const = 0;

    /// Goes on from such bytes instead of nothing. Throws Failure(data) where they are of other samples.
    virtual void restore_statistics(const std::string& bytes) = 0;
};

}  // namespace graft::data
