// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/model.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/profile.hpp"
#include "model/autocast.hpp"
#include "model/backbone_part.hpp"
#include "model/frozen_copy.hpp"
#include "model/recompute.hpp"
#include "target/kind.hpp"

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
        for (std::int64_t pixel = 3 * begin; pixel < 3 * end; pixel += 3) {
            to[pixel] = table[0][from[pixel]];
            to[pixel + 1] = table[1][from[pixel + 1]];
            to[pixel + 2] = table[2][from[pixel + 2]];
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

/// What autograd must know of a stage to run it twice.
void add_stage_tensors(const plugin::BackboneHandle& backbone, std::size_t stage, Recomputed& twice) {
    for (const auto& parameter : backbone.module().named_parameters()) {
        if (parameter.value().requires_grad() && owning_stage(backbone, parameter.key()) == stage) {
            twice.parameters.push_back(parameter.value());
        }
    }
    for (const auto& buffer : backbone.module().named_buffers()) {
        if (owning_stage(backbone, buffer.key()) == stage) {
            twice.buffers.push_back(buffer.value());
        }
    }
}

/// Four-dimensional parameters are convolutions' weights: the layout that oneDNN and cuDNN read fastest
/// beside channels_last features.
template <class Type>
void place(plugin::ModuleHandle<Type>& handle, const at::Device& device) {
    handle.to(device);
    for (at::Tensor& parameter : handle.module().parameters()) {
        if (parameter.dim() == 4) {
            const at::NoGradGuard no_gradients;
            parameter.set_data(parameter.detach().contiguous(at::MemoryFormat::ChannelsLast));
        }
    }
}

}  // namespace

std::optional<std::size_t> prediction_beside(const HeadPart& head, std::size_t port) {
    for (std::size_t index = 0; index < head.predictions.size(); ++index) {
        const TargetSchema& prediction = head.predictions[index];
        if (prediction.name == head.ports.targets[port].name &&
            target::is_comparable(prediction, head.context.targets[port])) {
            return index;
        }
    }
    return std::nullopt;
}

Model::Model(ModelParts parts) : parts_(std::move(parts)), frozen_copy_(std::make_shared<FrozenCopy>()) {}

std::vector<NamedTensor> Model::tensors() const {
    std::vector<NamedTensor> all;
    add_tensors(all, parts_.backbone.module(), "");
    std::vector<NamedTensor> list;
    for (std::size_t stage = 0; stage < parts_.kept_stages; ++stage) {
        for (const NamedTensor& tensor : all) {
            if (owning_stage(parts_.backbone, tensor.path) == stage) {
                list.push_back({"backbone." + tensor.path, tensor.tensor,
                                parts_.backbone.stages()[stage].name, tensor.is_buffer});
            }
        }
    }
    for (const HeadPart& part : parts_.heads) {
        add_tensors(list, part.head.module(), "heads." + part.name + ".");
    }
    for (const HeadPart& part : parts_.heads) {
        for (const LossPart& loss : part.losses) {
            add_tensors(list, loss.loss.module(), "losses." + loss.name + ".");
        }
    }
    return list;
}

at::Tensor Model::normalized(const at::Tensor& images, const at::Device& device) const {
    if (device.is_cpu() && images.device().is_cpu() && images.scalar_type() == at::kByte) {
        return normalize_on_cpu(images, parts_.preprocess.normalization);
    }
    return normalize_on_device(images, parts_.preprocess.normalization, device);
}

std::vector<Tap> Model::taps() const {
    std::set<Tap> all;
    for (const HeadPart& part : parts_.heads) {
        for (const Tap& tap : taps_of(part)) {
            all.insert(tap);
        }
    }
    return {all.begin(), all.end()};
}

/// How a stage runs.
struct Model::StageRun {
    std::size_t stage = 0;
    bool gradients = false;
    at::ScalarType type = at::kFloat;  ///< to compute in
};

at::Tensor Model::stage_output(const StageRun& run, const at::Tensor& feature) const {
    const auto forward = [this, run](const at::Tensor& input) {
        const Autocast autocast(run.type, input.device().type());
        return parts_.backbone.forward(run.stage, input);
    };
    // The last stage's backward pass comes at once: what its forward pass made is still needed.
    if (!recomputes_ || !at::GradMode::is_enabled() || run.stage + 1 == parts_.kept_stages) {
        return forward(feature);
    }
    Recomputed twice{forward, {}, {}};
    add_stage_tensors(parts_.backbone, run.stage, twice);
    return twice.parameters.empty() && !feature.requires_grad() ? forward(feature)
                                                                : recomputed(twice, feature);
}

/// One stage of the backbone, and what heads read behind it.
void Model::run_stage(const StageRun& run, const std::vector<Tap>& wanted, at::Tensor& feature,
                      Taps& read) const {
    {
        std::optional<core::Timed> timed;
        if (!run.gradients) {
            timed.emplace(core::Work::prefix);
        }
        const at::AutoGradMode mode(run.gradients && at::GradMode::is_enabled());
        feature = stage_output(run, feature);
    }
    for (const Tap& tap : wanted) {
        if (tap.stage == run.stage) {
            const at::Tensor as_float = feature.to(at::kFloat);
            read[tap] = tap.pooled ? parts_.backbone.pool(run.stage, as_float) : as_float;
        }
    }
}

Taps Model::features(Cut from, std::size_t frozen_stages) const {
    const std::vector<Tap> wanted = taps();
    Taps read;
    if (from.stages == 0 && frozen_stages > 0) {
        data::StoredFeatures frozen = frozen_prefix(from.feature, frozen_stages);
        read = std::move(frozen.taps);
        from = std::move(frozen.cut);
    }
    for (std::size_t stage = from.stages; stage < parts_.kept_stages; ++stage) {
        run_stage({stage, stage >= frozen_stages, computing_type_}, wanted, from.feature, read);
    }
    return read;
}

data::StoredFeatures Model::prefix(at::Tensor input, std::size_t stages,
                                   std::optional<at::ScalarType> type) const {
    const at::NoGradGuard no_gradients;
    const std::vector<Tap> wanted = taps();
    data::StoredFeatures stored;
    for (std::size_t stage = 0; stage < stages; ++stage) {
        run_stage({stage, false, type.value_or(computing_type_)}, wanted, input, stored.taps);
    }
    stored.cut = {stages, stages < parts_.kept_stages ? input.to(at::kFloat) : at::Tensor()};
    return stored;
}

data::StoredFeatures Model::frozen_prefix(const at::Tensor& input, std::size_t stages) const {
    const core::Timed timed(core::Work::prefix);
    return frozen_copy_->run(*this, input, stages);
}

Taps Model::read(const data::Batch& batch, const at::Device& device, std::size_t frozen_stages) const {
    if (!batch.stored) {
        return features({0, normalized(batch.images, device)}, frozen_stages);
    }
    const data::StoredFeatures& stored = *batch.stored;
    const at::Tensor& cut = stored.cut.feature;
    Taps read = features({stored.cut.stages, cut.defined() ? cut.to(device) : cut}, frozen_stages);
    for (const auto& [tap, feature] : stored.taps) {
        read[tap] = feature.to(device);
    }
    return read;
}

Outputs Model::outputs(const Taps& taps) const {
    Outputs outputs;
    for (const HeadPart& part : parts_.heads) {
        const std::vector<at::Tensor> read = inputs_of(part, taps);
        const Autocast autocast(computing_type_, read.front().device().type());
        outputs.push_back(part.head.forward(read));
        for (at::Tensor& output : outputs.back()) {
            output = output.to(output.is_floating_point() ? at::kFloat : output.scalar_type());
        }
    }
    return outputs;
}

Outputs Model::forward(const at::Tensor& input, std::size_t frozen_stages) const {
    return outputs(features({0, input}, frozen_stages));
}

void Model::to(const at::Device& device) {
    place(parts_.backbone, device);
    for (HeadPart& part : parts_.heads) {
        place(part.head, device);
        for (LossPart& loss : part.losses) {
            place(loss.loss, device);
        }
    }
}

}  // namespace graft::model
