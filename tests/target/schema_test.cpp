// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The table of kinds: names, what is wrong with a schema, and examples that go with everything else.
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include "support.hpp"

using namespace graft;
using namespace graft::target;
using graft::test::every_schema;
using Texts = std::vector<std::string>;

namespace {

std::string problem(const TargetSchema& schema) {
    return kind_of(schema).schema_problem(schema);
}

TargetSchema with_points(void (*change)(TargetSchema&)) {
    TargetSchema schema = points_target("face", 3);
    change(schema);
    return schema;
}

}  // namespace

TEST_SUITE("smoke") {
    // Proves: every number of the enumeration has its class, and its name leads back to it.
    TEST_CASE("kinds and their names") {
        Texts names;
        for (const TargetKind kind : all_kinds()) {
            names.emplace_back(kind_name(kind));
            CHECK(kind_named(names.back()) == kind);
            CHECK(kind_of(kind).example_schema(2).kind == kind);
        }
        CHECK(names ==
              Texts{"category", "labels", "scalar", "points", "tensor", "mask", "boxes", "embedding"});
        CHECK(all_kinds().back() == TargetKind::embedding);
        CHECK_FALSE(kind_named("video").has_value());
    }
}

// Proves: only what lies in the picture moves with it.
TEST_CASE("spatial kinds") {
    for (const TargetKind kind : all_kinds()) {
        const bool moves =
            kind == TargetKind::points || kind == TargetKind::mask || kind == TargetKind::boxes;
        CHECK(kind_of(kind).is_spatial() == moves);
    }
}

// Proves: each kind finds what cannot be right in a schema of its own, and has nothing against a right one.
TEST_CASE("schema problems by kind") {
    for (const TargetSchema& schema : every_schema()) {
        CAPTURE(schema.name);
        CHECK(problem(schema) == "");
    }
    CHECK(problem(points_target("face", 0)) == "has no points");
    CHECK(problem(with_points([](TargetSchema& schema) { schema.point_names = {"nose"}; })) ==
          "has 3 points and 1 names for them");
    CHECK(problem(with_points([](TargetSchema& schema) {
              schema.mirrored_points = {{0, 3}};
          })) == "pairs the points 0 and 3, but there are 3");
    CHECK(problem(with_points([](TargetSchema& schema) {
              schema.mirrored_points = {{-1, 2}};
          })) == "pairs the points -1 and 2, but there are 3");
    CHECK(problem(with_points([](TargetSchema& schema) {
              schema.mirrored_points = {{0, 1}, {1, 2}};
          })) == "pairs the points 1 and 2, one of which is in another pair");
    CHECK(problem(with_points([](TargetSchema& schema) {
              schema.mirrored_points = {{0, 2}, {1, 1}};
          })) == "");
    for (void (*change)(TargetSchema&) : {+[](TargetSchema& schema) { schema.ruler = {1}; },
                                          +[](TargetSchema& schema) {
                                              schema.ruler = {1, 3};
                                          },
                                          +[](TargetSchema& schema) {
                                              schema.ruler = {0, 1, 2};
                                          }}) {
        CHECK(problem(with_points(change)) == "has a ruler that is not two of its points");
    }
    CHECK(problem(tensor_target("code", {2, 0})) == "has the shape [2, 0]; every side must be at least 1");
    CHECK(problem(tensor_target("code", {std::int64_t(1) << 40, std::int64_t(1) << 40})) ==
          "has the shape [1099511627776, 1099511627776]; at most 4294967296 numbers a sample are read");
    TargetSchema named = tensor_target("code", {2, 3});
    named.classes = {"a", "b", "c"};
    CHECK(problem(named) == "names 3 classes for the shape [2, 3]; its first side must have as many entries");
    named.classes.pop_back();
    CHECK(problem(named) == "");
    CHECK(problem(mask_target("ground", {})) == "has 0 classes; a mask has 1 to 255");
    CHECK(problem(mask_target("ground", Texts(256, "x"))) == "has 256 classes; a mask has 1 to 255");
    CHECK(problem(mask_target("ground", Texts(255, "x"))) == "");
    CHECK(problem(boxes_target("cars", {})) == "has no classes; boxes have at least one");
}

// Proves: what a list of schemas adds: two of one name, kinds of a later graft, unknown properties; all told.
TEST_CASE("problems of a list of schemas") {
    CHECK(schema_problems(every_schema()).empty());
    std::vector<TargetSchema> schemas{scalar_target("age", "years"), mask_target("age", {}),
                                      make_target("clip", static_cast<TargetKind>(11))};
    schemas[0].properties["log"] = "yes";
    CHECK(schema_problems(schemas) ==
          Texts{"target 'age' has the property 'log', which this graft does not know",
                "target 'age' is declared twice", "target 'age' has 0 classes; a mask has 1 to 255",
                "target 'clip' is of a kind that this graft does not know (number 11)"});
    CHECK(schema_problems({scalar_target("", "years")}) == Texts{"a target has no name"});
}

// Proves: a kind's example is a sound schema whose examples pass its checks, make a column and have a text;
// examples of other numbers are not all the same.
TEST_CASE("examples") {
    const image::Extent input{48, 64};
    for (const TargetKind kind : all_kinds()) {
        CAPTURE(kind_name(kind));
        const TargetSchema schema = kind_of(kind).example_schema(3);
        CHECK(schema_problems({schema}).empty());
        if (kind == TargetKind::embedding) {
            continue;  // data sets do not have them
        }
        std::vector<TargetValue> values;
        std::vector<const TargetValue*> pointers;
        std::vector<std::string> texts;
        for (std::uint64_t number = 0; number < 6; ++number) {
            values.push_back(kind_of(kind).example_value(schema, input, number));
        }
        for (const TargetValue& value : values) {
            CHECK_NOTHROW(check_targets({schema}, {value}));
            pointers.push_back(&value);
            texts.push_back(kind_of(kind).text(value));
        }
        CHECK(texts[0] != texts[1]);
        CHECK(kind_of(kind).text(kind_of(kind).example_value(schema, input, 1)) == texts[1]);
        const Column column = kind_of(kind).batch(schema, pointers, input);
        CHECK(column.values.size(0) == 6);
        CHECK(column.present.all().item<bool>());
    }
}
