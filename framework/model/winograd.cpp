// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/winograd.hpp"

#include <algorithm>
#include <string>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/csrc/jit/runtime/custom_operator.h>

#include "model/winograd/kernel.hpp"

namespace graft::model {
namespace {

/// Bytes of values and products at a time: they stay in a core's caches between the three steps.
constexpr std::int64_t scratch_bytes = 2 << 20;
/// So many at least, since every group of tiles reads all weights.
constexpr std::int64_t fewest_tiles = 64;

/// By LibTorch's own choice of instructions, which a user may narrow; null: none.
const winograd::Kernel* kernel() {
#ifdef __x86_64__
    const std::string instructions = at::get_cpu_capability();
    if (instructions == "AVX512") {
        return &winograd::kernel_avx512;
    }
    if (instructions == "AVX2") {
        return &winograd::kernel_avx2;
    }
#endif
    return nullptr;
}

/// Tiles at a time, so that every group is about as large.
std::int64_t group_size(const winograd::Geometry& geometry, std::int64_t tiles) {
    const std::int64_t bytes_of_tile =
        winograd::positions * (geometry.inputs + geometry.outputs) * static_cast<std::int64_t>(sizeof(float));
    const std::int64_t most = std::max(fewest_tiles, scratch_bytes / bytes_of_tile);
    const std::int64_t groups = std::max<std::int64_t>(1, (tiles + most - 1) / most);
    return (tiles + groups - 1) / groups;
}

/// All products of a group.
void multiply(const winograd::Kernel& steps, const winograd::Geometry& geometry, const float* values,
              std::int64_t tiles, const float* weights, float* products) {
    const std::int64_t panels = geometry.outputs / steps.panel_width;
    at::parallel_for(0, winograd::positions * panels, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t index = begin; index < end; ++index) {
            const std::int64_t position = index / panels;
            steps.multiply(
                geometry, values + position * tiles * geometry.inputs, tiles,
                weights + index * geometry.inputs * steps.panel_width,
                products + position * tiles * geometry.outputs + index % panels * steps.panel_width);
        }
    });
}

/// All tensors but the weight in channels_last order; `summand` may be `result`.
void convolve(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
              const at::Tensor& summand, bool has_relu, const at::Tensor& result) {
    const winograd::Kernel& steps = *kernel();
    const winograd::Geometry geometry{input.size(2), input.size(3), input.size(1), result.size(1)};
    const std::int64_t tiles = input.size(0) * geometry.tiles_of_picture();
    const std::int64_t size = group_size(geometry, tiles);
    const at::Tensor panels =
        at::empty({winograd::positions, weight.size(0), geometry.inputs, weight.size(3)});
    at::parallel_for(0, weight.size(0) * geometry.inputs, 1, [&](std::int64_t begin, std::int64_t end) {
        steps.transform_weights(geometry, begin, end, weight.const_data_ptr<float>(),
                                panels.mutable_data_ptr<float>());
    });
    const at::Tensor zeros = at::zeros({geometry.inputs});
    const at::Tensor values = at::empty({winograd::positions, size, geometry.inputs});
    const at::Tensor products = at::empty({winograd::positions, size, geometry.outputs});
    const winograd::Ending ending{bias.const_data_ptr<float>(),
                                  summand.defined() ? summand.const_data_ptr<float>() : nullptr, has_relu};
    for (std::int64_t first = 0; first < tiles; first += size) {
        const std::int64_t last = std::min(tiles, first + size);
        at::parallel_for(first, last, 1, [&](std::int64_t begin, std::int64_t end) {
            steps.transform_inputs(geometry, {begin, end, first, last - first}, input.const_data_ptr<float>(),
                                   zeros.const_data_ptr<float>(), values.mutable_data_ptr<float>());
        });
        multiply(steps, geometry, values.const_data_ptr<float>(), last - first,
                 panels.const_data_ptr<float>(), products.mutable_data_ptr<float>());
        at::parallel_for(first, last, 1, [&](std::int64_t begin, std::int64_t end) {
            steps.transform_products(geometry, {begin, end, first, last - first},
                                     products.const_data_ptr<float>(), ending,
                                     result.mutable_data_ptr<float>());
        });
    }
}

at::Tensor channels_last(const at::Tensor& maps) {
    return maps.contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor bias_of(const c10::IValue& bias, std::int64_t outputs) {
    return bias.isNone() ? at::zeros({outputs}) : bias.toTensor().contiguous();
}

/// One number stands for both directions.
bool are_ones(const std::vector<std::int64_t>& numbers) {
    return std::all_of(numbers.begin(), numbers.end(), [](std::int64_t number) { return number == 1; });
}

constexpr std::size_t arguments_of_each = 5;

void run_apart(torch::jit::Stack& stack) {
    const std::vector<c10::IValue> arguments = torch::jit::pop(stack, arguments_of_each);
    const at::Tensor input = channels_last(arguments[0].toTensor());
    const at::Tensor summand = arguments[1].isNone() ? at::Tensor() : channels_last(arguments[1].toTensor());
    const at::Tensor weight = arguments[2].toTensor();
    const std::int64_t outputs = weight.size(0) * weight.size(3);
    const at::Tensor result = at::empty({input.size(0), outputs, input.size(2), input.size(3)},
                                        input.options().memory_format(at::MemoryFormat::ChannelsLast));
    convolve(input, weight, bias_of(arguments[3], outputs), summand, arguments[4].toBool(), result);
    stack.emplace_back(result);
}

void run_in_place(torch::jit::Stack& stack) {
    const std::vector<c10::IValue> arguments = torch::jit::pop(stack, arguments_of_each);
    const at::Tensor summand = arguments[0].toTensor();
    const at::Tensor result = channels_last(summand);
    convolve(channels_last(arguments[1].toTensor()), arguments[2].toTensor(),
             bias_of(arguments[3], summand.size(1)), result, arguments[4].toBool(), result);
    if (!result.is_same(summand)) {
        summand.copy_(result);
    }
    stack.emplace_back(summand);
}

}  // namespace

bool winograd_pays(const at::Tensor& weight, const ConvolutionShape& shape) {
    constexpr std::int64_t fewest_channels = 64;
    constexpr std::int64_t columns = 32;  // of the widest panel
    if (kernel() == nullptr || weight.scalar_type() != at::kFloat || !weight.device().is_cpu() ||
        weight.size(2) != 3 || weight.size(3) != 3 || shape.groups != 1 || !are_ones(shape.stride) ||
        !are_ones(shape.padding) || !are_ones(shape.dilation) ||
        std::min(weight.size(0), weight.size(1)) < fewest_channels || weight.size(0) % columns != 0 ||
        weight.size(1) % columns != 0 || shape.input.size() != 4) {
        return false;
    }
    const winograd::Geometry geometry{shape.input[2], shape.input[3], weight.size(1), weight.size(0)};
    const std::int64_t tiles = geometry.tiles_of_picture();
    constexpr std::int64_t fewest_of_picture = 4;
    return tiles >= fewest_of_picture &&
           9 * geometry.height * geometry.width >= 2 * winograd::positions * tiles;
}

at::Tensor winograd_weight(const at::Tensor& weight) {
    const std::int64_t width = kernel()->panel_width;
    return weight.reshape({-1, width, weight.size(1), 9}).permute({0, 2, 3, 1}).contiguous();
}

void add_winograd_operators() {
    using torch::jit::Operator;
    static const torch::jit::RegisterOperators registered(
        {Operator("graft::winograd(Tensor input, Tensor? summand, Tensor weight, Tensor? bias, bool relu) -> "
                  "Tensor",
                  run_apart, c10::AliasAnalysisKind::FROM_SCHEMA),
         Operator(
             "graft::winograd_(Tensor(a!) summand, Tensor input, Tensor weight, Tensor? bias, bool relu) "
             "-> Tensor(a!)",
             run_in_place, c10::AliasAnalysisKind::FROM_SCHEMA)});
}

}  // namespace graft::model
