// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "inference.hpp"

#include <algorithm>

#include <ATen/ATen.h>

namespace graft::engine {
namespace {

Points to_original(const at::Tensor& points, const data::Matrix& matrix) {
    const data::Matrix back = data::inverse(matrix);
    Points moved;
    for (std::int64_t index = 0; index < points.size(0); ++index) {
        moved.emplace_back(
            data::apply(back, {points[index][0].item<double>(), points[index][1].item<double>()}));
    }
    return moved;
}

TargetPrediction for_picture(const model::HeadPart& head, std::size_t port, const at::Tensor& decoded,
                             const data::Matrix& matrix) {
    TargetPrediction made;
    made.head = head.name;
    made.target = head.ports.targets[port].name;
    made.only_target = head.ports.targets.size() == 1;
    made.schema = head.context.targets[port];
    if (made.schema.kind == TargetKind::points) {
        made.points = to_original(decoded, matrix);
    } else {
        const at::Tensor flat = decoded.to(at::kDouble).flatten().contiguous();
        made.numbers.assign(flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel());
    }
    return made;
}

core::Json classes_json(const TargetPrediction& prediction) {
    core::Json probabilities = core::Json::object();
    for (std::size_t index = 0; index < prediction.schema.classes.size(); ++index) {
        probabilities[prediction.schema.classes[index]] = prediction.numbers[index];
    }
    if (prediction.schema.kind == TargetKind::labels) {
        return {{"probabilities", probabilities}};
    }
    const std::size_t best = likeliest(prediction);
    return {{"class", prediction.schema.classes[best]},
            {"probability", prediction.numbers[best]},
            {"probabilities", probabilities}};
}

core::Json value_json(const TargetPrediction& prediction) {
    switch (prediction.schema.kind) {
        case TargetKind::category:
        case TargetKind::labels:
            return classes_json(prediction);
        case TargetKind::scalar:
            return {{"value", prediction.numbers.front()}, {"unit", prediction.schema.unit}};
        case TargetKind::points: {
            core::Json points = core::Json::array();
            for (const auto& point : prediction.points) {
                points.push_back(core::Json::array({point->x, point->y}));
            }
            return points;
        }
        case TargetKind::tensor:
            break;
    }
    return prediction.numbers;
}

}  // namespace

std::size_t likeliest(const TargetPrediction& prediction) {
    return static_cast<std::size_t>(std::max_element(prediction.numbers.begin(), prediction.numbers.end()) -
                                    prediction.numbers.begin());
}

std::vector<PicturePrediction> infer(const model::Model& model, const std::vector<data::Prepared>& pictures,
                                     const at::Device& device) {
    const at::NoGradGuard no_gradients;
    std::vector<at::Tensor> images;
    images.reserve(pictures.size());
    for (const data::Prepared& picture : pictures) {
        images.push_back(picture.image);
    }
    const auto outputs = model.forward(model.normalized(at::cat(images), device));
    std::vector<PicturePrediction> predictions(pictures.size());
    for (std::size_t part = 0; part < model.heads.size(); ++part) {
        const model::HeadPart& head = model.heads[part];
        const std::vector<at::Tensor> decoded = head.head->decode(outputs[part]);
        for (std::size_t port = 0; port < decoded.size(); ++port) {
            const at::Tensor on_cpu = decoded[port].to(at::kCPU);
            for (std::size_t index = 0; index < pictures.size(); ++index) {
                predictions[index].push_back(for_picture(head, port, on_cpu[static_cast<std::int64_t>(index)],
                                                         pictures[index].matrix));
            }
        }
    }
    return predictions;
}

core::Json to_json(const PicturePrediction& prediction) {
    core::Json fields = core::Json::object();
    for (const TargetPrediction& target : prediction) {
        if (target.only_target) {
            fields[target.head] = value_json(target);
        } else {
            fields[target.head][target.target] = value_json(target);
        }
    }
    return fields;
}

}  // namespace graft::engine
