// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Operators with weights, and pooling.
#include <cmath>

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>

#include "export/lowering.hpp"

namespace graft::exporting {
namespace {

/// One number stands for both sides.
std::vector<std::int64_t> pair(Lowering& lowering, std::size_t index) {
    std::vector<std::int64_t> numbers = lowering.integers(index);
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

void add_convolution(Lowering& lowering, const ConvolutionArguments& arguments) {
    const auto sizes = lowering.example(1).sizes();
    if (sizes.size() != 4) {
        lowering.refuse("only convolutions over two dimensions are known");
    }
    std::vector<std::string> inputs = {lowering.input(0), lowering.input(1)};
    if (!lowering.is_none(2)) {
        inputs.push_back(lowering.input(2));
    }
    Attributes attributes = {{"kernel_shape", sizes.slice(2).vec()},
                             {"strides", pair(lowering, arguments.stride)},
                             {"pads", pads(pair(lowering, arguments.padding))},
                             {"dilations", pair(lowering, arguments.dilation)},
                             {"group", lowering.integer(arguments.groups)}};
    if (arguments.transposed) {
        attributes.emplace_back("output_padding", arguments.output_padding);
    }
    lowering.yield(arguments.transposed ? "ConvTranspose" : "Conv", inputs, attributes);
}

void general_convolution(Lowering& lowering) {
    add_convolution(lowering, {3, 4, 5, 8, lowering.constant(6).toBool(), pair(lowering, 7)});
}

void conv2d(Lowering& lowering) {
    if (lowering.constant(4).isString()) {
        lowering.refuse("its padding is a word; give it as numbers");
    }
    add_convolution(lowering, {3, 4, 5, 6, false, {}});
}

void conv_transpose2d(Lowering& lowering) {
    add_convolution(lowering, {3, 4, 7, 6, true, pair(lowering, 5)});
}

void batch_norm(Lowering& lowering) {
    if (lowering.constant(5).toBool()) {
        lowering.refuse("it is in training mode");
    }
    const at::Tensor ones = at::ones({lowering.example(0).size(1)});
    lowering.yield("BatchNormalization",
                   {lowering.input(0), lowering.is_none(1) ? lowering.tensor(ones) : lowering.input(1),
                    lowering.is_none(2) ? lowering.tensor(at::zeros_like(ones)) : lowering.input(2),
                    lowering.input(3), lowering.input(4)},
                   {{"epsilon", static_cast<float>(lowering.number(7))}});
}

void layer_norm(Lowering& lowering) {
    const auto sizes = lowering.integers(1);
    const at::Tensor ones = at::ones(sizes);
    std::vector<std::string> inputs = {lowering.input(0),
                                       lowering.is_none(2) ? lowering.tensor(ones) : lowering.input(2)};
    if (!lowering.is_none(3)) {
        inputs.push_back(lowering.input(3));
    }
    lowering.yield("LayerNormalization", inputs,
                   {{"axis", -static_cast<std::int64_t>(sizes.size())},
                    {"epsilon", static_cast<float>(lowering.number(4))}});
}

std::vector<std::int64_t> pool_strides(Lowering& lowering) {
    return lowering.integers(2).empty() ? pair(lowering, 1) : pair(lowering, 2);
}

void max_pool2d(Lowering& lowering) {
    lowering.yield("MaxPool", {lowering.input(0)},
                   {{"kernel_shape", pair(lowering, 1)},
                    {"strides", pool_strides(lowering)},
                    {"pads", pads(pair(lowering, 3))},
                    {"dilations", pair(lowering, 4)},
                    {"ceil_mode", static_cast<std::int64_t>(lowering.constant(5).toBool())}});
}

void avg_pool2d(Lowering& lowering) {
    if (!lowering.is_none(6)) {
        lowering.refuse("its divisor is given; ONNX divides by the number of cells alone");
    }
    lowering.yield("AveragePool", {lowering.input(0)},
                   {{"kernel_shape", pair(lowering, 1)},
                    {"strides", pool_strides(lowering)},
                    {"pads", pads(pair(lowering, 3))},
                    {"ceil_mode", static_cast<std::int64_t>(lowering.constant(4).toBool())},
                    {"count_include_pad", static_cast<std::int64_t>(lowering.constant(5).toBool())}});
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
void adaptive_avg_pool2d(Lowering& lowering) {
    const auto wanted = lowering.integers(1);
    const auto sizes = lowering.example(0).sizes();
    if (wanted == std::vector<std::int64_t>{1, 1}) {
        lowering.yield("GlobalAveragePool", {lowering.input(0)});
        return;
    }
    if (wanted == sizes.slice(2).vec()) {
        lowering.yield_name(lowering.input(0));
        return;
    }
    const at::Tensor across = averaging(sizes[3], wanted[1]).t();
    const std::string columns = lowering.add("MatMul", {lowering.input(0), lowering.tensor(across)},
                                             at::matmul(lowering.example(0), across));
    lowering.yield("MatMul", {lowering.tensor(averaging(sizes[2], wanted[0])), columns});
}

void linear(Lowering& lowering) {
    if (lowering.example(0).dim() == 2 && !lowering.is_none(2)) {
        lowering.yield("Gemm", {lowering.input(0), lowering.input(1), lowering.input(2)},
                       {{"transB", std::int64_t{1}}});
        return;
    }
    const std::string product = lowering.add(
        "MatMul", {lowering.input(0), lowering.tensor(lowering.example(1).t())}, lowering.result());
    if (lowering.is_none(2)) {
        lowering.yield_name(product);
    } else {
        lowering.yield("Add", {product, lowering.input(2)});
    }
}

/// What a trace makes of a linear layer. Turned matrices are what OpenCV reads without fault.
void addmm(Lowering& lowering) {
    if (lowering.number(3) != 1 || lowering.number(4) != 1) {
        lowering.refuse("its alpha or beta is not 1");
    }
    lowering.yield("Gemm", {lowering.input(1), lowering.transposed(2), lowering.input(0)},
                   {{"transB", std::int64_t{1}}});
}

void matmul(Lowering& lowering) {
    lowering.yield("MatMul", {lowering.input(0), lowering.input(1)});
}

/// softmax(query key^T scale + mask) value.
void attention(Lowering& lowering) {
    if (lowering.constant(5).toBool()) {
        lowering.refuse("it is causal");
    }
    const std::int64_t dimensions = lowering.example(1).dim();
    std::vector<std::int64_t> order;
    for (std::int64_t index = 0; index < dimensions; ++index) {
        order.push_back(index);
    }
    std::swap(order[order.size() - 1], order[order.size() - 2]);
    const double scale = lowering.is_none(6)
                             ? 1.0 / std::sqrt(static_cast<double>(lowering.example(0).size(-1)))
                             : lowering.number(6);
    const at::Tensor turned = lowering.example(1).transpose(-1, -2);
    const at::Tensor like = at::matmul(lowering.example(0), turned);
    const std::string key = lowering.add("Transpose", {lowering.input(1)}, turned, {{"perm", order}});
    const std::string query =
        lowering.add("Mul", {lowering.input(0), lowering.number_tensor(scale)}, lowering.example(0));
    std::string scores = lowering.add("MatMul", {query, key}, like);
    if (!lowering.is_none(3)) {
        scores = lowering.add("Add", {scores, lowering.input(3)}, like);
    }
    lowering.yield(
        "MatMul", {lowering.add("Softmax", {scores}, like, {{"axis", std::int64_t{-1}}}), lowering.input(2)});
}

/// Nearest, or bilinear without aligned corners; the size is that of the example.
void upsample(Lowering& lowering, const std::string& mode) {
    const auto sizes = lowering.result().sizes();
    const auto before = lowering.example(0).sizes();
    const auto scale = [&](std::size_t side) {
        return static_cast<float>(sizes[side]) / static_cast<float>(before[side]);
    };
    const std::string scales = lowering.tensor(at::tensor({1.0F, 1.0F, scale(2), scale(3)}));
    lowering.yield(
        "Resize", {lowering.input(0), "", scales},
        {{"mode", mode},
         {"nearest_mode", std::string("floor")},
         {"coordinate_transformation_mode", std::string(mode == "nearest" ? "asymmetric" : "half_pixel")}});
}

void upsample_nearest2d(Lowering& lowering) {
    upsample(lowering, "nearest");
}

void upsample_bilinear2d(Lowering& lowering) {
    if (lowering.constant(2).toBool()) {
        lowering.refuse("its corners are aligned");
    }
    upsample(lowering, "linear");
}

}  // namespace

const LoweringTable& layer_lowerings() {
    static const LoweringTable table = {
        {"aten::_convolution", {general_convolution}},
        {"aten::convolution", {general_convolution}},
        {"aten::conv2d", {conv2d}},
        {"aten::conv_transpose2d", {conv_transpose2d}},
        {"aten::batch_norm", {batch_norm}},
        {"aten::layer_norm", {layer_norm}},
        {"aten::max_pool2d", {max_pool2d}},
        {"aten::avg_pool2d", {avg_pool2d}},
        {"aten::adaptive_avg_pool2d", {adaptive_avg_pool2d}},
        {"aten::linear", {linear}},
        {"aten::addmm", {addmm}},
        {"aten::mm", {matmul}},
        {"aten::bmm", {matmul}},
        {"aten::matmul", {matmul}},
        {"aten::scaled_dot_product_attention", {attention}},
        {"aten::upsample_nearest2d", {upsample_nearest2d}},
        {"aten::upsample_bilinear2d", {upsample_bilinear2d, "corners not aligned"}},
    };
    return table;
}

}  // namespace graft::exporting
