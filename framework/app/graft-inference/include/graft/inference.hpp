// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A trained model inside another program: find_package(graft COMPONENTS inference), graft::inference. No
// header of LibTorch or OpenCV is needed. docs/embedding.md has an example; graft/inference.h is the same for
// C.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "graft/export.hpp"
#include "graft/prediction.hpp"
#include "graft/target.hpp"

namespace graft::inference {

/// The one type of exception that this library throws. The text says what was wrong and what to do.
class GRAFT_API Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
    ~Error() override;
};

enum class PixelOrder { rgb, bgr, grey };

/// Pixels in memory of the caller's, which need to stay for the call alone: 8 bits a channel, row after row.
struct Pixels {
    const std::uint8_t* data = nullptr;
    std::int64_t width = 0;
    std::int64_t height = 0;
    std::int64_t stride = 0;  ///< bytes from one row to the next; 0: the rows lie close together
    PixelOrder order = PixelOrder::rgb;
};

/// A file, the bytes of one, or pixels. Files are decoded and turned (EXIF) as `graft predict` does.
using Picture = std::variant<std::filesystem::path, EncodedImage, Pixels>;

/// What a model says of a picture.
struct Result {
    std::vector<Prediction> predictions;  ///< one for each of Model::outputs(), in their order
    std::string json;                     ///< the text that `graft predict --json` prints of it under "heads"
    std::int64_t width = 0;               ///< of the picture as seen, in whose pixels places are
    std::int64_t height = 0;
};

/// What a model predicts.
struct Output {
    std::string head;
    TargetSchema target;
};

struct LoadOptions {
    std::string device = "cpu";  ///< or cuda, cuda:N; auto: the first GPU where there is one
    /// Folders of plugins, searched before those that a run names, GRAFT_PLUGIN_PATH, the user's and graft's
    /// own.
    std::vector<std::filesystem::path> plugin_folders = {};
};

/// A trained model. Calls from several threads are safe and wait for one another; to work side by side, load
/// one a thread. The process' number of threads for LibTorch is left as it is (OMP_NUM_THREADS, or the
/// caller).
class GRAFT_API Model {
public:
    /// `source`: the folder of a run that has finished (or its folder model/), which needs the plugins that
    /// it was trained with; or a file of `graft export --to torchscript`, which needs none and is a program:
    /// load only those that you trust. Throws Error.
    explicit Model(const std::filesystem::path& source, const LoadOptions& options = {});
    Model(Model&&) noexcept;
    Model& operator=(Model&&) noexcept;
    ~Model();

    const std::vector<Output>& outputs() const;

    /// What the network says of pictures, in their order and 16 at a time as `graft predict` does, so that
    /// the numbers of a run are the same as there to the last bit; those of an exported file to 1e-4. Throws
    /// Error, which names every picture that cannot be read.
    std::vector<Result> predict(const std::vector<Picture>& pictures) const;
    Result predict(const Picture& picture) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace graft::inference
