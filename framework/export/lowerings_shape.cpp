// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Operators that move numbers without changing them. The batch keeps its place, the first dimension.
#include <numeric>
#include <utility>

#include <ATen/ATen.h>

#include "export/lowering.hpp"

namespace graft::exporting {
namespace {

void identity(Lowering& at) {
    at.yield_name(at.input(0));
}

/// Conversion to another type; device and layout mean nothing to ONNX.
void to(Lowering& at) {
    if (at.example(0).scalar_type() == at.result().scalar_type()) {
        identity(at);
    } else {
        at.yield("Cast", {at.input(0)}, {{"to", OnnxFile::type_number(at.result().scalar_type())}});
    }
}

/// The result's shape, its batch free. ONNX: -1 is what is left.
std::vector<std::int64_t> free_batch(Lowering& at) {
    std::vector<std::int64_t> shape = at.result().sizes().vec();
    if (shape.empty() || at.example(0).dim() == 0 || shape.front() != at.example(0).size(0)) {
        at.refuse("it changes the first dimension, which is the batch");
    }
    shape.front() = -1;
    return shape;
}

void reshape(Lowering& at) {
    at.yield("Reshape", {at.input(0), at.integers_tensor(free_batch(at))});
}

void flatten(Lowering& at) {
    if (at.result().dim() == 2) {
        at.yield("Flatten", {at.input(0)}, {{"axis", std::int64_t{1}}});
    } else {
        reshape(at);
    }
}

void permute_by(Lowering& at, const std::vector<std::int64_t>& order) {
    at.yield("Transpose", {at.input(0)}, {{"perm", order}});
}

std::vector<std::int64_t> counting(std::int64_t count) {
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
}

void permute(Lowering& at) {
    std::vector<std::int64_t> order = at.integers(1);
    for (std::int64_t& dimension : order) {
        dimension += dimension < 0 ? at.example(0).dim() : 0;
    }
    permute_by(at, order);
}

void transpose(Lowering& at) {
    const std::int64_t dimensions = at.example(0).dim();
    std::vector<std::int64_t> order = counting(dimensions);
    std::swap(order[static_cast<std::size_t>(at.dimension(1, dimensions))],
              order[static_cast<std::size_t>(at.dimension(2, dimensions))]);
    permute_by(at, order);
}

void turn_matrix(Lowering& at) {
    permute_by(at, {1, 0});
}

void unsqueeze(Lowering& at) {
    at.yield("Unsqueeze", {at.input(0), at.integers_tensor({at.integer(1)})});
}

/// As a new shape: OpenCV 4.6 does not read ONNX's Squeeze of opset 17.
void squeeze(Lowering& at) {
    if (at.inputs() < 2) {
        at.refuse("it names no dimension, so a batch of one would lose it");
    }
    reshape(at);
}

void slice(Lowering& at) {
    const std::int64_t dimension = at.dimension(1, at.example(0).dim());
    const std::int64_t begin = at.is_none(2) ? 0 : at.integer(2);
    const std::int64_t end = at.is_none(3) ? std::numeric_limits<std::int64_t>::max() : at.integer(3);
    const std::int64_t step = at.integer(4);
    if (begin == 0 && end == std::numeric_limits<std::int64_t>::max() && step == 1) {
        identity(at);
        return;
    }
    if (dimension == 0) {
        at.refuse("it takes some samples of the batch");
    }
    at.yield("Slice", {at.input(0), at.integers_tensor({begin}), at.integers_tensor({end}),
                       at.integers_tensor({dimension}), at.integers_tensor({step})});
}

void select(Lowering& at) {
    const std::int64_t dimension = at.dimension(1, at.example(0).dim());
    if (dimension == 0) {
        at.refuse("it takes one sample of the batch");
    }
    at.yield("Gather", {at.input(0), at.tensor(at::scalar_tensor(at.integer(2), at::kLong))},
             {{"axis", dimension}});
}

void concatenate(Lowering& at) {
    at.yield("Concat", at.list(0), {{"axis", at.dimension(1, at.result().dim())}});
}

void stack(Lowering& at) {
    const std::int64_t dimension = at.dimension(1, at.result().dim());
    std::vector<std::string> parts;
    for (const std::string& part : at.list(0)) {
        parts.push_back(at.add("Unsqueeze", {part, at.integers_tensor({dimension})}));
    }
    at.yield("Concat", parts, {{"axis", dimension}});
}

/// chunk, split and split_with_sizes: the parts' sizes are those of the example.
void split(Lowering& at) {
    const std::int64_t dimension = at.dimension(2, at.example(0).dim());
    if (dimension == 0) {
        at.refuse("it splits the batch");
    }
    std::vector<std::int64_t> sizes;
    for (const at::Tensor& part : at.result_value().toTensorVector()) {
        sizes.push_back(part.size(dimension));
    }
    at.yield_name(
        at.add_list("Split", {at.input(0), at.integers_tensor(sizes)}, sizes.size(), {{"axis", dimension}}));
}

void expand_to(Lowering& at, const std::string& shape) {
    at.yield("Expand", {at.input(0), shape});
}

/// Sides of 1 grow; the batch, 1 to ONNX's broadcasting, stays as it is.
void expand(Lowering& at) {
    std::vector<std::int64_t> shape = at.result().sizes().vec();
    if (at.result().dim() != at.example(0).dim() || shape.front() != at.example(0).size(0)) {
        at.refuse("it fixes the batch; expand_as of a feature does not");
    }
    shape.front() = 1;
    expand_to(at, at.integers_tensor(shape));
}

void expand_as(Lowering& at) {
    expand_to(at, at.add("Shape", {at.input(1)}));
}

/// LibTorch counts from the last dimension: before, after, before, after, ...
void pad(Lowering& at) {
    const auto numbers = at.integers(1);
    const auto dimensions = static_cast<std::size_t>(at.example(0).dim());
    std::vector<std::int64_t> pads(2 * dimensions, 0);
    for (std::size_t index = 0; index < numbers.size() / 2; ++index) {
        pads[dimensions - 1 - index] = numbers[2 * index];
        pads[2 * dimensions - 1 - index] = numbers[2 * index + 1];
    }
    at.yield("Pad", {at.input(0), at.integers_tensor(pads), at.number_tensor(at.number(2))});
}

/// The sides of a feature are those of the example; its batch is not.
void size(Lowering& at) {
    if (at.inputs() < 2 || at.dimension(1, at.example(0).dim()) == 0) {
        at.refuse("it asks for the size of the batch, which is free");
    }
    at.yield_constant();
}

}  // namespace

const LoweringTable& shape_lowerings() {
    static const LoweringTable table = {
        {"aten::dropout", identity},
        {"aten::feature_dropout", identity},
        {"aten::contiguous", identity},
        {"aten::clone", identity},
        {"aten::detach", identity},
        {"aten::alias", identity},
        {"aten::to", to},
        {"aten::type_as", to},
        {"aten::flatten", flatten},
        {"aten::reshape", reshape},
        {"aten::view", reshape},
        {"aten::unflatten", reshape},
        {"aten::permute", permute},
        {"aten::transpose", transpose},
        {"aten::t", turn_matrix},
        {"aten::unsqueeze", unsqueeze},
        {"aten::squeeze", squeeze},
        {"aten::slice", slice},
        {"aten::select", select},
        {"aten::cat", concatenate},
        {"aten::stack", stack},
        {"aten::chunk", split},
        {"aten::split", split},
        {"aten::split_with_sizes", split},
        {"aten::expand", expand},
        {"aten::expand_as", expand_as},
        {"aten::constant_pad_nd", pad},
        {"aten::size", size},
    };
    return table;
}

}  // namespace graft::exporting
