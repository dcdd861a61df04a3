// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Operators that work element by element, and reductions.
#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>

#include "export/lowering.hpp"

namespace graft::exporting {
namespace {

/// left and right * alpha; a third argument of division is how it rounds.
void binary(Lowering& lowering, const std::string& operation) {
    std::string right = lowering.operand(1);
    const bool scaled = lowering.inputs() > 2 && !lowering.is_none(2) && lowering.constant(2).isScalar();
    if (lowering.inputs() > 2 && !lowering.is_none(2) && !scaled) {
        lowering.refuse("it rounds");
    }
    if (scaled && lowering.number(2) != 1) {
        const at::IntArrayRef sizes = lowering.is_tensor(1) ? lowering.example(1).sizes() : at::IntArrayRef();
        right = lowering.add("Mul", {right, lowering.number_tensor(lowering.number(2))},
                             at::empty(sizes, lowering.result().options()));
    }
    lowering.yield(operation, {lowering.operand(0), right});
}

void add(Lowering& lowering) {
    binary(lowering, "Add");
}
void subtract(Lowering& lowering) {
    binary(lowering, "Sub");
}
void multiply(Lowering& lowering) {
    binary(lowering, "Mul");
}
void divide(Lowering& lowering) {
    binary(lowering, "Div");
}
void power(Lowering& lowering) {
    binary(lowering, "Pow");
}
void maximum(Lowering& lowering) {
    binary(lowering, "Max");
}
void minimum(Lowering& lowering) {
    binary(lowering, "Min");
}

/// number - tensor.
void reverse_subtract(Lowering& lowering) {
    if (lowering.number(2) != 1) {
        lowering.refuse("its alpha is not 1");
    }
    lowering.yield("Sub", {lowering.operand(1), lowering.operand(0)});
}

void relu(Lowering& lowering) {
    lowering.yield("Relu", {lowering.input(0)});
}
void sigmoid(Lowering& lowering) {
    lowering.yield("Sigmoid", {lowering.input(0)});
}
void tanh(Lowering& lowering) {
    lowering.yield("Tanh", {lowering.input(0)});
}
void exponential(Lowering& lowering) {
    lowering.yield("Exp", {lowering.input(0)});
}
void logarithm(Lowering& lowering) {
    lowering.yield("Log", {lowering.input(0)});
}
void negative(Lowering& lowering) {
    lowering.yield("Neg", {lowering.input(0)});
}
void square(Lowering& lowering) {
    const std::string input = lowering.input(0);
    lowering.yield("Mul", {input, input});
}
void square_root(Lowering& lowering) {
    lowering.yield("Sqrt", {lowering.input(0)});
}
void absolute(Lowering& lowering) {
    lowering.yield("Abs", {lowering.input(0)});
}
void error_function(Lowering& lowering) {
    lowering.yield("Erf", {lowering.input(0)});
}
void hard_swish(Lowering& lowering) {
    lowering.yield("HardSwish", {lowering.input(0)});
}
void hard_sigmoid(Lowering& lowering) {
    lowering.yield("HardSigmoid", {lowering.input(0)}, {{"alpha", 1.0F / 6}, {"beta", 0.5F}});
}
void leaky_relu(Lowering& lowering) {
    lowering.yield("LeakyRelu", {lowering.input(0)}, {{"alpha", static_cast<float>(lowering.number(1))}});
}
void elu(Lowering& lowering) {
    if (lowering.number(2) != 1 || lowering.number(3) != 1) {
        lowering.refuse("its scales are not 1");
    }
    lowering.yield("Elu", {lowering.input(0)}, {{"alpha", static_cast<float>(lowering.number(1))}});
}
void softplus(Lowering& lowering) {
    if (lowering.number(1) != 1) {
        lowering.refuse("its beta is not 1");
    }
    lowering.yield("Softplus", {lowering.input(0)});
}

void silu(Lowering& lowering) {
    lowering.yield("Mul",
                   {lowering.input(0), lowering.add("Sigmoid", {lowering.input(0)}, lowering.result())});
}

void relu6(Lowering& lowering) {
    lowering.yield("Clip", {lowering.input(0), lowering.number_tensor(0), lowering.number_tensor(6)});
}

/// hardtanh and clamp: between two numbers, of which clamp may lack one.
void clip(Lowering& lowering) {
    const double infinity = std::numeric_limits<double>::infinity();
    lowering.yield("Clip", {lowering.input(0),
                            lowering.number_tensor(lowering.is_none(1) ? -infinity : lowering.number(1)),
                            lowering.number_tensor(lowering.is_none(2) ? infinity : lowering.number(2))});
}

void clip_below(Lowering& lowering) {
    lowering.yield("Max", {lowering.input(0), lowering.number_tensor(lowering.number(1))});
}

void clip_above(Lowering& lowering) {
    lowering.yield("Min", {lowering.input(0), lowering.number_tensor(lowering.number(1))});
}

/// x / 2 (1 + erf(x / sqrt 2)) (Hendrycks and Gimpel 2016).
void gelu(Lowering& lowering) {
    if (lowering.constant(1).toStringRef() != "none") {
        lowering.refuse("only the exact form is known, not the approximation by tanh");
    }
    const at::Tensor& like = lowering.result();
    const std::string inner =
        lowering.add("Mul", {lowering.input(0), lowering.number_tensor(std::sqrt(0.5))}, like);
    const std::string share =
        lowering.add("Add", {lowering.add("Erf", {inner}, like), lowering.number_tensor(1)}, like);
    lowering.yield("Mul",
                   {lowering.add("Mul", {lowering.input(0), lowering.number_tensor(0.5)}, like), share});
}

void softmax(Lowering& lowering) {
    lowering.yield("Softmax", {lowering.input(0)}, {{"axis", lowering.integer(1)}});
}

void log_softmax(Lowering& lowering) {
    lowering.yield("LogSoftmax", {lowering.input(0)}, {{"axis", lowering.integer(1)}});
}

/// The dimensions of a reduction; none are all.
std::vector<std::int64_t> axes(Lowering& lowering) {
    std::vector<std::int64_t> list =
        lowering.inputs() < 3 || lowering.is_none(1) ? std::vector<std::int64_t>{} : lowering.integers(1);
    if (list.empty()) {
        lowering.refuse("it runs over the whole batch");
    }
    return list;
}

void reduce(Lowering& lowering, const std::string& operation) {
    lowering.yield(
        operation, {lowering.input(0)},
        {{"axes", axes(lowering)}, {"keepdims", static_cast<std::int64_t>(lowering.constant(2).toBool())}});
}

/// Each number of the last dimension counts `weight`. OpenCV 4.6 reads no sums, and means of pictures alone:
/// a row becomes a product with a column.
void weighted_sum(Lowering& lowering, double weight) {
    const std::vector<std::int64_t> over = axes(lowering);
    const bool keep = lowering.constant(2).toBool();
    const at::Tensor& result = lowering.result();
    const at::Tensor& given = lowering.example(0);
    if (given.dim() == 2 && result.is_floating_point() && over == std::vector<std::int64_t>{1}) {
        const at::Tensor column = at::full({given.size(1), 1}, weight, result.scalar_type());
        const std::string product =
            lowering.add("MatMul", {lowering.operand(0), lowering.tensor(column)}, given.sum(1, true));
        if (keep) {
            lowering.yield_name(product);
        } else {
            lowering.yield("Reshape", {product, lowering.integers_tensor({-1})});
        }
    } else if (weight == 1) {
        lowering.yield("ReduceSum", {lowering.input(0), lowering.integers_tensor(over)},
                       {{"keepdims", static_cast<std::int64_t>(keep)}});
    } else {
        reduce(lowering, "ReduceMean");
    }
}

void sum(Lowering& lowering) {
    weighted_sum(lowering, 1);
}
void mean(Lowering& lowering) {
    double count = 1;
    for (const std::int64_t dimension : axes(lowering)) {
        count *= static_cast<double>(lowering.example(0).size(dimension));
    }
    weighted_sum(lowering, 1 / count);
}
void largest(Lowering& lowering) {
    reduce(lowering, "ReduceMax");
}
void smallest(Lowering& lowering) {
    reduce(lowering, "ReduceMin");
}

/// What a vector is divided by to be of length one.
void norm(Lowering& lowering) {
    const double order = lowering.is_none(1) ? 2 : lowering.number(1);
    if (order != 1 && order != 2) {
        lowering.refuse("only the norms of order 1 and 2 are known");
    }
    if (lowering.inputs() < 4 || lowering.is_none(2) || lowering.integers(2).empty()) {
        lowering.refuse("it runs over the whole batch");
    }
    lowering.yield(order == 1 ? "ReduceL1" : "ReduceL2", {lowering.input(0)},
                   {{"axes", lowering.integers(2)},
                    {"keepdims", static_cast<std::int64_t>(lowering.constant(3).toBool())}});
}

}  // namespace

const LoweringTable& arithmetic_lowerings() {
    constexpr bool not_by_opencv = false;
    static const LoweringTable table = {
        {"aten::add", {add}},
        {"aten::sub", {subtract}},
        {"aten::rsub", {reverse_subtract, "an alpha of 1"}},
        {"aten::mul", {multiply}},
        {"aten::div", {divide, "without rounding"}},
        {"aten::pow", {power}},
        {"aten::maximum", {maximum}},
        {"aten::minimum", {minimum}},
        {"aten::relu", {relu}},
        {"aten::relu6", {relu6, "", not_by_opencv}},
        {"aten::hardtanh", {clip, "", not_by_opencv}},
        {"aten::clamp", {clip, "", not_by_opencv}},
        {"aten::clamp_min", {clip_below, "", not_by_opencv}},
        {"aten::clamp_max", {clip_above, "", not_by_opencv}},
        {"aten::sigmoid", {sigmoid}},
        {"aten::tanh", {tanh}},
        {"aten::exp", {exponential}},
        {"aten::log", {logarithm}},
        {"aten::neg", {negative}},
        {"aten::sqrt", {square_root}},
        {"aten::square", {square}},
        {"aten::abs", {absolute}},
        {"aten::erf", {error_function}},
        {"aten::hardswish", {hard_swish}},
        {"aten::hardsigmoid", {hard_sigmoid}},
        {"aten::leaky_relu", {leaky_relu}},
        {"aten::elu", {elu, "scales of 1"}},
        {"aten::softplus", {softplus, "a beta of 1"}},
        {"aten::silu", {silu}},
        {"aten::gelu", {gelu, "the exact form"}},
        {"aten::softmax", {softmax}},
        {"aten::log_softmax", {log_softmax}},
        {"aten::mean", {mean, "along dimensions"}},
        {"aten::sum", {sum, "along dimensions; OpenCV: of a matrix"}},
        {"aten::amax", {largest, "along dimensions"}},
        {"aten::amin", {smallest, "along dimensions"}},
        {"aten::norm", {norm, "orders 1 and 2, along dimensions"}},
        {"aten::linalg_vector_norm", {norm, "orders 1 and 2, along dimensions"}},
    };
    return table;
}

}  // namespace graft::exporting
