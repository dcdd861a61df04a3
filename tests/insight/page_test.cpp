// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "insight/page.hpp"
#include "core/json_text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/csv.hpp"
#include "core/files.hpp"
#include "insight/comparison.hpp"
#include "support/temporary_folder.hpp"

namespace {

using namespace graft::insight;
using graft::core::Json;
using graft::core::parse_json;
using graft::tests::TemporaryFolder;

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// Two classes whose names are hostile to HTML and to scripts, and two epochs.
void write_run(const TemporaryFolder& folder, const std::string& name, const std::string& predictions,
               const std::string& batch) {
    const std::string first = "</script><b>\"ants\"";
    const Json record = {
        {"status", "finished"},
        {"name", "ants & <bees>"},
        {"seconds", 3.5},
        {"seed", 7},
        {"device", "cpu"},
        {"parameters", {{"total", 1000}, {"trainable", 10}, {"phases", {{{"phase", 1}, {"trainable", 10}}}}}},
        {"predictions",
         {{{"name", "species"}, {"head", "species"}, {"kind", "category"}, {"classes", {first, "bees"}}}}},
        {"best", {{"epoch", 2}, {"metrics", {{"loss", 0.25}, {"species/accuracy", 0.75}}}}},
        {"final", {{"epoch", 2}, {"metrics", {{"loss", 0.25}, {"species/accuracy", 0.75}}}}},
        {"skipped", {{{"file", "a.jpg"}, {"reason", "is no <picture>"}}}},
        {"profile", {{"seconds", 3.5}, {"train", {{"forward", 1.5}}}, {"loader", Json::object()}}}};
    folder.write(name + "/run.json", record.dump());
    folder.write(name + "/pipeline.yaml", "graft: 1\nname: ants\ntrain: {batch: " + batch + ", epochs: 2}\n");
    folder.write(
        name + "/metrics.jsonl",
        R"({"epoch":1,"phase":1,"train":{"loss":1,"species/accuracy":0.625},"val":{"loss":0.9,"species/accuracy":0.5},"learning_rate":{"heads":0.1}}
{"epoch":2,"phase":1,"train":{"loss":0.5,"species/accuracy":0.875},"val":{"loss":0.25,"species/accuracy":0.75},"learning_rate":{"heads":0.05}}
)");
    const std::string quoted = "\"</script><b>\"\"ants\"\"\"";
    std::string table =
        "id,species.truth,species.prediction,species.probability,species.loss,"
        "\"species.probability.</script><b>\"\"ants\"\"\",species.probability.bees\n";
    for (std::size_t sample = 0; sample < predictions.size(); ++sample) {
        const bool is_first = predictions[sample] == 'a';
        table += "s" + std::to_string(sample) + "," + quoted + "," + (is_first ? quoted : "bees") +
                 ",0.8,0.2," + (is_first ? "0.8,0.2\n" : "0.2,0.8\n");
    }
    folder.write(name + "/predictions.csv", table);
}

// Proves: names from elsewhere end neither a script nor an element; the page asks nobody for anything; every
// chart has its data beside it and its place in the page.
TEST_CASE("the page of a run") {
    const TemporaryFolder folder;
    write_run(folder, "run", "aabb", "8");
    const RunLeft run = read_run_left(folder.file("run"));
    Illustration illustration;
    illustration.thumbnails["s0"] = {{"width", 10}, {"height", 10}, {"jpeg", "QUJD"}};
    const Document document = page_of(run, illustration);
    const std::string page = document.page();
    CHECK(has(page, "<title>ants &amp; &lt;bees&gt;: what the network learnt</title>"));
    CHECK_FALSE(has(page, "</script><b>"));
    CHECK(has(page, "href=\"data:image/jpeg;base64,QUJD\""));
    CHECK(has(page, "is no &lt;picture&gt;"));
    CHECK(has(page, "Released under the MIT License"));  // of the library
    for (const char* asks :
         {"src=\"http", "href=\"http", "@import", "url(http", "<link rel=\"stylesheet\""}) {
        CAPTURE(asks);
        CHECK_FALSE(has(page, asks));
    }
    const std::string begin = "id=\"charts\">";
    const std::size_t first = page.find(begin) + begin.size();
    const Json charts = parse_json(page.substr(first, page.find("</script>", first) - first));
    CHECK(charts.size() == 4);
    const auto files = document.files();
    CHECK(files.front().first == "charts.json");  // by which what a full disk left of a page is known
    for (const Json& chart : charts) {
        const std::string id = chart["id"];
        CAPTURE(id);
        CHECK(has(page, "data-chart=\"" + id + "\""));
        CHECK(std::any_of(files.begin(), files.end(),
                          [&](const auto& file) { return file.first == id + ".csv"; }));
    }
    CHECK(charts[0]["marks"][0] == Json{{"x", 2.0}, {"label", "best"}});
    CHECK(charts[0]["series"][1]["points"][1] == Json{2, 0.25});
    CHECK(charts[1]["title"] == "species/accuracy (validation; training dashed)");
    CHECK(charts[1]["series"][1] == Json{{"label", "accuracy, training"},
                                         {"dots", false},
                                         {"dashed", true},
                                         {"bars", false},
                                         {"points", {{1, 0.625}, {2, 0.875}}}});
    const auto confusion = std::find_if(
        files.begin(), files.end(), [](const auto& file) { return file.first == "answer-1-confusion.csv"; });
    REQUIRE(confusion != files.end());
    CHECK(graft::core::csv_rows(confusion->second)[1] ==
          std::vector<std::string>{"</script><b>\"ants\"", "2", "2"});
    write(document, folder.file("page.html"), folder.file("page"));
    CHECK(graft::core::read_file(folder.file("page.html")) == page);
}

// Proves: what a page asks an engine for, and that it shows what comes; pictures beyond what a page holds are
// left out.
TEST_CASE("pictures of samples and where their answers came from") {
    const TemporaryFolder folder;
    write_run(folder, "run", "aabb", "8");
    const RunLeft run = read_run_left(folder.file("run"));
    const Json asked = to_json(pictures_wanted(run));
    CHECK(asked["ids"].size() == 4);
    CHECK(asked["gradcam"] == parse_json(R"([{"answer": "species", "ids": ["s2", "s3", "s0", "s1"]}])"));
    const std::string large(2'000'000, 'A');
    const Json result = {{"pictures",
                          {{{"id", "s0"}, {"width", 10}, {"height", 10}, {"jpeg", large}},
                           {{"id", "s1"}, {"width", 10}, {"height", 10}, {"jpeg", large}},
                           {{"id", "s2"}, {"problem", "is <gone>\nby now"}}}},
                         {"gradcam",
                          {{{"answer", "species"},
                            {"id", "s0"},
                            {"of", "bees"},
                            {"stage", "<4>"},
                            {"grid", {{0.5, 1}}},
                            {"jpeg", "QUJD"}}}}};
    const Document document = page_of(run, illustration_of(result));
    const std::string page = document.page();
    CHECK(has(page, "aria-label=\"Grad-CAM of bees: s0\""));
    CHECK(has(page, "href=\"data:image/jpeg;base64,QUJD\""));
    CHECK(has(page, "behind stage &lt;4&gt;)"));
    CHECK(has(page, "is &lt;gone&gt;"));
    CHECK_FALSE(has(page, "by now"));
    CHECK(has(page, "not in the page, which has pictures enough"));
    CHECK(page.size() < 2'400'000);  // the first one, once for three lists
    const auto files = document.files();
    const auto grids = std::find_if(files.begin(), files.end(),
                                    [](const auto& file) { return file.first == "gradcam.json"; });
    REQUIRE(grids != files.end());
    CHECK(parse_json(grids->second) ==
          parse_json(R"([{"answer":"species","id":"s0","of":"bees","stage":"<4>","grid":[[0.5,1]]}])"));
}

// Proves: a run that has only begun, or that an older graft made, has a page, too.
TEST_CASE("the page of a run of which nearly nothing is known") {
    const TemporaryFolder folder;
    folder.write("run/run.json", R"({"status": "failed", "error": "the disk is full"})");
    const std::string page = page_of(read_run_left(folder.file("run")), {}).page();
    CHECK(has(page, "the disk is full"));
    CHECK(has(page, "No epoch has ended."));
}

// Proves: what differs and which samples changed sides, counted by hand.
TEST_CASE("runs beside each other") {
    const TemporaryFolder folder;
    write_run(folder, "one", "aabb", "8");
    write_run(folder, "two", "abab", "16");
    std::vector<RunLeft> runs = {read_run_left(folder.file("one")), read_run_left(folder.file("two"))};
    name_apart(runs);
    CHECK(runs[0].name == folder.file("one"));
    const auto differences = pipeline_differences(runs);
    REQUIRE(differences.size() == 1);
    CHECK(differences[0].key == "train.batch");
    CHECK(differences[0].values == std::vector<std::string>{"8", "16"});
    const auto changed = sides_changed(runs);
    REQUIRE(changed.size() == 1);
    CHECK(changed[0].samples == 4);
    REQUIRE(changed[0].mended.size() == 1);
    CHECK(changed[0].mended[0].id == "s2");
    REQUIRE(changed[0].spoiled.size() == 1);
    CHECK(changed[0].spoiled[0].id == "s1");
    const std::string page = page_of(runs, {}).page();
    CHECK(has(page, "of 4 samples that both have, 1 became right and 1 wrong."));
    const Json json = comparison_json(runs);
    CHECK(json["changed"][0]["mended"] == Json::array({"s2"}));
    CHECK(json["runs"][1]["scores"]["species/accuracy"] == 0.75);
}

}  // namespace
