// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include <c10/core/Device.h>

#include "data/sample.hpp"
#include "graft/inference.hpp"
#include "image/preprocess.hpp"
#include "prediction/answers.hpp"

namespace graft::inference {

/// What a model is loaded from: how pictures are prepared for it, and what it says of them. One thread at a
/// time.
class ModelSource {
public:
    ModelSource() = default;
    ModelSource(const ModelSource&) = delete;
    ModelSource& operator=(const ModelSource&) = delete;
    virtual ~ModelSource() = default;

    virtual const image::Preprocess& preprocess() const = 0;
    virtual std::vector<Output> outputs() const = 0;
    virtual std::vector<prediction::PicturePrediction> predict(
        const std::vector<data::Prepared>& pictures) const = 0;
};

/// A run's folder, or its folder model/. Throws core::Failure.
std::unique_ptr<ModelSource> open_run(const std::filesystem::path& run, const at::Device& device,
                                      const std::vector<std::filesystem::path>& plugin_folders);

/// A file of `graft export --to torchscript`. Throws core::Failure.
std::unique_ptr<ModelSource> open_script(const std::filesystem::path& file, const at::Device& device);

}  // namespace graft::inference
