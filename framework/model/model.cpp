// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/model.hpp"

#include <array>
#include <cstdint>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "model/parts.hpp"

namespace graft::model {
namespace {

using Lookup = std::array<std::array<float, 256>, 3>;

Lookup lookup(const Normalization& normalization) {
    Lookup table;
    for (std::size_t channel = 0; channel < 3; ++channel) {
        for (std::size_t value = 0; value < 256; ++value) {
            const double share = static_cast<double>(value) / 255.0;
            table[channel][value] =
                static_cast<float>((share - normalization.mean[channel]) / normalization.std[channel]);
        }
    }
    return table;
}

/// One pass over the pixels: three tables are faster than a cast, a multiplication and an addition that
/// each walk through memory.
at::Tensor normalize_on_cpu(const at::Tensor& images, const Normalization& normalization) {
    const at::Tensor source = images.contiguous();
    at::Tensor result = at::empty(source.sizes(), at::kFloat);
    const std::uint8_t* from = source.const_data_ptr<std::uint8_t>();
    float* to = result.mutable_data_ptr<float>();
    const Lookup table = lookup(normalization);
    at::parallel_for(0, source.numel() / 3, 1 << 15, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t at = 3 * begin; at < 3 * end; at += 3) {
            to[at] = table[0][from[at]];
            to[at + 1] = table[1][from[at + 1]];
            to[at + 2] = table[2][from[at + 2]];
        }
    });
    return result.permute({0, 3, 1, 2});
}

at::Tensor normalize_on_device(const at::Tensor& images, const Normalization& normalization,
                               const at::Device& device) {
    const auto options = at::TensorOptions(at::kFloat).device(device);
    std::array<float, 3> scale{};
    std::array<float, 3> shift{};
    for (std::size_t channel = 0; channel < 3; ++channel) {
        scale[channel] = static_cast<float>(1.0 / (255.0 * normalization.std[channel]));
        shift[channel] = static_cast<float>(-normalization.mean[channel] / normalization.std[channel]);
    }
    const at::Tensor pixels = images.to(device, at::kByte, /*non_blocking=*/true).permute({0, 3, 1, 2});
    const at::Tensor factor = at::tensor(at::ArrayRef<float>(scale)).to(options).view({1, 3, 1, 1});
    const at::Tensor offset = at::tensor(at::ArrayRef<float>(shift)).to(options).view({1, 3, 1, 1});
    return pixels.to(at::kFloat).mul_(factor).add_(offset);
}

void add_tensors(std::vector<NamedTensor>& list, const torch::nn::Module& module, const std::string& prefix) {
    for (const auto& parameter : module.named_parameters()) {
        list.push_back({prefix + parameter.key(), parameter.value(), "", false});
    }
    for (const auto& buffer : module.named_buffers()) {
        list.push_back({prefix + buffer.key(), buffer.value(), "", true});
    }
}

/// Four-dimensional parameters are convolutions' weights: the layout that oneDNN and cuDNN read fastest
/// beside channels_last features.
void place(torch::nn::Module& module, const at::Device& device) {
    module.to(device);
    for (at::Tensor& parameter : module.parameters()) {
        if (parameter.dim() == 4) {
            const at::NoGradGuard no_gradients;
            parameter.set_data(parameter.detach().contiguous(at::MemoryFormat::ChannelsLast));
        }
    }
}

/// What the heads read of the backbone, each stage pooled at most once.
class Features {
public:
    Features(const Model& model) : model_(model), maps_(model.kept_stages), pooled_(model.kept_stages) {
        wanted_.resize(model.kept_stages, false);
        for (const HeadPart& head : model.heads) {
            for (const std::size_t stage : head.stages) {
                wanted_[stage] = true;
            }
        }
    }

    void run(at::Tensor feature, std::size_t frozen_stages) {
        const auto& stages = model_.backbone->stages();
        for (std::size_t index = 0; index < model_.kept_stages; ++index) {
            if (index < frozen_stages) {
                const at::NoGradGuard no_gradients;
                feature = stages[index].forward(feature);
            } else {
                feature = stages[index].forward(feature);
            }
            if (wanted_[index]) {
                maps_[index] = feature;
            }
        }
    }

    at::Tensor get(std::size_t stage, Layout layout) {
        if (layout != Layout::vector) {
            return maps_[stage];
        }
        if (!pooled_[stage].defined()) {
            pooled_[stage] = model_.backbone->pool(maps_[stage], model_.backbone->stages()[stage].output);
        }
        return pooled_[stage];
    }

private:
    const Model& model_;
    std::vector<bool> wanted_;
    std::vector<at::Tensor> maps_;
    std::vector<at::Tensor> pooled_;
};

}  // namespace

std::vector<NamedTensor> Model::tensors() const {
    std::vector<NamedTensor> all;
    add_tensors(all, *backbone, "");
    std::vector<NamedTensor> list;
    for (std::size_t stage = 0; stage < kept_stages; ++stage) {
        for (const NamedTensor& tensor : all) {
            if (owning_stage(*backbone, tensor.path) == stage) {
                list.push_back({"backbone." + tensor.path, tensor.tensor, backbone->stages()[stage].name,
                                tensor.is_buffer});
            }
        }
    }
    for (const HeadPart& part : heads) {
        add_tensors(list, *part.head, "heads." + part.name + ".");
    }
    for (const HeadPart& part : heads) {
        for (const LossPart& loss : part.losses) {
            add_tensors(list, *loss.loss, "losses." + loss.name + ".");
        }
    }
    return list;
}

at::Tensor Model::normalized(const at::Tensor& images, const at::Device& device) const {
    if (device.is_cpu() && images.device().is_cpu() && images.scalar_type() == at::kByte) {
        return normalize_on_cpu(images, preprocess.normalization);
    }
    return normalize_on_device(images, preprocess.normalization, device);
}

std::vector<std::vector<at::Tensor>> Model::forward(const at::Tensor& input,
                                                    std::size_t frozen_stages) const {
    Features features(*this);
    features.run(input, frozen_stages);
    std::vector<std::vector<at::Tensor>> outputs;
    for (const HeadPart& part : heads) {
        std::vector<at::Tensor> read;
        for (std::size_t port = 0; port < part.stages.size(); ++port) {
            read.push_back(features.get(part.stages[port], part.ports.inputs[port].layout));
        }
        outputs.push_back(part.head->forward(read));
    }
    return outputs;
}

void Model::to(const at::Device& device) {
    place(*backbone, device);
    for (HeadPart& part : heads) {
        place(*part.head, device);
        for (LossPart& loss : part.losses) {
            place(*loss.loss, device);
        }
    }
}

}  // namespace graft::model
