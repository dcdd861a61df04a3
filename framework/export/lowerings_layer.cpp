// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Operators with weights, and pooling.
#include <cmath>

#include <ATen/ATen.h>

#include "export/lowering.hpp"

namespace graft::exporting {
namespace {

/// One number stands for both sides.
std::vector<std::int64_t> pair(Lowering& at, std::size_t index) {
    std::vector<std::int64_t> numbers = at.integers(index);
    numbers.resize(2, numbers.empty() ? 0 : numbers.front());
    return numbers;
}

/// ONNX counts the padding before and after each side: top, left, bottom, right.
std::vector<std::int64_t> pads(const std::vector<std::int64_t>& padding) {
    return {padding[0], padding[1], padding[0], padding[1]};
}

struct ConvolutionArguments {
    std::size_t stride;
    std::size_t padding;
    std::size_t dilation;
    std::size_t groups;
    bool transposed = false;
    std::vector<std::int64_t> output_padding;
};

void add_convolution(Lowering& at, const ConvolutionArguments& arguments) {
    const auto sizes = at.example(1).sizes();
    if (sizes.size() != 4) {
        at.refuse("only convolutions over two dimensions are known");
    }
    std::vector<std::string> inputs = {at.input(0), at.input(1)};
    if (!at.is_none(2)) {
        inputs.push_back(at.input(2));
    }
    Attributes attributes = {{"kernel_shape", sizes.slice(2).vec()},
                             {"strides", pair(at, arguments.stride)},
                             {"pads", pads(pair(at, arguments.padding))},
                             {"dilations", pair(at, arguments.dilation)},
                             {"group", at.integer(arguments.groups)}};
    if (arguments.transposed) {
        attributes.emplace_back("output_padding", arguments.output_padding);
    }
    at.yield(arguments.transposed ? "ConvTranspose" : "Conv", inputs, attributes);
}

void general_convolution(Lowering& at) {
    add_convolution(at, {3, 4, 5, 8, at.constant(6).toBool(), pair(at, 7)});
}

void conv2d(Lowering& at) {
    if (at.constant(4).isString()) {
        at.refuse("its padding is a word; give it as numbers");
    }
    add_convolution(at, {3, 4, 5, 6, false, {}});
}

void conv_transpose2d(Lowering& at) {
    add_convolution(at, {3, 4, 7, 6, true, pair(at, 5)});
}

void batch_norm(Lowering& at) {
    if (at.constant(5).toBool()) {
        at.refuse("it is in training mode");
    }
    const at::Tensor ones = at::ones({at.example(0).size(1)});
    at.yield("BatchNormalization",
             {at.input(0), at.is_none(1) ? at.tensor(ones) : at.input(1),
              at.is_none(2) ? at.tensor(at::zeros_like(ones)) : at.input(2), at.input(3), at.input(4)},
             {{"epsilon", static_cast<float>(at.number(7))}});
}

void layer_norm(Lowering& at) {
    const auto sizes = at.integers(1);
    const at::Tensor ones = at::ones(sizes);
    std::vector<std::string> inputs = {at.input(0), at.is_none(2) ? at.tensor(ones) : at.input(2)};
    if (!at.is_none(3)) {
        inputs.push_back(at.input(3));
    }
    at.yield(
        "LayerNormalization", inputs,
        {{"axis", -static_cast<std::int64_t>(sizes.size())}, {"epsilon", static_cast<float>(at.number(4))}});
}

std::vector<std::int64_t> pool_strides(Lowering& at) {
    return at.integers(2).empty() ? pair(at, 1) : pair(at, 2);
}

void max_pool2d(Lowering& at) {
    at.yield("MaxPool", {at.input(0)},
             {{"kernel_shape", pair(at, 1)},
              {"strides", pool_strides(at)},
              {"pads", pads(pair(at, 3))},
              {"dilations", pair(at, 4)},
              {"ceil_mode", static_cast<std::int64_t>(at.constant(5).toBool())}});
}

void avg_pool2d(Lowering& at) {
    if (!at.is_none(6)) {
        at.refuse("its divisor is given; ONNX divides by the number of cells alone");
    }
    at.yield("AveragePool", {at.input(0)},
             {{"kernel_shape", pair(at, 1)},
              {"strides", pool_strides(at)},
              {"pads", pads(pair(at, 3))},
              {"ceil_mode", static_cast<std::int64_t>(at.constant(4).toBool())},
              {"count_include_pad", static_cast<std::int64_t>(at.constant(5).toBool())}});
}

/// Row `i` averages the cells floor(i * from / to) until ceil((i + 1) * from / to), as LibTorch does.
at::Tensor averaging(std::int64_t from, std::int64_t to) {
    at::Tensor matrix = at::zeros({to, from});
    for (std::int64_t row = 0; row < to; ++row) {
        const std::int64_t begin = row * from / to;
        const std::int64_t end = ((row + 1) * from + to - 1) / to;
        matrix[row].slice(0, begin, end).fill_(1.0 / static_cast<double>(end - begin));
    }
    return matrix;
}

/// ONNX knows no adaptive pooling. To one cell it is the mean of all; else it is linear in rows and in
/// columns: two products with constant matrices.
void adaptive_avg_pool2d(Lowering& at) {
    const auto wanted = at.integers(1);
    const auto sizes = at.example(0).sizes();
    if (wanted == std::vector<std::int64_t>{1, 1}) {
        at.yield("GlobalAveragePool", {at.input(0)});
        return;
    }
    if (wanted == sizes.slice(2).vec()) {
        at.yield_name(at.input(0));
        return;
    }
    const std::string columns =
        at.add("MatMul", {at.input(0), at.tensor(averaging(sizes[3], wanted[1]).t())});
    at.yield("MatMul", {at.tensor(averaging(sizes[2], wanted[0])), columns});
}

void linear(Lowering& at) {
    if (at.example(0).dim() == 2 && !at.is_none(2)) {
        at.yield("Gemm", {at.input(0), at.input(1), at.input(2)}, {{"transB", std::int64_t{1}}});
        return;
    }
    const std::string product = at.add("MatMul", {at.input(0), at.tensor(at.example(1).t())});
    if (at.is_none(2)) {
        at.yield_name(product);
    } else {
        at.yield("Add", {product, at.input(2)});
    }
}

/// What a trace makes of a linear layer. Turned matrices are what OpenCV reads without fault.
void addmm(Lowering& at) {
    if (at.number(3) != 1 || at.number(4) != 1) {
        at.refuse("its alpha or beta is not 1");
    }
    at.yield("Gemm", {at.input(1), at.transposed(2), at.input(0)}, {{"transB", std::int64_t{1}}});
}

void matmul(Lowering& at) {
    at.yield("MatMul", {at.input(0), at.input(1)});
}

/// softmax(query key^T scale + mask) value.
void attention(Lowering& at) {
    if (at.constant(5).toBool()) {
        at.refuse("it is causal");
    }
    const std::int64_t dimensions = at.example(1).dim();
    std::vector<std::int64_t> order;
    for (std::int64_t index = 0; index < dimensions; ++index) {
        order.push_back(index);
    }
    std::swap(order[order.size() - 1], order[order.size() - 2]);
    const double scale =
        at.is_none(6) ? 1.0 / std::sqrt(static_cast<double>(at.example(0).size(-1))) : at.number(6);
    const std::string key = at.add("Transpose", {at.input(1)}, {{"perm", order}});
    const std::string query = at.add("Mul", {at.input(0), at.number_tensor(scale)});
    std::string scores = at.add("MatMul", {query, key});
    if (!at.is_none(3)) {
        scores = at.add("Add", {scores, at.input(3)});
    }
    at.yield("MatMul", {at.add("Softmax", {scores}, {{"axis", std::int64_t{-1}}}), at.input(2)});
}

/// Nearest, or bilinear without aligned corners; the size is that of the example.
void upsample(Lowering& at, const std::string& mode) {
    const auto sizes = at.result().sizes();
    const auto before = at.example(0).sizes();
    const auto scale = [&](std::size_t side) {
        return static_cast<float>(sizes[side]) / static_cast<float>(before[side]);
    };
    const std::string scales = at.tensor(at::tensor({1.0F, 1.0F, scale(2), scale(3)}));
    at.yield(
        "Resize", {at.input(0), "", scales},
        {{"mode", mode},
         {"nearest_mode", std::string("floor")},
         {"coordinate_transformation_mode", std::string(mode == "nearest" ? "asymmetric" : "half_pixel")}});
}

void upsample_nearest2d(Lowering& at) {
    upsample(at, "nearest");
}

void upsample_bilinear2d(Lowering& at) {
    if (at.constant(2).toBool()) {
        at.refuse("its corners are aligned");
    }
    upsample(at, "linear");
}

}  // namespace

const LoweringTable& layer_lowerings() {
    static const LoweringTable table = {
        {"aten::_convolution", general_convolution},
        {"aten::convolution", general_convolution},
        {"aten::conv2d", conv2d},
        {"aten::conv_transpose2d", conv_transpose2d},
        {"aten::batch_norm", batch_norm},
        {"aten::layer_norm", layer_norm},
        {"aten::max_pool2d", max_pool2d},
        {"aten::avg_pool2d", avg_pool2d},
        {"aten::adaptive_avg_pool2d", adaptive_avg_pool2d},
        {"aten::linear", linear},
        {"aten::addmm", addmm},
        {"aten::mm", matmul},
        {"aten::bmm", matmul},
        {"aten::matmul", matmul},
        {"aten::scaled_dot_product_attention", attention},
        {"aten::upsample_nearest2d", upsample_nearest2d},
        {"aten::upsample_bilinear2d", upsample_bilinear2d},
    };
    return table;
}

}  // namespace graft::exporting
