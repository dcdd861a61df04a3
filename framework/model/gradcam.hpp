// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Which places of a picture an answer came from: Grad-CAM (Selvaraju et al. 2017) over the stages of any
// backbone.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "model/model.hpp"

namespace graft::model {

/// A prediction of a head: indices into Model::heads() and HeadPart::predictions.
struct Explained {
    std::size_t head = 0;
    std::size_t prediction = 0;
    double usual = -std::numeric_limits<double>::infinity();  ///< of a number, in its unit: below it the map
                                                              ///< is of what makes it small
};

/// Whether a prediction is one class or one number with an output of its own, whose slope Grad-CAM follows.
/// Points, masks and boxes say themselves where they are.
bool can_explain(const Model& model, const Explained& explained);

/// The stage of that name, for the head. Throws Failure(pipeline), naming those that serve.
std::size_t stage_with_places(const Model& model, std::size_t head, const std::string& name);

/// Of N pictures, on the CPU.
struct Gradcam {
    std::size_t stage = 0;
    at::Tensor grid;  ///< float [N, rows, columns], not negative: a number a cell of the stage's feature
    at::Tensor maps;  ///< float [N, height, width] of the input: the grid by bilinear interpolation, every
                      ///< picture's largest 1; all 0 where nothing speaks for the answer
    at::Tensor class_index;  ///< int64 [N]: the predicted class that it is of; of a number 1, or 0 where it
                             ///< is below the usual one
};

/// Grad-CAM of what the model predicts for an input as `normalized` gives it: of the logit of the predicted
/// class, or of the number, and of its negative where it is below the usual one. Without a stage: the last
/// with places behind which they still count (a transformer may read its class token alone). The model must
/// be in eval mode; neither its tensors nor what of them trains changes, and frozen stages count like others.
/// `explained` must be one that can be.
Gradcam gradcam(const Model& model, const at::Tensor& input, const Explained& explained,
                std::optional<std::size_t> stage = {});

}  // namespace graft::model
