// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

/// @file
/// What a data set provides: samples, their pictures and targets. Free of LibTorch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "graft/export.hpp"
#include "graft/options.hpp"
#include "graft/target.hpp"

namespace graft {

/// Pixels as they are: RGB, row after row, 3 * width * height bytes.
struct RgbImage {
    std::int64_t width = 0;            ///< in pixels
    std::int64_t height = 0;           ///< in pixels
    std::vector<std::uint8_t> pixels;  ///< 3 * width * height
};

/// Where a picture is: a file, the bytes of one, or pixels.
using ImageSource = std::variant<std::filesystem::path, EncodedImage, RgbImage>;

/// A record that cannot be used, or files that were left out: named in the log and in run.json.
struct DataProblem {
    std::string place;    ///< "labels.csv:17", or a path
    std::string message;  ///< what is wrong, in words for whoever has the data
    bool record = true;   ///< false: not a sample at all (a file of another kind), so it never counts
                          ///< against the limit of bad samples
};

/// What the host knows when it opens a data set.
struct DatasetContext {
    std::string split;                  ///< as the pipeline names it; empty: every sample
    std::vector<TargetSchema> targets;  ///< what `schema` returned for the training split, or what a
                                        ///< trained model expects: indices refer to these classes
    std::int64_t height = 224;          ///< of the network's input, in pixels
    std::int64_t width = 224;           ///< of the network's input, in pixels
};

/// One split of a data set.
///
/// To write one: derive, give it the constructor `(const Options&, const DatasetContext&)` and the
/// static function `std::vector<TargetSchema> schema(const Options&, const std::string& split)`, which
/// touches no image and, where the options say enough, no file. `OptionTable options()` and
/// `std::string example()` are optional. The option `root`, where there is one, is what
/// `graft eval --data` replaces. The constructor throws graft::Error(data) when nothing can be read.
///
/// Every method is const and must be safe from any thread at once; 0 <= index < size().
class GRAFT_API Dataset {
public:
    Dataset();
    Dataset(const Dataset&) = delete;
    Dataset& operator=(const Dataset&) = delete;
    virtual ~Dataset();

    /// The number of samples; it never changes.
    virtual std::int64_t size() const = 0;

    /// Stable across machines and runs and unique in the split: "train/ants/0013035.jpg".
    virtual std::string id(std::int64_t index) const = 0;

    /// One value a target of the context, in that order, in natural units. Reads no picture: a mask is
    /// where its file is, and the host reads it together with the sample's picture.
    virtual std::vector<TargetValue> targets(std::int64_t index) const = 0;

    /// Where the picture is. Throws graft::Error(data) when it is gone.
    virtual ImageSource image(std::int64_t index) const = 0;

    /// What must not be split between training and validation (a person). Optional; default: the id.
    virtual std::string group(std::int64_t index) const;

    /// Everything that was found and left out. Optional; default: nothing.
    virtual std::vector<DataProblem> problems() const;
};

}  // namespace graft
