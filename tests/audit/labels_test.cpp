// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Confident learning against cleanlab's: label_errors.json is what tools/goldens/label_errors.py found.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "audit/labels.hpp"
#include "core/files.hpp"
#include "core/json_text.hpp"

namespace graft::audit {
namespace {

using graft::core::Json;
using graft::core::parse_json;

Judged judged_of(const Json& found) {
    Judged judged;
    judged.classes = found.at("classes").get<std::size_t>();
    judged.labels = found.at("labels").get<std::vector<int>>();
    for (const Json& row : found.at("probabilities")) {
        for (const Json& number : row) {
            judged.probabilities.push_back(number.get<double>());
        }
    }
    return judged;
}

}  // namespace

// Proves: the joint counts of labels and truths are cleanlab's, and so are the errors found, in its order by
// normalised margin and, put in the other order, by self-confidence.
TEST_CASE("label errors: as cleanlab finds them") {
    const Json all = parse_json(core::read_file(GRAFT_TEST_SOURCE "/tests/audit/label_errors.json"));
    REQUIRE(all.size() == 7);
    for (const auto& [name, found] : all.items()) {
        CAPTURE(name);
        const Judged judged = judged_of(found);
        CHECK(confident_joint(judged) == found.at("joint").get<Counts>());
        std::vector<LabelError> errors = label_errors(judged);
        const auto samples_of = [](const std::vector<LabelError>& list) {
            std::vector<std::size_t> samples(list.size());
            std::transform(list.begin(), list.end(), samples.begin(),
                           [](const LabelError& error) { return error.sample; });
            return samples;
        };
        CHECK(samples_of(errors) == found.at("normalized_margin").get<std::vector<std::size_t>>());
        std::stable_sort(errors.begin(), errors.end(), [](const LabelError& one, const LabelError& other) {
            return one.given_probability < other.given_probability;
        });
        CHECK(samples_of(errors) == found.at("self_confidence").get<std::vector<std::size_t>>());
    }
}

TEST_SUITE("smoke") {
    // Proves, by hand: of four sure samples the one with the other label is found, with both probabilities.
    TEST_CASE("label errors: one of four") {
        const Judged judged = {2, {0, 0, 1, 0}, {0.9, 0.1, 0.8, 0.2, 0.1, 0.9, 0.05, 0.95}};
        const std::vector<LabelError> errors = label_errors(judged);
        REQUIRE(errors.size() == 1);
        CHECK(errors[0].sample == 3);
        CHECK(errors[0].given == 0);
        CHECK(errors[0].suggested == 1);
        CHECK(errors[0].given_probability == 0.05);
        CHECK(errors[0].quality == doctest::Approx(0.05));
    }
}

}  // namespace graft::audit
