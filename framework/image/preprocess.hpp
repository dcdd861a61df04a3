// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "graft/backbone.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::image {

/// How pixels become the network's input; recorded with the model and used alike in training,
/// evaluation and prediction.
struct Preprocess {
    std::int64_t height = 224;
    std::int64_t width = 224;
    pipeline::Resize resize = pipeline::Resize::stretch;
    double crop_scale = 256.0 / 224.0;  ///< crop: shorter side is scaled to this times the input's side
    pipeline::Interpolation interpolation = pipeline::Interpolation::bilinear;
    Normalization normalization;
    std::int64_t bits = 0;  ///< of a sample that pictures of 16 bits use; 0: nobody said, so all of them
};

}  // namespace graft::image
