// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Operators that work element by element, and reductions.
#include <cmath>
#include <limits>

#include <ATen/ATen.h>

#include "export/lowering.hpp"

namespace graft::exporting {
namespace {

/// left and right * alpha; a third argument of division is how it rounds.
void binary(Lowering& at, const std::string& operation) {
    std::string right = at.operand(1);
    const bool scaled = at.inputs() > 2 && !at.is_none(2) && at.constant(2).isScalar();
    if (at.inputs() > 2 && !at.is_none(2) && !scaled) {
        at.refuse("it rounds");
    }
    if (scaled && at.number(2) != 1) {
        right = at.add("Mul", {right, at.number_tensor(at.number(2))});
    }
    at.yield(operation, {at.operand(0), right});
}

void add(Lowering& at) {
    binary(at, "Add");
}
void subtract(Lowering& at) {
    binary(at, "Sub");
}
void multiply(Lowering& at) {
    binary(at, "Mul");
}
void divide(Lowering& at) {
    binary(at, "Div");
}
void power(Lowering& at) {
    binary(at, "Pow");
}
void maximum(Lowering& at) {
    binary(at, "Max");
}
void minimum(Lowering& at) {
    binary(at, "Min");
}

/// number - tensor.
void reverse_subtract(Lowering& at) {
    if (at.number(2) != 1) {
        at.refuse("its alpha is not 1");
    }
    at.yield("Sub", {at.operand(1), at.operand(0)});
}

void relu(Lowering& at) {
    at.yield("Relu", {at.input(0)});
}
void sigmoid(Lowering& at) {
    at.yield("Sigmoid", {at.input(0)});
}
void tanh(Lowering& at) {
    at.yield("Tanh", {at.input(0)});
}
void exponential(Lowering& at) {
    at.yield("Exp", {at.input(0)});
}
void logarithm(Lowering& at) {
    at.yield("Log", {at.input(0)});
}
void negative(Lowering& at) {
    at.yield("Neg", {at.input(0)});
}
void square_root(Lowering& at) {
    at.yield("Sqrt", {at.input(0)});
}
void absolute(Lowering& at) {
    at.yield("Abs", {at.input(0)});
}
void error_function(Lowering& at) {
    at.yield("Erf", {at.input(0)});
}
void hard_swish(Lowering& at) {
    at.yield("HardSwish", {at.input(0)});
}
void hard_sigmoid(Lowering& at) {
    at.yield("HardSigmoid", {at.input(0)}, {{"alpha", 1.0F / 6}, {"beta", 0.5F}});
}
void leaky_relu(Lowering& at) {
    at.yield("LeakyRelu", {at.input(0)}, {{"alpha", static_cast<float>(at.number(1))}});
}
void elu(Lowering& at) {
    if (at.number(2) != 1 || at.number(3) != 1) {
        at.refuse("its scales are not 1");
    }
    at.yield("Elu", {at.input(0)}, {{"alpha", static_cast<float>(at.number(1))}});
}
void softplus(Lowering& at) {
    if (at.number(1) != 1) {
        at.refuse("its beta is not 1");
    }
    at.yield("Softplus", {at.input(0)});
}

void silu(Lowering& at) {
    at.yield("Mul", {at.input(0), at.add("Sigmoid", {at.input(0)})});
}

void relu6(Lowering& at) {
    at.yield("Clip", {at.input(0), at.number_tensor(0), at.number_tensor(6)});
}

/// hardtanh and clamp: between two numbers, of which clamp may lack one.
void clip(Lowering& at) {
    const double infinity = std::numeric_limits<double>::infinity();
    at.yield("Clip", {at.input(0), at.number_tensor(at.is_none(1) ? -infinity : at.number(1)),
                      at.number_tensor(at.is_none(2) ? infinity : at.number(2))});
}

void clip_below(Lowering& at) {
    at.yield("Max", {at.input(0), at.number_tensor(at.number(1))});
}

void clip_above(Lowering& at) {
    at.yield("Min", {at.input(0), at.number_tensor(at.number(1))});
}

/// x / 2 (1 + erf(x / sqrt 2)) (Hendrycks and Gimpel 2016).
void gelu(Lowering& at) {
    if (at.constant(1).toStringRef() != "none") {
        at.refuse("only the exact form is known, not the approximation by tanh");
    }
    const std::string inner = at.add("Mul", {at.input(0), at.number_tensor(std::sqrt(0.5))});
    const std::string share = at.add("Add", {at.add("Erf", {inner}), at.number_tensor(1)});
    at.yield("Mul", {at.add("Mul", {at.input(0), at.number_tensor(0.5)}), share});
}

void softmax(Lowering& at) {
    at.yield("Softmax", {at.input(0)}, {{"axis", at.integer(1)}});
}

void log_softmax(Lowering& at) {
    at.yield("LogSoftmax", {at.input(0)}, {{"axis", at.integer(1)}});
}

/// The dimensions of a reduction; none are all.
std::vector<std::int64_t> axes(Lowering& at) {
    std::vector<std::int64_t> list =
        at.inputs() < 3 || at.is_none(1) ? std::vector<std::int64_t>{} : at.integers(1);
    if (list.empty()) {
        at.refuse("it runs over the whole batch");
    }
    return list;
}

void reduce(Lowering& at, const std::string& operation) {
    at.yield(operation, {at.input(0)},
             {{"axes", axes(at)}, {"keepdims", static_cast<std::int64_t>(at.constant(2).toBool())}});
}

void mean(Lowering& at) {
    reduce(at, "ReduceMean");
}
void largest(Lowering& at) {
    reduce(at, "ReduceMax");
}
void smallest(Lowering& at) {
    reduce(at, "ReduceMin");
}

void sum(Lowering& at) {
    const std::string dimensions = at.integers_tensor(axes(at));
    at.yield("ReduceSum", {at.input(0), dimensions},
             {{"keepdims", static_cast<std::int64_t>(at.constant(2).toBool())}});
}

/// What a vector is divided by to be of length one.
void norm(Lowering& at) {
    const double order = at.is_none(1) ? 2 : at.number(1);
    if (order != 1 && order != 2) {
        at.refuse("only the norms of order 1 and 2 are known");
    }
    if (at.inputs() < 4 || at.is_none(2) || at.integers(2).empty()) {
        at.refuse("it runs over the whole batch");
    }
    at.yield(order == 1 ? "ReduceL1" : "ReduceL2", {at.input(0)},
             {{"axes", at.integers(2)}, {"keepdims", static_cast<std::int64_t>(at.constant(3).toBool())}});
}

}  // namespace

const LoweringTable& arithmetic_lowerings() {
    static const LoweringTable table = {
        {"aten::add", add},
        {"aten::sub", subtract},
        {"aten::rsub", reverse_subtract},
        {"aten::mul", multiply},
        {"aten::div", divide},
        {"aten::pow", power},
        {"aten::maximum", maximum},
        {"aten::minimum", minimum},
        {"aten::relu", relu},
        {"aten::relu6", relu6},
        {"aten::hardtanh", clip},
        {"aten::clamp", clip},
        {"aten::clamp_min", clip_below},
        {"aten::clamp_max", clip_above},
        {"aten::sigmoid", sigmoid},
        {"aten::tanh", tanh},
        {"aten::exp", exponential},
        {"aten::log", logarithm},
        {"aten::neg", negative},
        {"aten::sqrt", square_root},
        {"aten::abs", absolute},
        {"aten::erf", error_function},
        {"aten::hardswish", hard_swish},
        {"aten::hardsigmoid", hard_sigmoid},
        {"aten::leaky_relu", leaky_relu},
        {"aten::elu", elu},
        {"aten::softplus", softplus},
        {"aten::silu", silu},
        {"aten::gelu", gelu},
        {"aten::softmax", softmax},
        {"aten::log_softmax", log_softmax},
        {"aten::mean", mean},
        {"aten::sum", sum},
        {"aten::amax", largest},
        {"aten::amin", smallest},
        {"aten::norm", norm},
        {"aten::linalg_vector_norm", norm},
    };
    return table;
}

}  // namespace graft::exporting
