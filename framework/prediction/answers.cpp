// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "prediction/answers.hpp"

#include <utility>

#include <ATen/ATen.h>

namespace graft::prediction {

at::Tensor images_of(const std::vector<data::Prepared>& pictures) {
    std::vector<at::Tensor> images;
    images.reserve(pictures.size());
    for (const data::Prepared& picture : pictures) {
        images.push_back(picture.image);
    }
    return at::cat(images);
}

std::vector<PicturePrediction> infer(const model::Model& model, const std::vector<data::Prepared>& pictures,
                                     const at::Device& device) {
    const at::NoGradGuard no_gradients;
    return predictions_of(model, model.forward(model.normalized(images_of(pictures), device)), pictures);
}

std::vector<PicturePrediction> predictions_of(const model::Model& model, const model::Outputs& outputs,
                                              const std::vector<data::Prepared>& pictures) {
    const at::NoGradGuard no_gradients;
    std::vector<DecodedOutput> all;
    for (std::size_t part = 0; part < model.heads().size(); ++part) {
        const model::HeadPart& head = model.heads()[part];
        const std::vector<at::Tensor> decoded = head.head.decode(outputs[part]);
        for (std::size_t index = 0; index < decoded.size(); ++index) {
            all.push_back({head.name, decoded.size() == 1, head.predictions[index], decoded[index]});
        }
    }
    return answers_of(all, pictures);
}

std::vector<PicturePrediction> answers_of(const std::vector<DecodedOutput>& outputs,
                                          const std::vector<data::Prepared>& pictures) {
    std::vector<PicturePrediction> predictions(pictures.size());
    for (const DecodedOutput& output : outputs) {
        const at::Tensor on_cpu = output.values.to(at::kCPU);
        for (std::size_t picture = 0; picture < pictures.size(); ++picture) {
            const target::Motion& motion = pictures[picture].motion;
            target::Answer answer{output.schema, on_cpu[static_cast<std::int64_t>(picture)], motion.matrix,
                                  motion.original};
            target::kind_of(answer.schema).settle(answer);
            predictions[picture].push_back({output.head, output.only_one, std::move(answer)});
        }
    }
    return predictions;
}

core::Json to_json(const PicturePrediction& prediction, const MaskFile& write_mask) {
    core::Json heads = core::Json::object();
    for (const auto& [head, only_one, answer] : prediction) {
        const std::string name = only_one ? head : head + "." + answer.schema.name;
        const core::Json value = target::kind_of(answer.schema).to_json(answer, [&](const cv::Mat& classes) {
            return write_mask(name, classes);
        });
        if (only_one) {
            heads[head] = value;
        } else {
            heads[head][answer.schema.name] = value;
        }
    }
    return heads;
}

std::vector<std::optional<TargetValue>> truth_of(const model::Model& model, std::vector<TargetValue> values,
                                                 const target::Motion& motion) {
    target::check_targets(model.schema(), values);
    target::Motion as_seen = motion;
    as_seen.matrix = image::identity_matrix;
    as_seen.mirrored = false;
    as_seen.input = motion.original;
    std::vector<std::optional<TargetValue>> truth;
    for (const model::HeadPart& head : model.heads()) {
        const std::size_t first = truth.size();
        truth.resize(first + head.predictions.size());
        for (std::size_t port = 0; port < head.targets.size(); ++port) {
            const std::size_t target = head.targets[port];
            const auto beside = model::prediction_beside(head, port);
            if (beside && !std::holds_alternative<std::monostate>(values[target])) {
                truth[first + *beside] = values[target];
                target::kind_of(model.schema()[target])
                    .move(model.schema()[target], as_seen, *truth[first + *beside]);
            }
        }
    }
    return truth;
}

}  // namespace graft::prediction
