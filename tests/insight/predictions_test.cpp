// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "insight/predictions.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/problem.hpp"
#include "insight/constant.hpp"
#include "support/temporary_folder.hpp"

namespace {

using namespace graft::insight;
using graft::core::Json;
using graft::tests::TemporaryFolder;

const Json record = {
    {"predictions",
     {{{"name", "species"}, {"head", "species"}, {"kind", "category"}, {"classes", {"ants", "b,ees"}}},
      {{"name", "person/age"}, {"head", "person"}, {"kind", "scalar"}, {"unit", "years"}},
      {{"name", "face"}, {"head", "face"}, {"kind", "points"}, {"points", {"left", "right"}}}}}};

constexpr const char* table =
    "id,species.truth,species.prediction,species.probability,person/age.truth,person/age.prediction,"
    "person/age.error,face.error,species.loss,person.loss,face.loss,species.probability.ants,"
    "\"species.probability.b,ees\",face.truth.left.x,face.prediction.left.x,face.truth.left.y,"
    "face.prediction.left.y,face.truth.right.x,face.prediction.right.x,face.truth.right.y,"
    "face.prediction.right.y\n"
    "\"a,1\",ants,ants,0.75,30,33,3,5,0.25,3,2,0.75,0.25,10,13,20,24,,1,,2\n"
    "b,,\"b,ees\",0.9,,41,,,,,,0.1,0.9,,1,,2,,3,,4\n";

std::string complaint(const std::string& text, const Json& of = record) {
    const TemporaryFolder folder;
    folder.write("predictions.csv", text);
    try {
        read_predictions(folder.path().string(), of);
        return "";
    } catch (const graft::core::Failure& failure) {
        const std::string what = failure.what();
        const std::string name = folder.file("predictions.csv");
        CHECK(what.starts_with(name));
        return what.substr(name.size(), what.find('\n') - name.size());
    }
}

// Proves: every cell arrives under its name, what nobody knows is no number.
TEST_CASE("the table of predictions is read by what the record says") {
    const TemporaryFolder folder;
    CHECK_FALSE(read_predictions(folder.path().string(), record));
    folder.write("predictions.csv", table);
    CHECK_FALSE(read_predictions(folder.path().string(), Json::object()));
    const auto read = read_predictions(folder.path().string(), record);
    REQUIRE(read);
    CHECK(read->ids == std::vector<std::string>{"a,1", "b"});
    const Answered& species = read->answered[0];
    CHECK(species.truth == std::vector<int>{0, -1});
    CHECK(species.predicted == std::vector<int>{0, 1});
    CHECK(species.probabilities[1] == Numbers{0.1, 0.9});
    CHECK(species.mistake(0) == 0);
    CHECK(std::isnan(species.mistake(1)));
    CHECK(read->answered[1].mistake(0) == 3);
    CHECK(read->answered[2].predicted_values[0] == Numbers{13, 24, 1, 2});
    CHECK(std::isnan(read->answered[2].true_values[0][2]));
    CHECK(read->loss(0) == 5.25);
    CHECK(std::isnan(read->loss(1)));
}

TEST_CASE("a table that is damaged is named with row and column") {
    const std::string whole = table;
    CHECK(complaint("") == ": it is empty, but has a row of names at least");
    CHECK(complaint(whole + "c,ants\n") == ": row 4 has 2 cells, the row of names 21");
    std::string other = whole;
    other.replace(other.find(",0.75,30"), 5, ",high");
    CHECK(complaint(other) == ": row 2, column 'species.probability': 'high' is no number");
    other = whole;
    other.replace(other.find("1\",ants"), 7, "1\",wasp");
    CHECK(complaint(other) == ": column 'species.truth': there is no class 'wasp'");
    CHECK(complaint("id\n") == ": there is no column 'species.truth', which run.json tells of");
}

Answered species(const std::vector<int>& truth, const std::vector<int>& predicted) {
    Answered answered;
    answered.answer = {"species", "species", "category", {"ants", "bees"}, "", {}};
    answered.truth = truth;
    answered.predicted = predicted;
    return answered;
}

/// So many names.
std::vector<std::string> ids(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t number = 0; number < count; ++number) {
        names.push_back(std::to_string(number));
    }
    return names;
}

AgainstConstant only(const Answered& answered, const Constant& constant, const PictureSizes& sizes = {}) {
    const std::size_t samples = std::max(answered.truth.size(), answered.error.size());
    const auto all = against_constants({ids(samples), {answered}, {}, {}}, {constant}, sizes);
    REQUIRE(all.size() == 1);
    return all[0];
}

// Proves: the counts are those of a table made by hand; equal to the constant is not better.
TEST_CASE("classes against the most frequent one") {
    std::vector<int> truth(30, 0);
    std::fill(truth.begin() + 20, truth.end(), 1);  // 20 ants, 10 bees
    std::vector<int> predicted = truth;
    predicted[0] = 1;
    const AgainstConstant good = only(species(truth, predicted), {"species", 0, {}});
    CHECK(good.model == doctest::Approx(29.0 / 30));
    CHECK(good.with_constant == doctest::Approx(20.0 / 30));
    CHECK(good.gain() == doctest::Approx(9.0 / 30));
    CHECK(good.better);
    CHECK(good.varies);
    CHECK(warning_of(good).empty());
    const AgainstConstant same = only(species(truth, std::vector<int>(30, 0)), {"species", 0, {}});
    CHECK(same.gain() == 0);
    CHECK_FALSE(same.better);
    CHECK_FALSE(same.varies);
    CHECK(warning_of(same).starts_with(
        "species: the network is no better than always ants (accuracy 0.6667 against 0.6667, 30 samples), "
        "and its predictions are nearly the same for all samples. Usual causes: a learning rate"));
    CHECK(against_constants({ids(2), {species({0, 1}, {0, 0})}, {}, {}}, {{"species", 0, {}}}).empty());
    truth.assign(30, -1);
    CHECK(against_constants({ids(30), {species(truth, predicted)}, {}, {}}, {{"species", 0, {}}}).empty());
}

// Proves: errors in the unit; a network that says the mean of everything is found out though it is not worse.
TEST_CASE("numbers and places against their means") {
    Answered age;
    age.answer = {"age", "age", "scalar", {}, "years", {}};
    Answered flat = age;
    Answered places;
    places.answer = {"face", "face", "points", {}, "", {"nose"}};
    for (int sample = 0; sample < 40; ++sample) {
        const double truth = 20 + sample;  // mean 39.5, mean distance from it 10
        age.true_values.push_back({truth});
        age.predicted_values.push_back({truth + 2});
        age.error.push_back(2);
        flat.true_values.push_back({truth});
        flat.predicted_values.push_back({39.5 + 0.001 * sample});
        flat.error.push_back(39.5 + 0.001 * sample - truth);
        places.true_values.push_back({truth, 7});
        places.predicted_values.push_back({truth, 10});
        places.error.push_back(3);
    }
    const AgainstConstant good = only(age, {"age", -1, {39.5}});
    CHECK(good.model == 2);
    CHECK(good.with_constant == 10);
    CHECK(good.gain() == 8);
    CHECK(good.constant == "always 39.5 years");
    CHECK(warning_of(good).empty());
    const AgainstConstant constant = only(flat, {"age", -1, {39.5}});
    CHECK_FALSE(constant.varies);
    CHECK(!warning_of(constant).empty());
    PictureSizes sizes;
    for (const std::string& id : ids(40)) {
        sizes[id] = {100, 10};
    }
    const Constant mean_face{"face", -1, {0.395, 0.7}};  // in parts of the pictures
    const AgainstConstant face = only(places, mean_face, sizes);
    CHECK(face.model == 3);
    CHECK(face.with_constant == doctest::Approx(10));
    CHECK(face.samples == 40);
    CHECK(face.better);
    sizes.erase("0");
    CHECK(only(places, mean_face, sizes).samples == 39);
}

// Proves: what a writer says of itself is what a reader finds.
TEST_CASE("answers come back from their JSON") {
    const auto answers = answers_from_json(record["predictions"]);
    REQUIRE(answers.size() == 3);
    CHECK(to_json(answers) == record["predictions"]);
    CHECK(answers_from_json("nonsense").empty());
}

}  // namespace
