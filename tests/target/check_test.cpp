// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a data set may not return: faults of the plugin, which end the run, and bad records, which are
// skipped.
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support.hpp"

using namespace graft;
using namespace graft::target;
using core::Category;
using graft::test::every_schema;
using graft::test::failure_text;
using graft::test::schema_of;

namespace {

/// What is said of a fault of the plugin, without what all of them share.
std::string fault(TargetKind kind, const TargetValue& value) {
    const TargetSchema schema = schema_of(kind);
    const std::string text = failure_text([&] { check_targets({schema}, {value}); }, Category::plugin);
    const std::string start = "the data set's value for target '" + schema.name + "' ";
    const std::string end = "\n  correct the data set plugin: targets() must return what its schema() says";
    if (!text.starts_with(start) || !text.ends_with(end)) {
        return "unexpected: " + text;
    }
    return text.substr(start.size(), text.size() - start.size() - end.size());
}

/// What is said of a record that cannot be used.
std::string bad_record(TargetKind kind, const TargetValue& value) {
    return failure_text([&] { check_targets({schema_of(kind)}, {value}); }, Category::data);
}

constexpr double infinite = std::numeric_limits<double>::infinity();

}  // namespace

// Proves: every kind refuses the values of all others, by name.
TEST_CASE("a value of another kind is the plugin's fault") {
    const std::vector<TargetValue> values{std::int64_t{1},
                                          Labels{true, false},
                                          2.5,
                                          Points{Point{1, 2}, std::nullopt, std::nullopt},
                                          std::vector<float>(6, 1.0F),
                                          MaskSource(ClassMap{1, 1, {0}}),
                                          Boxes{}};
    const char* const texts[] = {"is no class index",    "is no list of labels",  "is no number",
                                 "is no list of points", "is no list of numbers", "is no mask",
                                 "is no list of boxes"};
    const auto schemas = every_schema();
    for (std::size_t kind = 0; kind < schemas.size(); ++kind) {
        for (std::size_t value = 0; value < values.size(); ++value) {
            CAPTURE(schemas[kind].name);
            CAPTURE(value);
            if (kind == value) {
                CHECK_NOTHROW(check_targets({schemas[kind]}, {values[value]}));
            } else {
                CHECK(fault(schemas[kind].kind, values[value]) == texts[kind]);
            }
        }
        CHECK_NOTHROW(check_targets({schemas[kind]}, {std::monostate{}}));  // missing is nobody's fault
    }
}

// Proves: counts and classes that the schema does not have are the plugin's fault.
TEST_CASE("counts and classes beyond the schema") {
    CHECK(fault(TargetKind::category, std::int64_t{3}) == "is class 3, but there are 3 classes");
    CHECK(fault(TargetKind::category, std::int64_t{-1}) == "is class -1, but there are 3 classes");
    CHECK(fault(TargetKind::labels, Labels{true}) == "has 1 entries, but its schema has 2");
    CHECK(fault(TargetKind::points, Points{Point{}, Point{}}) == "has 2 entries, but its schema has 3");
    CHECK(fault(TargetKind::tensor, std::vector<float>(5)) == "has 5 entries, but its schema has 6");
    CHECK(fault(TargetKind::boxes, Boxes{{0, 0, 1, 1, 2, false}}) == "is class 2, but there are 2 classes");
    CHECK(fault(TargetKind::embedding, 0.5) == "is an embedding, which data sets do not have; use a tensor");
    CHECK(failure_text(
              [] {
                  check_targets(every_schema(), {1.0, 2.0});
              },
              Category::plugin) ==
          "the data set returned 2 target values for a sample, but it has 7 targets\n"
          "  correct the data set plugin: targets() must return one value a target of its context");
}

// Proves: numbers that are not finite, and empty boxes, are records that cannot be used.
TEST_CASE("bad records") {
    CHECK(bad_record(TargetKind::scalar, std::nan("")) == "target 'age' is nan");
    CHECK(bad_record(TargetKind::scalar, -infinite) == "target 'age' is -inf");
    CHECK(bad_record(TargetKind::points, Points{Point{1, infinite}, std::nullopt, std::nullopt}) ==
          "target 'face' is inf");
    CHECK(bad_record(TargetKind::tensor, std::vector<float>{0, 0, 0, 0, 0, std::nanf("")}) ==
          "target 'code' is nan");
    CHECK(bad_record(TargetKind::boxes, Boxes{{0, 0, infinite, 1, 0, false}}) == "target 'cars' is inf");
    const std::string order = ", which is empty: left and top come first, right and bottom after them";
    CHECK(bad_record(TargetKind::boxes, Boxes{{5, 1, 4, 2, 0, false}}) ==
          "target 'cars' has the box [5, 1, 4, 2]" + order);
    CHECK(bad_record(TargetKind::boxes, Boxes{{1, 1, 2, 2, 0, false}, {0.5, 1, 2, 1, 0, true}}) ==
          "target 'cars' has the box [0.5, 1, 2, 1]" + order);
    // Places beside the picture are places all the same.
    CHECK(bad_record(TargetKind::boxes, Boxes{{-9, -9, 1e6, 1, 0, false}}) == "");
    CHECK(bad_record(TargetKind::points, Points{Point{-1e6, 4}, std::nullopt, std::nullopt}) == "");
}
