// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Sections of a page that stand on samples: numbers by hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/csv.hpp"
#include "core/json_text.hpp"
#include "insight/confusion_cells.hpp"
#include "insight/page.hpp"
#include "insight/point_drawing.hpp"
#include "insight/sections.hpp"

namespace {

using namespace graft::insight;
using graft::core::Json;
using graft::core::parse_json;
using Rows = std::vector<std::vector<std::string>>;

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// Six samples of two classes, an age each.
RunLeft people() {
    RunLeft run;
    run.record = Json::object();
    run.evaluation = Json::object();
    Predictions predictions;
    predictions.ids = {"a", "b", "c", "d", "e", "f"};
    Answered gender;
    gender.answer = {"gender", "person", "category", {"man", "<woman>"}, "", {}};
    gender.truth = {0, 0, 0, 0, 1, -1};
    gender.predicted = {0, 0, 1, 1, 1, 1};
    gender.probability = {0.9, 0.6, 0.7, 0.95, 0.8, 0.5};
    Answered age;
    age.answer = {"age", "person", "scalar", {}, "years", {}};
    age.true_values = {{5}, {12}, {14}, {58}, {41}, {unknown}};
    age.predicted_values = {{7}, {10}, {15}, {50}, {41}, {30}};
    age.error = {2, -2, 1, -8, 0, unknown};
    predictions.answered = {gender, age};
    run.predictions = predictions;
    return run;
}

Rows table_of(const Document& document, const std::string& name) {
    for (const auto& [file, text] : document.files()) {
        if (file == name + ".csv") {
            return graft::core::csv_rows(text);
        }
    }
    return {};
}

}  // namespace

// Proves: mistakes come first, the surest of them at the front; of what is right the least sure; a sample
// whose truth nobody knows is in no cell.
TEST_CASE("the samples behind a confusion matrix") {
    const RunLeft run = people();
    const std::vector<Cell> cells = cells_of(run.predictions->answered[0]);
    REQUIRE(cells.size() == 3);
    CHECK(cells[0].truth == 0);
    CHECK(cells[0].predicted == 1);
    CHECK(cells[0].samples == std::vector<std::size_t>{3, 2});
    CHECK(cells[1].samples == std::vector<std::size_t>{1, 0});
    CHECK(cells[2].samples == std::vector<std::size_t>{4});
    WantedSamples wanted;
    wanted.pictures = {"c"};
    want_cells(*run.predictions, wanted);
    CHECK(wanted.small_pictures == std::vector<std::string>{"d", "b", "a", "e"});
    const std::string page = page_of(run, {}).page();
    CHECK(holds(
        page,
        "<a href=\"#answer-1-cell-0-1\" aria-label=\"2 samples: truth man, predicted &lt;woman&gt;\">2</a>"));
    CHECK(holds(page, "id=\"answer-1-cell-0-1\" tabindex=\"-1\" role=\"group\""));
    CHECK_FALSE(holds(page, "href=\"#answer-1-cell-1-0\""));  // nothing is behind a 0
    CHECK(holds(page, "href=\"#answer-1-confusion\""));
    CHECK(holds(page, "id=\"answer-1-confusion\""));
}

// Proves: of many samples five have pictures, some are named, and the others counted.
TEST_CASE("a cell of many samples") {
    RunLeft run = people();
    Predictions& predictions = *run.predictions;
    predictions.answered.resize(1);
    Answered& gender = predictions.answered[0];
    gender.truth.assign(1000, 0);
    gender.predicted.assign(1000, 1);
    gender.probability.assign(1000, 0.5);
    predictions.ids.clear();
    for (int sample = 0; sample < 1000; ++sample) {
        predictions.ids.push_back("photo-" + std::to_string(sample));
    }
    WantedSamples wanted;
    want_cells(predictions, wanted);
    CHECK(wanted.small_pictures.size() == 5);
    Document document("cells");
    document.section("x", "x");
    add_cells(document, "x", gender, predictions, {});
    const std::string page = document.page();
    CHECK(holds(page, "photo-4</span>"));
    CHECK(holds(page, "<li>photo-44</li>"));
    CHECK_FALSE(holds(page, "photo-45<"));
    CHECK(holds(page, "and 955 more in predictions.csv"));
}

// Proves: groups by hand: ages 5 to 58 in steps of five.
TEST_CASE("a class by groups of a number") {
    Document document("groups");
    add_groups(document, people());
    CHECK(table_of(document, "groups-1") == Rows{{"age (years)", "samples", "right: gender",
                                                  "mean error (years)", "truth man", "truth <woman>"},
                                                 {"5 to 10", "1", "100.0 %", "2", "1", "0"},
                                                 {"10 to 15", "2", "50.0 %", "1.5", "2", "0"},
                                                 {"40 to 45", "1", "100.0 %", "0", "0", "1"},
                                                 {"55 to 60", "1", "0.0 %", "8", "1", "0"}});
}

// Proves: errors of points are means over the samples that know them, drawn where the engine says the points
// are.
TEST_CASE("errors of points on the mean of the points") {
    Answered answered;
    answered.answer = {"marks", "marks", "points", {}, "", {"eye", "nose"}};
    answered.true_values = {{10, 10, 20, 20}, {30, 30, unknown, unknown}};
    answered.predicted_values = {{13, 14, 20, 21}, {30, 31, 5, 5}};
    const Json data = parse_json(R"({"sizes": [{"width": 200, "height": 100, "pictures": 7}],
        "points": [{"target": "marks", "names": ["eye", "nose"], "pictures": 7,
                    "spread": [[0.25, 0.5, 0.0004, 0.0016, 0], [0.5, 0.75, 0, 0, 0]]}]})");
    Document document("points");
    document.section("answer-1", "marks");
    add_point_errors(document, "answer-1", answered, data);
    CHECK(table_of(document, "answer-1-points") ==
          Rows{{"point", "mean error (pixels)", "samples"}, {"eye", "3", "2"}, {"nose", "1", "1"}});
    CHECK(holds(document.page(), "cx=\"50\" cy=\"50\" r=\"3\"><title>eye: 3 pixels</title>"));
    const std::string spread = drawing_of_spread(placed_points(data["points"][0]), frame_of(data), "marks");
    CHECK(holds(spread, "viewBox=\"0 0 200 100\""));
    CHECK(holds(spread, "<title>eye</title><ellipse class=\"spread\" cx=\"50\" cy=\"50\" rx=\"4\" ry=\"4\""));
}

// Proves: numbers, sizes and the map that an engine tells are shown, and their data lie beside the page.
TEST_CASE("data and map as an engine tells them") {
    const RunLeft run = people();
    Illustration illustration;
    illustration.data = parse_json(R"({"numbers": [{"target": "age", "unit": "years", "first": 0, "width": 10,
        "train": [1, 4, 2], "val": [0, 0, 3]}],
        "sizes": [{"width": 200, "height": 100, "pictures": 3}, {"width": 64, "height": 64, "pictures": 1}]})");
    illustration.thumbnails["c"] = {{"width", 20}, {"height", 10}, {"jpeg", "QUJD"}};
    illustration.map =
        parse_json(R"({"samples": 9, "stage": "layer4", "numbers": 512, "ids": ["c", "a", "zz"],
        "neighbours": [[1, 2], [0, 2], [0, 1]],
        "pca": {"places": [[0, 0], [1, 0.5], [0.2, 1]], "shares": [0.5, 0.25], "trustworthiness": 0.75},
        "tsne": {"places": [[1, 1], [0, 0.5], [0.5, 0]], "trustworthiness": 0.9}})");
    const Document document = page_of(run, illustration);
    CHECK(table_of(document, "histogram-1")[2] == std::vector<std::string>{"training", "10", "4"});
    CHECK(table_of(document, "sizes") == Rows{{"width × height", "pictures", "share"},
                                              {"200 × 100", "3", "75.0 %"},
                                              {"64 × 64", "1", "25.0 %"}});
    CHECK(table_of(document, "map")[1] == std::vector<std::string>{"c", "1", "1", "0", "0", "a", "zz"});
    const std::string page = document.page();
    CHECK(holds(page, "Of 9 samples 3 are on the map, drawn at random by the run's seed."));
    CHECK(holds(page, "t-SNE (trustworthiness 0.900)"));
    CHECK(holds(page, "PCA (75 % of the variance, trustworthiness 0.750)"));
    const std::string begin = "id=\"map-data\">";
    const std::size_t first = page.find(begin) + begin.size();
    const Json map = parse_json(page.substr(first, page.find("</script>", first) - first));
    CHECK(map["pictures"] == parse_json(R"([["picture-1", 20, 10], null, null])"));
    CHECK(map["colours"][0]["values"] == parse_json("[0, 0, null]"));
    CHECK(map["colours"][2]["values"] == parse_json("[1, 0, null]"));
    CHECK(map["words"][0] ==
          "gender: truth man, predicted <woman> (0.70)\nage: truth 14, predicted 15 years");
}

// Proves: what a head finds is shown of the samples where its loss is largest and smallest, each with its
// lines and its loss; the colours of all drawings are explained once; a head without drawings adds nothing.
TEST_CASE("drawings of masks and boxes") {
    RunLeft run = people();
    Predictions& predictions = *run.predictions;
    predictions.answered.clear();
    predictions.ids = {"a", "b", "c"};
    predictions.heads = {"scene", "vector"};
    predictions.losses = {{0.125, 3, unknown}, {1, 2, 3}};
    const WantedSamples wanted = pictures_wanted(run);
    REQUIRE(wanted.drawn.size() == 2);
    CHECK(wanted.drawn[0] == std::pair(std::string("scene"), std::vector<std::string>{"a", "b"}));
    Json result = {{"drawn", Json::array()}};
    for (const std::string id : {"a", "b"}) {
        result["drawn"].push_back({{"head", "scene"},
                                   {"id", id},
                                   {"width", 264},
                                   {"height", 200},
                                   {"jpeg", "abc"},
                                   {"says", {"<road> 40 %"}},
                                   {"keys", {{{"name", "<road>"}, {"color", "#e69f00"}}}},
                                   {"truth", id == "b"}});
    }
    const std::string page = page_of(run, illustration_of(result)).page();
    const std::size_t worst = page.find("<h3>Largest loss</h3>");
    REQUIRE(worst != std::string::npos);
    CHECK(page.find("What scene finds in b", worst) < page.find("What scene finds in a", worst));
    CHECK(page.find("What scene finds in a", worst) < page.find("<h3>Smallest loss</h3>"));
    CHECK(holds(page, "&lt;road&gt; 40 %<br><span class=\"faint\">loss 0.125, a</span>"));
    const std::string key = "style=\"background:#e69f00\" aria-hidden=\"true\"></span>&lt;road&gt;</li>";
    CHECK(holds(page, key));
    CHECK(page.find(key) == page.rfind(key));
    CHECK(holds(page, "<p>Red is predicted, green is true.</p>"));
    CHECK_FALSE(holds(page, "vector: pictures"));
}
