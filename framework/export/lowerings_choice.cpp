// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Comparisons, and what chooses by them, by size or by place.
#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>

#include "export/lowering.hpp"

namespace graft::exporting {
namespace {

/// A comparison of two numbers in the type that LibTorch compares them in.
std::string compared(Lowering& lowering, const std::string& operation) {
    const at::ScalarType type = lowering.common_type(0, 1);
    return lowering.add(operation, {lowering.operand(0, type), lowering.operand(1, type)}, lowering.result());
}

void equal(Lowering& lowering) {
    lowering.yield_name(compared(lowering, "Equal"));
}
void greater(Lowering& lowering) {
    lowering.yield_name(compared(lowering, "Greater"));
}
void less(Lowering& lowering) {
    lowering.yield_name(compared(lowering, "Less"));
}
void not_equal(Lowering& lowering) {
    lowering.yield("Not", {compared(lowering, "Equal")});
}
void greater_or_equal(Lowering& lowering) {
    lowering.yield_name(compared(lowering, "GreaterOrEqual"));
}
void less_or_equal(Lowering& lowering) {
    lowering.yield_name(compared(lowering, "LessOrEqual"));
}

void logical_not(Lowering& lowering) {
    lowering.yield("Not", {lowering.operand(0, at::kBool)});
}
void logical_and(Lowering& lowering) {
    lowering.yield("And", {lowering.operand(0, at::kBool), lowering.operand(1, at::kBool)});
}
void logical_or(Lowering& lowering) {
    lowering.yield("Or", {lowering.operand(0, at::kBool), lowering.operand(1, at::kBool)});
}

void where(Lowering& lowering) {
    lowering.yield("Where", {lowering.operand(0, at::kBool), lowering.operand(1), lowering.operand(2)});
}

void masked_fill(Lowering& lowering) {
    lowering.yield("Where", {lowering.operand(1, at::kBool), lowering.operand(2), lowering.operand(0)});
}

/// A dimension that is not the batch's.
std::int64_t inner_dimension(Lowering& lowering, std::size_t index) {
    if (lowering.is_none(index)) {
        lowering.refuse("it runs over the whole batch");
    }
    const std::int64_t dimension = lowering.dimension(index, lowering.example(0).dim());
    if (dimension == 0) {
        lowering.refuse("it runs over the batch");
    }
    return dimension;
}

void place_of_extreme(Lowering& lowering, const std::string& operation) {
    lowering.yield(operation, {lowering.input(0)},
                   {{"axis", inner_dimension(lowering, 1)},
                    {"keepdims", static_cast<std::int64_t>(lowering.constant(2).toBool())}});
}

void argmax(Lowering& lowering) {
    place_of_extreme(lowering, "ArgMax");
}
void argmin(Lowering& lowering) {
    place_of_extreme(lowering, "ArgMin");
}

/// max and min along a dimension give the values and their places.
void extreme(Lowering& lowering, const std::string& value, const std::string& place,
             const char* elementwise) {
    if (lowering.outputs() == 1) {
        if (lowering.inputs() != 2 || !lowering.is_tensor(1)) {
            lowering.refuse("it runs over the whole batch");
        }
        lowering.yield(elementwise, {lowering.operand(0), lowering.operand(1)});
        return;
    }
    const std::int64_t axis = inner_dimension(lowering, 1);
    const auto keep = static_cast<std::int64_t>(lowering.constant(2).toBool());
    lowering.yield_names({lowering.add(value, {lowering.input(0)}, lowering.result_of(0),
                                       {{"axes", std::vector<std::int64_t>{axis}}, {"keepdims", keep}}),
                          lowering.add(place, {lowering.input(0)}, lowering.result_of(1),
                                       {{"axis", axis}, {"keepdims", keep}})});
}

void maximum_along(Lowering& lowering) {
    extreme(lowering, "ReduceMax", "ArgMax", "Max");
}
void minimum_along(Lowering& lowering) {
    extreme(lowering, "ReduceMin", "ArgMin", "Min");
}

/// Values and places, the largest first; `count` of them.
void largest_of(Lowering& lowering, std::int64_t count, std::int64_t axis, bool descending, bool sorted) {
    const std::vector<at::Tensor> like = {lowering.result_of(0), lowering.result_of(1)};
    const std::string both =
        lowering.add_list("TopK", {lowering.input(0), lowering.integers_tensor({count})}, like,
                          {{"axis", axis},
                           {"largest", static_cast<std::int64_t>(descending)},
                           {"sorted", static_cast<std::int64_t>(sorted)}});
    lowering.yield_names({both + ".0", both + ".1"});
}

void topk(Lowering& lowering) {
    largest_of(lowering, lowering.integer(1), inner_dimension(lowering, 2), lowering.constant(3).toBool(),
               lowering.constant(4).toBool());
}

void sort(Lowering& lowering) {
    const std::int64_t axis = inner_dimension(lowering, 1);
    largest_of(lowering, lowering.example(0).size(axis), axis, lowering.constant(2).toBool(), true);
}

void gather(Lowering& lowering) {
    const std::int64_t axis = inner_dimension(lowering, 1);
    lowering.yield("GatherElements", {lowering.input(0), lowering.operand(2, at::kLong)}, {{"axis", axis}});
}

void index_select(Lowering& lowering) {
    const std::int64_t axis = inner_dimension(lowering, 1);
    lowering.yield("Gather", {lowering.input(0), lowering.operand(2, at::kLong)}, {{"axis", axis}});
}

/// A number for each of another tensor's, whose shape has a batch that is free: nothing of it, plus the
/// number.
void filled_like(Lowering& lowering, double number) {
    const at::Tensor& like = lowering.result();
    const std::string bounded = lowering.add(
        "Clip", {lowering.operand(0), lowering.number_tensor(-1), lowering.number_tensor(1)}, like);
    const std::string nothing = lowering.add("Mul", {bounded, lowering.number_tensor(0)}, like);
    lowering.yield("Add", {nothing, lowering.number_tensor(number)});
}

void ones_like(Lowering& lowering) {
    filled_like(lowering, 1);
}
void zeros_like(Lowering& lowering) {
    filled_like(lowering, 0);
}
void full_like(Lowering& lowering) {
    filled_like(lowering, lowering.number(1));
}

}  // namespace

const LoweringTable& choice_lowerings() {
    constexpr bool not_by_opencv = false;
    constexpr const char* along = "along a dimension that is not the batch";
    static const LoweringTable table = {
        {"aten::eq", {equal, "", not_by_opencv}},
        {"aten::ne", {not_equal, "", not_by_opencv}},
        {"aten::gt", {greater, "", not_by_opencv}},
        {"aten::ge", {greater_or_equal, "", not_by_opencv}},
        {"aten::lt", {less, "", not_by_opencv}},
        {"aten::le", {less_or_equal, "", not_by_opencv}},
        {"aten::logical_not", {logical_not, "", not_by_opencv}},
        {"aten::logical_and", {logical_and, "", not_by_opencv}},
        {"aten::logical_or", {logical_or, "", not_by_opencv}},
        {"aten::where", {where, "a condition and two values", not_by_opencv}},
        {"aten::masked_fill", {masked_fill, "", not_by_opencv}},
        {"aten::argmax", {argmax, along}},
        {"aten::argmin", {argmin, along}},
        {"aten::max", {maximum_along, along, not_by_opencv}},
        {"aten::min", {minimum_along, along, not_by_opencv}},
        {"aten::topk", {topk, along, not_by_opencv}},
        {"aten::sort", {sort, along, not_by_opencv}},
        {"aten::gather", {gather, along, not_by_opencv}},
        {"aten::index_select", {index_select, along, not_by_opencv}},
        {"aten::ones_like", {ones_like, "", not_by_opencv}},
        {"aten::zeros_like", {zeros_like, "", not_by_opencv}},
        {"aten::full_like", {full_like, "", not_by_opencv}},
    };
    return table;
}

}  // namespace graft::exporting
