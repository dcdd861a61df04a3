// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "data/geometry.hpp"
#include "data/preprocess.hpp"
#include "graft/column.hpp"
#include "graft/dataset.hpp"

namespace graft::data {

/// Samples that stand for one split: indices into a data set.
struct Subset {
    std::shared_ptr<const Dataset> dataset;
    std::vector<std::int64_t> indices;
};

/// Every sample of a data set.
Subset all_of(std::shared_ptr<const Dataset> dataset);

/// Changes when a sample is added or removed, a picture's file gets another size, or a target another value.
/// Reads no picture.
std::string fingerprint(const Subset& subset);

/// N samples; a sample that could not be read is left out, so N may be less than was asked for.
struct Batch {
    at::Tensor images;             ///< uint8 [N, H, W, 3], RGB
    std::vector<Column> targets;   ///< natural units, one a target of the schema; points in input pixels
    std::vector<std::string> ids;  ///< of the samples
    std::vector<Matrix> matrices;  ///< original image to input
    std::vector<std::array<std::int64_t, 2>> original_sizes;  ///< height, width
};

/// A sample that was skipped, and why.
struct Skipped {
    std::string id;
    std::string reason;
};

/// How many known points of a target lay in the input and beside it: they stay where they are and count, but
/// many of them outside tell of a crop or an augmentation that cuts too much.
struct PointCount {
    std::string target;
    std::int64_t known = 0;
    std::int64_t outside = 0;
};

struct LoaderOptions {
    Preprocess preprocess;
    std::vector<TargetSchema> targets;
    std::vector<pipeline::Augment> augment;  ///< empty for validation
    std::int64_t batch = 32;
    bool shuffle = false;
    std::uint64_t seed = 0;
    int threads = 1;
    int ahead = 3;  ///< batches prepared before they are asked for
};

/// Fills batches ahead in threads of its own. What a batch holds depends on (seed, epoch, its number)
/// alone, never on threads. Host thread only.
class Loader {
public:
    Loader(Subset subset, LoaderOptions options);
    ~Loader();  ///< waits for at most one picture a thread
    Loader(const Loader&) = delete;
    Loader& operator=(const Loader&) = delete;

    /// Samples and batches of an epoch.
    std::int64_t size() const;
    std::int64_t batches() const;
    const Subset& subset() const;

    /// Begins an epoch (1, 2, ...), at a batch's number: 0, or where a resumed run goes on. Allowed at any
    /// time; what was prepared of the epoch before is dropped.
    void start(std::int64_t epoch, std::int64_t first_batch = 0);

    /// The next batch that has a sample, or null at the epoch's end. Rethrows what a thread threw; the epoch
    /// is then over.
    std::unique_ptr<Batch> next();

    /// The number, in the epoch, of the batch that `next` would look at: where a resumed run goes on.
    std::int64_t position() const;

    /// Samples skipped in the batches handed out so far, each once, sorted by id.
    std::vector<Skipped> skipped() const;

    /// Of the batches handed out so far, one entry a target of points.
    std::vector<PointCount> points() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Throws Failure(data), naming the first ones, when more than `limit` (a fraction) of the loader's samples
/// could not be read or of the data set's records could not be used.
void check_bad_images(const Loader& loader, double limit);

/// One picture prepared as the loader does it without augmentation, for `predict`.
/// Throws Failure(data) when it cannot be decoded.
struct Prepared {
    at::Tensor image;     ///< uint8 [1, H, W, 3]
    at::Tensor original;  ///< uint8 [h, w, 3], RGB, EXIF applied
    Matrix matrix;
};
Prepared prepare(const ImageSource& source, const Preprocess& preprocess);

/// The splits of a pipeline over a data set, by name (form 1) or by fraction (form 2).
struct Splits {
    Subset train;
    Subset val;
    Subset test;
    std::vector<std::string> notes;  ///< worth a warning: samples that are in two splits
};

/// `open(split)` makes the data set of a split name; by fraction it is called once, with an empty name.
/// By fraction, samples are chosen by hash of (seed, group or id), so adding some moves few others; groups
/// are never torn apart, and each class of `stratify` gives its part. Throws Failure(data) when a split that
/// was asked for is empty, Failure(pipeline) when `stratify` is no category target.
Splits make_splits(const pipeline::Split& split,
                   const std::function<std::shared_ptr<Dataset>(const std::string& split)>& open,
                   const std::vector<TargetSchema>& targets);

}  // namespace graft::data
