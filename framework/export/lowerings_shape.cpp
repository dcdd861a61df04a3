// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Operators that move numbers without changing them. The batch keeps its place, the first dimension.
#include <numeric>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>

#include "export/lowering.hpp"

namespace graft::exporting {
namespace {

void identity(Lowering& lowering) {
    lowering.yield_name(lowering.input(0));
}

/// Conversion to another type; device and layout mean nothing to ONNX.
void to(Lowering& lowering) {
    if (lowering.example(0).scalar_type() == lowering.result().scalar_type()) {
        identity(lowering);
    } else {
        lowering.yield("Cast", {lowering.input(0)},
                       {{"to", OnnxFile::type_number(lowering.result().scalar_type())}});
    }
}

/// The result's shape, its batch free. ONNX: -1 is what is left.
std::vector<std::int64_t> free_batch(Lowering& lowering) {
    std::vector<std::int64_t> shape = lowering.result().sizes().vec();
    if (shape.empty() || lowering.example(0).dim() == 0 || shape.front() != lowering.example(0).size(0)) {
        lowering.refuse("it changes the first dimension, which is the batch");
    }
    shape.front() = -1;
    return shape;
}

void reshape(Lowering& lowering) {
    lowering.yield("Reshape", {lowering.input(0), lowering.integers_tensor(free_batch(lowering))});
}

void flatten(Lowering& lowering) {
    if (lowering.result().dim() == 2) {
        lowering.yield("Flatten", {lowering.input(0)}, {{"axis", std::int64_t{1}}});
    } else {
        reshape(lowering);
    }
}

void permute_by(Lowering& lowering, const std::vector<std::int64_t>& order) {
    lowering.yield("Transpose", {lowering.input(0)}, {{"perm", order}});
}

std::vector<std::int64_t> counting(std::int64_t count) {
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
}

void permute(Lowering& lowering) {
    std::vector<std::int64_t> order = lowering.integers(1);
    for (std::int64_t& dimension : order) {
        dimension += dimension < 0 ? lowering.example(0).dim() : 0;
    }
    permute_by(lowering, order);
}

void transpose(Lowering& lowering) {
    const std::int64_t dimensions = lowering.example(0).dim();
    std::vector<std::int64_t> order = counting(dimensions);
    std::swap(order[static_cast<std::size_t>(lowering.dimension(1, dimensions))],
              order[static_cast<std::size_t>(lowering.dimension(2, dimensions))]);
    permute_by(lowering, order);
}

void turn_matrix(Lowering& lowering) {
    permute_by(lowering, {1, 0});
}

void unsqueeze(Lowering& lowering) {
    lowering.yield("Unsqueeze", {lowering.input(0), lowering.integers_tensor({lowering.integer(1)})});
}

/// As a new shape: OpenCV 4.6 does not read ONNX's Squeeze of opset 17.
void squeeze(Lowering& lowering) {
    if (lowering.inputs() < 2) {
        lowering.refuse("it names no dimension, so a batch of one would lose it");
    }
    reshape(lowering);
}

void slice(Lowering& lowering) {
    const std::int64_t dimension = lowering.dimension(1, lowering.example(0).dim());
    const std::int64_t begin = lowering.is_none(2) ? 0 : lowering.integer(2);
    const std::int64_t end =
        lowering.is_none(3) ? std::numeric_limits<std::int64_t>::max() : lowering.integer(3);
    const std::int64_t step = lowering.integer(4);
    if (begin == 0 && end == std::numeric_limits<std::int64_t>::max() && step == 1) {
        identity(lowering);
        return;
    }
    if (dimension == 0) {
        lowering.refuse("it takes some samples of the batch");
    }
    lowering.yield("Slice",
                   {lowering.input(0), lowering.integers_tensor({begin}), lowering.integers_tensor({end}),
                    lowering.integers_tensor({dimension}), lowering.integers_tensor({step})});
}

void narrow(Lowering& lowering) {
    const std::int64_t dimension = lowering.dimension(1, lowering.example(0).dim());
    if (dimension == 0) {
        lowering.refuse("it takes some samples of the batch");
    }
    const std::int64_t given = lowering.integer(2);
    const std::int64_t begin = given < 0 ? given + lowering.example(0).size(dimension) : given;
    lowering.yield("Slice", {lowering.input(0), lowering.integers_tensor({begin}),
                             lowering.integers_tensor({begin + lowering.integer(3)}),
                             lowering.integers_tensor({dimension})});
}

void select(Lowering& lowering) {
    const std::int64_t dimension = lowering.dimension(1, lowering.example(0).dim());
    if (dimension == 0) {
        lowering.refuse("it takes one sample of the batch");
    }
    lowering.yield("Gather",
                   {lowering.input(0), lowering.tensor(at::scalar_tensor(lowering.integer(2), at::kLong))},
                   {{"axis", dimension}});
}

void concatenate(Lowering& lowering) {
    lowering.yield("Concat", lowering.list(0), {{"axis", lowering.dimension(1, lowering.result().dim())}});
}

void stack(Lowering& lowering) {
    const std::int64_t dimension = lowering.dimension(1, lowering.result().dim());
    std::vector<std::string> parts;
    for (const std::string& part : lowering.list(0)) {
        parts.push_back(lowering.add("Unsqueeze", {part, lowering.integers_tensor({dimension})},
                                     lowering.result().narrow(dimension, 0, 1)));
    }
    lowering.yield("Concat", parts, {{"axis", dimension}});
}

/// chunk, split and split_with_sizes: the parts' sizes are those of the example.
void split(Lowering& lowering) {
    const std::int64_t dimension = lowering.dimension(2, lowering.example(0).dim());
    if (dimension == 0) {
        lowering.refuse("it splits the batch");
    }
    const std::vector<at::Tensor> parts = lowering.result_value().toTensorVector();
    std::vector<std::int64_t> sizes;
    sizes.reserve(parts.size());
    for (const at::Tensor& part : parts) {
        sizes.push_back(part.size(dimension));
    }
    lowering.yield_name(lowering.add_list("Split", {lowering.input(0), lowering.integers_tensor(sizes)},
                                          parts, {{"axis", dimension}}));
}

void expand_to(Lowering& lowering, const std::string& shape) {
    lowering.yield("Expand", {lowering.input(0), shape});
}

/// Sides of 1 grow; the batch, 1 to ONNX's broadcasting, stays as it is.
void expand(Lowering& lowering) {
    std::vector<std::int64_t> shape = lowering.result().sizes().vec();
    if (lowering.result().dim() != lowering.example(0).dim() ||
        shape.front() != lowering.example(0).size(0)) {
        lowering.refuse("it fixes the batch; expand_as of a feature does not");
    }
    shape.front() = 1;
    expand_to(lowering, lowering.integers_tensor(shape));
}

void expand_as(Lowering& lowering) {
    const at::Tensor sides = at::empty({lowering.example(1).dim()}, at::kLong);
    expand_to(lowering, lowering.add("Shape", {lowering.input(1)}, sides));
}

/// LibTorch counts from the last dimension: before, after, before, after, ...
void pad(Lowering& lowering) {
    const auto numbers = lowering.integers(1);
    const auto dimensions = static_cast<std::size_t>(lowering.example(0).dim());
    std::vector<std::int64_t> pads(2 * dimensions, 0);
    for (std::size_t index = 0; index < numbers.size() / 2; ++index) {
        pads[dimensions - 1 - index] = numbers[2 * index];
        pads[2 * dimensions - 1 - index] = numbers[2 * index + 1];
    }
    lowering.yield("Pad", {lowering.input(0), lowering.integers_tensor(pads),
                           lowering.number_tensor(lowering.number(2))});
}

/// The sides of a feature are those of the example; its batch is not.
void size(Lowering& lowering) {
    if (lowering.inputs() < 2 || lowering.dimension(1, lowering.example(0).dim()) == 0) {
        lowering.refuse("it asks for the size of the batch, which is free");
    }
    lowering.yield_constant();
}

}  // namespace

const LoweringTable& shape_lowerings() {
    static const LoweringTable table = {
        {"aten::dropout", {identity}},
        {"aten::feature_dropout", {identity}},
        {"aten::contiguous", {identity}},
        {"aten::clone", {identity}},
        {"aten::detach", {identity}},
        {"aten::alias", {identity}},
        {"aten::to", {to}},
        {"aten::type_as", {to}},
        {"aten::flatten", {flatten, "the batch stays first"}},
        {"aten::reshape", {reshape, "the batch stays first"}},
        {"aten::view", {reshape, "the batch stays first"}},
        {"aten::unflatten", {reshape, "the batch stays first"}},
        {"aten::permute", {permute}},
        {"aten::transpose", {transpose}},
        {"aten::t", {turn_matrix}},
        {"aten::unsqueeze", {unsqueeze}},
        {"aten::squeeze", {squeeze, "a dimension is named"}},
        {"aten::slice", {slice, "not of the batch"}},
        {"aten::narrow", {narrow, "not of the batch"}},
        {"aten::select", {select, "not of the batch"}},
        {"aten::cat", {concatenate}},
        {"aten::stack", {stack}},
        {"aten::chunk", {split, "not of the batch"}},
        {"aten::split", {split, "not of the batch"}},
        {"aten::split_with_sizes", {split, "not of the batch"}},
        {"aten::expand", {expand, "the batch stays as it is"}},
        {"aten::expand_as", {expand_as}},
        {"aten::constant_pad_nd", {pad}},
        {"aten::size", {size, "not of the batch"}},
    };
    return table;
}

}  // namespace graft::exporting
