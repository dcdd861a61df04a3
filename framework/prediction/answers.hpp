// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "data/sample.hpp"
#include "model/model.hpp"

namespace graft::prediction {

/// One prediction of a head for one picture.
struct HeadAnswer {
    std::string head;
    bool only_one = true;  ///< of its head: then its own name is left out
    target::Answer answer;
};

using PicturePrediction = std::vector<HeadAnswer>;

/// Keeps the mask of a prediction ("road", or "scene.road" of a head with several); gives its file, or "".
using MaskFile = std::function<std::string(const std::string& name, const cv::Mat& classes)>;

/// How many pictures `graft predict` gives the network at a time: other numbers may change the last digits.
inline constexpr std::size_t pictures_a_batch = 16;

/// The pictures as one batch: uint8 [N, H, W, 3].
at::Tensor images_of(const std::vector<data::Prepared>& pictures);

/// Predictions for prepared pictures, all in one batch, in their order, without gradients. The model must be
/// in eval mode. The modules run, not a fused copy: making one takes 0.5 s of a ResNet18, saves 4 ms a
/// picture and gives other last digits.
std::vector<PicturePrediction> infer(const model::Model& model, const std::vector<data::Prepared>& pictures,
                                     const at::Device& device);

/// Predictions from what the heads made of the pictures.
std::vector<PicturePrediction> predictions_of(const model::Model& model, const model::Outputs& outputs,
                                              const std::vector<data::Prepared>& pictures);

/// What a head decoded for a batch, or what an exported network gives.
struct DecodedOutput {
    std::string head;
    bool only_one = true;
    TargetSchema schema;
    at::Tensor values;  ///< of all pictures
};

/// The answers of each picture, in the order of the outputs.
std::vector<PicturePrediction> answers_of(const std::vector<DecodedOutput>& outputs,
                                          const std::vector<data::Prepared>& pictures);

/// {"species": {"class":..,"probability":..,"probabilities":{..}}}; a head with several predictions holds one
/// such entry a prediction. Masks go through the writer.
core::Json to_json(const PicturePrediction& prediction, const MaskFile& write_mask);

/// What is true of a picture, one entry a prediction of `infer`, in the picture as seen; nothing where nobody
/// knows it or no target stands beside the prediction. `values`: as the data set gives them.
std::vector<std::optional<TargetValue>> truth_of(const model::Model& model, std::vector<TargetValue> values,
                                                 const target::Motion& motion);

}  // namespace graft::prediction
