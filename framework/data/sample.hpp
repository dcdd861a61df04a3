// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/decoded_cache.hpp"
#include "data/loader.hpp"
#include "image/decode.hpp"
#include "target/kind.hpp"

namespace graft::data {

/// What keys a sample's augmentation besides seed and id.
struct View {
    std::int64_t epoch = 0;    ///< whose draws it has
    std::uint64_t number = 0;  ///< how often the epoch had the sample before
};

/// One place of a batch that is being filled.
struct Sample {
    std::string id;
    std::int64_t position = 0;         ///< in the subset
    std::uint64_t content = 0;         ///< hash of what the files of picture and masks held; 0: not read
    std::vector<TargetValue> targets;  ///< read and moved into the input
    target::Motion motion;
    std::optional<image::Traits> traits;  ///< of the picture, where it was read or known
    features::Origin origin;              ///< its picture
    bool has_row = false;                 ///< the row was there, so no pixels were read
    std::string problem;                  ///< why it is skipped; empty: it is good
};

/// Where a sample goes: H * W * 3 bytes of pixels; and, with a table of rows, its row.
struct SamplePlace {
    std::uint8_t* pixels = nullptr;
    std::span<std::byte> row = {};
    FeatureRows rows = {};
    DecodedCache* decoded = nullptr;  ///< where its picture is kept; null: nowhere
    std::size_t position = 0;         ///< in there
};

/// Copies the row of sample `index`, or decodes (unless it is kept), warps and augments its picture into
/// `pixels`. What is wrong with the sample itself goes into `problem`; faults of plugins and of ours are
/// thrown. Thread-safety: any thread.
Sample read_sample(const plugin::DatasetHandle& dataset, std::int64_t index, const LoaderOptions& options,
                   const View& view, const SamplePlace& place);

struct Prepared {
    at::Tensor image;     ///< uint8 [1, H, W, 3]
    at::Tensor original;  ///< uint8 [h, w, 3], RGB, EXIF applied
    target::Motion motion;
    image::Traits traits;
};

/// One picture prepared as the loader does it without augmentation, for `predict`. Throws Failure(data) when
/// it cannot be decoded. Thread-safety: any thread.
Prepared prepare(const ImageSource& source, const image::Preprocess& preprocess);

}  // namespace graft::data
