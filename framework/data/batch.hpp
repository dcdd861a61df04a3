// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "graft/column.hpp"
#include "graft/dataset.hpp"
#include "image/preprocess.hpp"
#include "plugin/handles.hpp"
#include "target/kind.hpp"

namespace graft::data {

/// Samples that stand for one split: indices into a data set.
struct Subset {
    plugin::DatasetHandle dataset;
    std::vector<std::int64_t> indices;
};

/// Every sample of a data set.
Subset all_of(plugin::DatasetHandle dataset);

/// Changes when a sample is added or removed, a picture's file gets another size, or a target another value.
/// Reads no picture.
std::string fingerprint(const Subset& subset, const std::vector<TargetSchema>& schemas);

/// A place of a backbone where heads read: the feature after a stage, pooled or as it is.
struct Tap {
    std::size_t stage = 0;
    bool pooled = false;

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

/// N samples; a sample that could not be read is left out, so N may be less than was asked for.
struct Batch {
    at::Tensor images;  ///< uint8 [N, H, W, 3], RGB; not defined where features are stored
    std::optional<StoredFeatures> stored;
    std::vector<Column> targets;   ///< natural units, one a target of the schema; points in input pixels
    std::vector<std::string> ids;  ///< of the samples
    std::vector<target::Motion> motions;  ///< how each came from its file
};

/// A sample that was skipped, and why.
struct Skipped {
    std::string id;
    std::string reason;
};

/// How many known places of a target lay in the input and beside it: they stay where they are and count, but
/// many of them outside tell of a crop or an augmentation that cuts too much.
struct TargetPlaces {
    std::string target;
    target::PlaceCount count;
};

class Sampler;

struct LoaderOptions {
    image::Preprocess preprocess;
    std::vector<TargetSchema> targets;
    std::vector<pipeline::Augment> augment;  ///< empty for validation
    std::int64_t batch = 32;
    std::shared_ptr<const Sampler> sampler;  ///< null: every sample once, in its order
    std::uint64_t seed = 0;                  ///< of augmentation
    int threads = 1;
    int ahead = 3;  ///< batches prepared before they are asked for
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
};

/// Fills batches ahead in threads of its own. What a batch holds depends on (seed, epoch, its number)
/// alone, never on threads. Host thread only.
class Loader : public BatchSource {
public:
    Loader(Subset subset, LoaderOptions options);
    ~Loader() override;  ///< waits for at most one picture a thread
    Loader(const Loader&) = delete;
    Loader& operator=(const Loader&) = delete;

    std::int64_t size() const override;
    std::int64_t batches() const override;
    void start(std::int64_t epoch, std::int64_t first_batch = 0) override;
    std::unique_ptr<Batch> next() override;
    std::int64_t position() const override;
    void check_bad_images(double limit) const override;

    const Subset& subset() const;

    /// Samples skipped in the batches handed out so far, each once, sorted by id.
    std::vector<Skipped> skipped() const;

    /// XXH3-128 over what the pictures' files held when they were read, sample by sample; empty until each
    /// was read once. So it costs no pass of its own.
    std::string content() const;

    /// Of the batches handed out so far, one entry a target.
    std::vector<TargetPlaces> places() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// One picture prepared as the loader does it without augmentation, for `predict`.
/// Throws Failure(data) when it cannot be decoded.
struct Prepared {
    at::Tensor image;     ///< uint8 [1, H, W, 3]
    at::Tensor original;  ///< uint8 [h, w, 3], RGB, EXIF applied
    target::Motion motion;
};
Prepared prepare(const ImageSource& source, const image::Preprocess& preprocess);

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
                   const std::function<plugin::DatasetHandle(const std::string& split)>& open,
                   const std::vector<TargetSchema>& targets);

}  // namespace graft::data
