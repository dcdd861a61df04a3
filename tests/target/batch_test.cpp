// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Targets of several samples as columns, columns put together, and predictions held to their kinds.
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include "support.hpp"

using namespace graft;
using namespace graft::target;
using graft::test::every_schema;
using graft::test::schema_of;

namespace {

constexpr image::Extent input{2, 3};

/// A column of these values; monostate: missing.
Column column_of(TargetKind kind, const std::vector<TargetValue>& values) {
    std::vector<std::vector<TargetValue>> samples;
    for (const TargetValue& value : values) {
        samples.push_back({2.0, value});  // beside another target
    }
    return make_column(schema_of(kind), samples, 1, input);
}

bool holds(const at::Tensor& tensor, const std::vector<double>& numbers, at::IntArrayRef sizes) {
    return tensor.sizes() == sizes &&
           tensor.to(at::kDouble).equal(at::tensor(numbers, at::kDouble).view(sizes));
}

std::string problem(TargetKind kind, const at::Tensor& prediction) {
    return prediction_problem(schema_of(kind), prediction, input);
}

}  // namespace

// Proves: the layout of every kind's column, and that what is missing is absent and harmless.
TEST_CASE("columns of every kind") {
    const TargetValue missing;
    Column column = column_of(TargetKind::category, {std::int64_t{2}, missing});
    CHECK(column.values.equal(at::tensor({2, 0}, at::kLong)));
    CHECK(holds(column.present, {1, 0}, {2}));
    column = column_of(TargetKind::labels, {missing, Labels{true, std::nullopt}});
    CHECK(holds(column.values, {0, 0, 1, 0}, {2, 2}));
    CHECK(holds(column.present, {0, 0, 1, 0}, {2, 2}));
    column = column_of(TargetKind::scalar, {missing, 3.5});
    CHECK(holds(column.values, {0, 3.5}, {2}));
    CHECK(holds(column.present, {0, 1}, {2}));
    column = column_of(TargetKind::points, {Points{Point{1, 2}, std::nullopt, Point{-3, 4}}, missing});
    CHECK(holds(column.values, {1, 2, 0, 0, -3, 4, 0, 0, 0, 0, 0, 0}, {2, 3, 2}));
    CHECK(holds(column.present, {1, 0, 1, 0, 0, 0}, {2, 3}));
    column = column_of(TargetKind::tensor, {std::vector<float>{1, 2, 3, 4, 5, 6}, missing});
    CHECK(holds(column.values, {1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0}, {2, 2, 3}));
    CHECK(holds(column.present, {1, 0}, {2}));
    column = column_of(TargetKind::mask, {missing, MaskSource(ClassMap{3, 2, {0, 1, 0, 1, 255, 0}})});
    CHECK((column.values.scalar_type() == at::kByte));
    CHECK(holds(column.values, {0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 255, 0}, {2, 2, 3}));
    CHECK(holds(column.present, {0, 1}, {2}));
}

// Proves: as many rows as the fullest sample has; nothing to find is known, which missing is not; state 1
// counts, 0 is ignored, -1 is no box.
TEST_CASE("columns of boxes") {
    const Boxes two{{1, 2, 3, 4, 1, false}, {5, 6, 7, 8, 0, true}};
    const Column column =
        column_of(TargetKind::boxes, {Boxes{}, two, TargetValue(), Boxes{{0, 0, 1, 1, 0, false}}});
    const std::vector<double> nothing{0, 0, 0, 0, 0, -1};
    std::vector<double> wanted;
    for (const auto& row :
         {nothing, nothing, std::vector<double>{1, 2, 3, 4, 1, 1}, std::vector<double>{5, 6, 7, 8, 0, 0},
          nothing, nothing, std::vector<double>{0, 0, 1, 1, 0, 1}, nothing}) {
        wanted.insert(wanted.end(), row.begin(), row.end());
    }
    CHECK((column.values.scalar_type() == at::kFloat));
    CHECK(holds(column.values, wanted, {4, 2, 6}));
    CHECK(holds(column.present, {1, 1, 0, 1}, {4}));
    const Column empty = column_of(TargetKind::boxes, {Boxes{}, TargetValue()});
    CHECK(empty.values.sizes() == at::IntArrayRef({2, 0, 6}));
    CHECK(holds(empty.present, {1, 0}, {2}));
}

// Proves: blank targets are missing in every kind.
TEST_CASE("blank targets") {
    auto schemas = every_schema();
    schemas.push_back(embedding_target("vector", 4));
    const auto columns = blank_targets(schemas, 3, input);
    REQUIRE(columns.size() == 8);
    for (const Column& column : columns) {
        CHECK(column.values.size(0) == 3);
        CHECK(column.present.size(0) == 3);
        CHECK_FALSE(column.present.any().item<bool>());
    }
    CHECK(columns[5].values.sizes() == at::IntArrayRef({3, 2, 3}));
    CHECK(columns[6].values.sizes() == at::IntArrayRef({3, 0, 6}));
    CHECK(columns[7].values.sizes() == at::IntArrayRef({3, 4}));
}

// Proves: two batches of one target in one; boxes get rows without a box.
TEST_CASE("joined columns") {
    const Column first = column_of(TargetKind::boxes, {Boxes{{1, 2, 3, 4, 1, false}, {5, 6, 7, 8, 0, true}}});
    const Column second = column_of(TargetKind::boxes, {Boxes{{9, 9, 10, 10, 0, false}}, TargetValue()});
    for (const bool swapped : {false, true}) {
        const Column both = swapped ? joined(second, first) : joined(first, second);
        CHECK(both.values.sizes() == at::IntArrayRef({3, 2, 6}));
        const std::int64_t narrow = swapped ? 0 : 1;
        CHECK(holds(both.values[narrow][1], {0, 0, 0, 0, 0, -1}, {6}));
        CHECK(both.values[swapped ? 2 : 0].equal(first.values[0]));
        CHECK(both.values[narrow][0].equal(second.values[0][0]));
    }
    const Column none = column_of(TargetKind::boxes, {Boxes{}});
    CHECK(joined(none, second).values.sizes() == at::IntArrayRef({3, 1, 6}));
    const Column scalars =
        joined(column_of(TargetKind::scalar, {1.0}), column_of(TargetKind::scalar, {TargetValue(), 2.0}));
    CHECK(holds(scalars.values, {1, 0, 2}, {3}));
    CHECK(holds(scalars.present, {1, 0, 1}, {3}));
    const Column points = column_of(TargetKind::points, {Points{Point{1, 2}, std::nullopt, Point{3, 4}}});
    CHECK(joined(points, points).values.sizes() == at::IntArrayRef({2, 3, 2}));
}

// Proves: equal values have equal texts, and a change in any part shows.
TEST_CASE("texts of values") {
    const auto text = [](TargetKind kind, const TargetValue& value) { return kind_of(kind).text(value); };
    CHECK(text(TargetKind::labels, Labels{true, false, std::nullopt}) == "10-");
    CHECK(text(TargetKind::points, Points{Point{1, 2.5}, std::nullopt}) == "1,2.5;-;");
    CHECK(text(TargetKind::boxes, Boxes{{1, 2, 3, 4, 1, true}, {5, 6, 7, 8, 0, false}}) ==
          "1,2,3,4,1!;5,6,7,8,0;");
    CHECK(text(TargetKind::mask, MaskSource(std::filesystem::path("/data/masks/3.png"))) == "3.png gone");
    const std::string map = text(TargetKind::mask, MaskSource(ClassMap{2, 1, {0, 1}}));
    CHECK(map == text(TargetKind::mask, MaskSource(ClassMap{2, 1, {0, 1}})));
    CHECK(map != text(TargetKind::mask, MaskSource(ClassMap{2, 1, {1, 1}})));
}

// Proves: what splits and samplers count by, and which places lie beside the input.
TEST_CASE("classes and places") {
    CHECK(kind_of(TargetKind::category).class_of(std::int64_t{2}) == 2);
    CHECK_FALSE(kind_of(TargetKind::category).class_of(std::monostate{}).has_value());
    CHECK_FALSE(kind_of(TargetKind::scalar).class_of(2.0).has_value());
    const Column points = column_of(TargetKind::points, {Points{Point{0, 0}, Point{3, 2}, Point{3.1, 1}},
                                                         Points{Point{1, -0.1}, {}, {}}});
    const PlaceCount count = kind_of(TargetKind::points).count_places(points, input);
    CHECK(count.known == 4);
    CHECK(count.outside == 2);
}

// Proves: a prediction of another shape, or whose numbers cannot be, is told in words; a right one is not.
TEST_CASE("predictions") {
    CHECK(problem(TargetKind::category, at::full({4, 3}, 1.0 / 3)) == "");
    CHECK(problem(TargetKind::category, at::full({4, 2}, 0.5)) ==
          "has the shape [4, 2]; a prediction of the kind category is [4, 3] (-1: any)");
    CHECK(problem(TargetKind::category, at::full({4, 3}, 0.5)) == "has probabilities whose sum is not 1");
    CHECK(problem(TargetKind::labels, at::full({4, 2}, 0.5)) == "");
    CHECK(problem(TargetKind::labels, at::full({4, 2}, 1.5)) == "has a probability outside 0..1");
    CHECK(problem(TargetKind::labels, at::full({4, 2}, -0.1)) == "has a probability outside 0..1");
    CHECK(problem(TargetKind::scalar, at::zeros({4})) == "");
    CHECK(problem(TargetKind::scalar, at::zeros({4, 1})) ==
          "has the shape [4, 1]; a prediction of the kind scalar is [4] (-1: any)");
    CHECK(problem(TargetKind::scalar, at::full({4}, std::nan(""))) == "has a number that is not finite");
    CHECK(problem(TargetKind::points, at::zeros({1, 3, 2})) == "");
    CHECK(problem(TargetKind::points, at::zeros({1, 2, 3})) ==
          "has the shape [1, 2, 3]; a prediction of the kind points is [1, 3, 2] (-1: any)");
    CHECK(problem(TargetKind::tensor, at::zeros({2, 2, 3})) == "");
    CHECK(problem(TargetKind::mask, at::full({2, 2, 2, 3}, 0.5)) == "");
    CHECK(problem(TargetKind::mask, at::full({2, 2, 4, 6}, 0.5)) ==
          "has the shape [2, 2, 4, 6]; a prediction of the kind mask is [2, 2, 2, 3] (-1: any)");
    CHECK(problem(TargetKind::mask, at::ones({2, 2, 2, 3})) == "has probabilities whose sum is not 1");
    CHECK(problem(TargetKind::boxes, at::zeros({2, 17, 6})) == "");
    CHECK(problem(TargetKind::boxes, at::zeros({2, 0, 6})) == "");
    CHECK(problem(TargetKind::boxes, at::zeros({2, 6})) ==
          "has the shape [2, 6]; a prediction of the kind boxes is [2, -1, 6] (-1: any)");
    CHECK(problem(TargetKind::embedding, at::zeros({2, 4})) == "");
    CHECK(problem(TargetKind::embedding, at::zeros({2, 5})) ==
          "has the shape [2, 5]; a prediction of the kind embedding is [2, 4] (-1: any)");
    CHECK(problem(TargetKind::scalar, at::zeros({})) ==
          "has the shape []; a prediction of the kind scalar is [0] (-1: any)");
}
