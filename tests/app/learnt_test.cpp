// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a run tells of what its network learnt: predictions.csv, and the comparison with a constant answer.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"
#include "core/csv.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;
using graft::tests::slurp;
using Texts = std::vector<std::string>;

constexpr const char* photos = R"(
graft: 1
name: names
seed: 5
data: {use: image_folder, root: photos, image: {size: 32, resize: stretch}}
backbone: {use: resnet18}
head: {use: classification}
train: {device: cpu, batch: 4, epochs: 1, threads: 1}
)";

constexpr const char* unlearnt_faces = R"(
graft: 1
name: faces
seed: 3
data: {use: synthetic_faces, samples: 120, size: 32, image: {size: 32, resize: stretch}}
backbone: {use: resnet18}
heads:
  landmarks: {use: keypoints, target: points}
  person: {use: age_gender, targets: {age: age, gender: gender}}
train: {device: cpu, batch: 30, epochs: 1, optimizer: {use: sgd, lr: 1e-9}}
)";

/// predictions.csv by the names of its columns.
struct TableOfRun {
    explicit TableOfRun(const fs::path& file) {
        const auto rows = graft::core::csv_rows(slurp(file));
        REQUIRE(!rows.empty());
        for (std::size_t row = 1; row < rows.size(); ++row) {
            REQUIRE(rows[row].size() == rows[0].size());
            for (std::size_t cell = 0; cell < rows[row].size(); ++cell) {
                columns[rows[0][cell]].push_back(rows[row][cell]);
            }
        }
    }

    double mean(const std::string& name, bool absolute = false) const {
        double sum = 0;
        for (const std::string& cell : columns.at(name)) {
            sum += absolute ? std::abs(std::stod(cell)) : std::stod(cell);
        }
        return sum / static_cast<double>(columns.at(name).size());
    }

    std::map<std::string, Texts> columns;
};

/// The page of that run: pictures, verdict, stages, and the data of its tables beside it.
void check_page(const CommandLine& line) {
    const Printed reported = line.graft({"report", "run"});
    CAPTURE(reported.err);
    REQUIRE(reported.exit_code == 0);
    CHECK(has(reported.out, "page                run/report.html\n"));
    const std::string page = slurp(line.folder / "run/report.html");
    CHECK(has(page, "href=\"data:image/jpeg;base64,/9j/"));  // how a JPEG begins
    CHECK_FALSE(has(page, "class=\"lost\""));
    CHECK(has(page, "No better: the network has not learnt this."));
    CHECK(has(page, "<th scope=\"row\">layer1</th>"));
    CHECK(page.size() < 3'000'000);
    for (const char* file : {"loss.csv", "charts.json", "summary.csv"}) {
        CAPTURE(file);
        CHECK(fs::exists(line.folder / "run/report" / file) == (std::string(file) != "loss.csv"));
    }
}

/// Where answers came from: of the class and the number, at the last stage with more than one cell; of points
/// not. The data beside the page are the grids.
void check_gradcam(const CommandLine& line) {
    const std::string page = slurp(line.folder / "run/report.html");
    CHECK(has(page, "(Grad-CAM of the predicted class, behind stage layer3)"));
    CHECK(has(page, "(Grad-CAM of the predicted number, behind stage layer3)"));
    const Json grids = parse_json(slurp(line.folder / "run/report/gradcam.json"));
    REQUIRE(grids.size() > 2);
    std::map<std::string, int> answers;
    for (const Json& each : grids) {
        ++answers[each["answer"]];
        CHECK(each["grid"].size() == 2);
        CHECK(each["grid"][0].size() == 2);
        CHECK(has(each["of"], " person/age") == (each["answer"] == "person/age"));
    }
    CHECK(answers.size() == 2);
    CHECK(answers["person/gender"] > 0);
    const Printed other = line.graft({"report", "run", "--layer", "stem", "--out", "other.html"});
    CHECK(other.exit_code == 0);
    CHECK(has(slurp(line.folder / "other.html"), "behind stage stem)"));
    const Printed none = line.graft({"report", "run", "--layer", "layer5", "--out", "none.html"});
    CHECK(none.exit_code == 2);
    CHECK(none.err ==
          "error: --layer: there is no stage 'layer5' with places before head 'landmarks'\n  did you mean "
          "'layer3'?\n");
    CHECK_FALSE(fs::exists(line.folder / "none.html"));
}

/// The map of all validation samples, and of ten; the data that the engine looked through.
void check_map_and_data(const CommandLine& line, std::size_t samples) {
    const TableOfRun map(line.folder / "run/report/map.csv");
    CHECK(map.columns.at("id").size() == samples);
    for (const char* column : {"tsne.x", "tsne.y", "pca.x", "pca.y"}) {
        CAPTURE(column);
        for (const std::string& cell : map.columns.at(column)) {
            CHECK(std::stod(cell) >= 0);
            CHECK(std::stod(cell) <= 1);
        }
    }
    CHECK(map.columns.at("neighbour.1") != map.columns.at("id"));
    CHECK(TableOfRun(line.folder / "run/report/sizes.csv").columns.at("width × height") == Texts{"32 × 32"});
    const Texts ages = TableOfRun(line.folder / "run/report/histogram-1.csv").columns.at("samples");
    double counted = 0;
    for (const std::string& cell : ages) {
        counted += std::stod(cell);
    }
    CHECK(counted == static_cast<double>(120 + samples));  // of training, and of validation
    CHECK(fs::exists(line.folder / "run/report/points-1.csv"));
    CHECK(line.graft({"report", "run", "--map", "10", "--out", "ten.html"}).exit_code == 0);
    CHECK(TableOfRun(line.folder / "ten/map.csv").columns.at("id").size() == 10);
    CHECK(has(slurp(line.folder / "ten.html"),
              " samples 10 are on the map, drawn at random by the run's seed."));
    CHECK(line.graft({"report", "run", "--map", "0", "--out", "without.html"}).exit_code == 0);
    CHECK_FALSE(has(slurp(line.folder / "without.html"), "id=\"map-data\""));
}

}  // namespace

TEST_SUITE("slow") {
    // Proves: each validation sample has a row, whatever bytes its name has, and the rows say what the
    // metrics say, which are worked out elsewhere.
    TEST_CASE("a row a validation sample") {
        if (!graft::tests::has_engine()) {
            return;
        }
        const CommandLine line;
        for (const std::string split : {"train/", "val/"}) {
            for (const std::string name : {"caf\xe9/a,b.ppm", "caf\xe9/\"c\".ppm", "two\nlines/d.ppm",
                                           "two\nlines/e.ppm", "two\nlines/\xff.ppm"}) {
                line.folder.write("photos/" + split + name, graft::tests::plain_picture());
            }
        }
        line.folder.write("p.yaml", photos);
        const Printed ran = line.graft({"run", "p.yaml", "--out", "run"});
        CAPTURE(ran.err);
        REQUIRE(ran.exit_code == 0);
        const TableOfRun table(line.folder / "run/predictions.csv");
        CHECK(table.columns.at("id").size() == 5);
        Texts ids = table.columns.at("id");
        std::sort(ids.begin(), ids.end());
        CHECK(ids[0].ends_with("caf\\xE9/\"c\".ppm"));
        CHECK(ids[1].ends_with("caf\\xE9/a,b.ppm"));
        CHECK(ids[2].ends_with("two\\x0Alines/\\xFF.ppm"));
        const Json found = parse_json(slurp(line.folder / "run/evaluation.json"));
        CHECK(table.mean("classification.loss") ==
              doctest::Approx(found["metrics"]["loss"].get<double>()).epsilon(1e-4));
        double right = 0;
        for (std::size_t row = 0; row < 5; ++row) {
            right += table.columns.at("classification.truth")[row] ==
                             table.columns.at("classification.prediction")[row]
                         ? 0.2
                         : 0;
            CHECK(std::stod(table.columns.at("classification.probability.caf\\xE9")[row]) +
                      std::stod(table.columns.at("classification.probability.two\\x0Alines")[row]) ==
                  doctest::Approx(1).epsilon(1e-4));
        }
        CHECK(right == doctest::Approx(found["metrics"]["classification/accuracy"].get<double>()));
    }

    // Proves: a network that does not train is told so, with what a constant would do; the places of points
    // and the numbers of the table are those that the metrics measured.
    TEST_CASE("a run that learned nothing says so") {
        if (!graft::tests::has_engine()) {
            return;
        }
        const CommandLine line;
        line.folder.write("faces.yaml", unlearnt_faces);
        const Printed ran = line.graft({"run", "faces.yaml", "--out", "run"});
        CAPTURE(ran.err);
        REQUIRE(ran.exit_code == 0);
        CHECK(has(ran.err, "warning: person/age: the network is no better than always "));
        const Json record = parse_json(slurp(line.folder / "run/run.json"));
        const Json metrics = parse_json(slurp(line.folder / "run/evaluation.json"))["metrics"];
        const TableOfRun table(line.folder / "run/predictions.csv");
        CHECK(table.mean("person/age.error", true) ==
              doctest::Approx(metrics["person/age/mae"].get<double>()).epsilon(1e-4));
        // The pictures have the size of the input, so pixels are pixels.
        CHECK(table.mean("landmarks.error") ==
              doctest::Approx(metrics["landmarks/error"].get<double>()).epsilon(1e-4));
        for (const Json& compared : record["against_constant"]) {
            CAPTURE(compared.dump());
            CHECK(compared["samples"].get<std::size_t>() == table.columns.at("id").size());
            if (compared["name"] == "person/age") {
                CHECK(compared["better"] == false);
                CHECK(compared["model"].get<double>() ==
                      doctest::Approx(metrics["person/age/mae"].get<double>()).epsilon(1e-4));
                CHECK(compared["better_by"].get<double>() < 0);
            }
        }
        CHECK(record["against_constant"].size() == 3);
        CHECK(has(ran.out, "person/age against always "));
        check_page(line);
        check_gradcam(line);
        check_map_and_data(line, table.columns.at("id").size());
    }
}
