// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `graft report` and `graft compare`, with a script for an engine.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;
using graft::tests::slurp;

void write_run(const CommandLine& line, const std::string& name, double loss, const std::string& rate) {
    const std::string run = "runs/" + name;
    const Json record = {{"status", "finished"},
                         {"name", "bees"},
                         {"seconds", 2.0},
                         {"parameters", {{"trainable", 1026}}},
                         {"best", {{"epoch", 1}, {"metrics", {{"loss", loss}, {"species/accuracy", 0.5}}}}}};
    line.folder.write(run + "/run.json", record.dump());
    line.folder.write(run + "/pipeline.yaml", "graft: 1\ntrain: {optimizer: {lr: " + rate + "}}\n");
    line.folder.write(run + "/metrics.jsonl", "{\"epoch\": 1, \"val\": {\"loss\": 1}}\n");
}

}  // namespace

// Proves: the table's numbers are the records', for people, programs and spreadsheets.
TEST_CASE("compare prints runs beside each other") {
    const CommandLine line;
    write_run(line, "a", 0.25, "0.1");
    write_run(line, "b", 0.125, "0.01");
    const Printed text = line.graft({"compare", "runs/a", "runs/b"});
    CHECK(text.err.empty());
    CHECK(text.exit_code == 0);
    CHECK(text.out ==
          "Runs beside each other\n"
          "  run                     runs/a    runs/b\n"
          "  state                 finished  finished\n"
          "  best epoch              1 of 1    1 of 1\n"
          "  time                     2.0 s     2.0 s\n"
          "  trainable parameters     1,026     1,026\n"
          "  loss                    0.2500    0.1250\n"
          "  species/accuracy        0.5000    0.5000\n"
          "What differs in the pipelines\n"
          "  key                 runs/a  runs/b\n"
          "  train.optimizer.lr  0.1     0.01\n");
    const Printed csv = line.graft({"compare", "runs/a", "runs/b", "--csv"});
    CHECK(csv.out ==
          "run,state,best_epoch,seconds,loss,species/accuracy\n"
          "runs/a,finished,1,2,0.25,0.5\n"
          "runs/b,finished,1,2,0.125,0.5\n");
    const Json json = parse_json(line.graft({"compare", "runs/a", "runs/b", "--json"}).out);
    CHECK(json["pipeline"] == parse_json(R"([{"key": "train.optimizer.lr", "values": ["0.1", "0.01"]}])"));
}

TEST_CASE("compare and report refuse what they cannot do") {
    const CommandLine line;
    write_run(line, "a", 0.25, "0.1");
    CHECK(has(line.graft({"compare", "runs/a"}).err, "error: which runs? Two at least\n"));
    CHECK(has(line.graft({"compare", "runs/a", "runs/a", "--csv", "--json"}).err,
              "error: --csv and --json are two forms of one result; keep one of them\n"));
    CHECK(has(line.graft({"report"}).err, "error: which run?\n"));
    CHECK(has(line.graft({"report", "runs/a", "runs/a", "--layer", "x"}).err,
              "error: --layer is for the page of one run\n"));
    CHECK(has(line.graft({"report", "runs/a", "--port", "80"}).err, "error: --port is for --serve\n"));
    CHECK(has(line.graft({"report", "runs/a", "--serve", "--port", "x"}).err,
              "error: --port 'x' is no number from 0 to 65535\n"));
    CHECK(has(line.graft({"report", "runs/a", "--serve", "--out", "x"}).err,
              "error: --serve writes no page and runs no network, so --out means nothing\n"));
    CHECK(has(line.graft({"report", "runs/a", "--map", "5001"}).err,
              "error: --map '5001' is no number from 0 to 5000\n"));
    CHECK(line.graft({"report", "nowhere"}).exit_code == 2);
    line.folder.write("runs/a/evaluation.json", "[");
    const Printed damaged = line.graft({"report", "runs/a"});
    CHECK(damaged.exit_code == 4);
    CHECK(damaged.err ==
          "error: runs/a/evaluation.json is damaged: it is no JSON object\n"
          "  put a copy of it back, or remove it: the rest is then shown without\n");
}

// Proves: a page's data never go among somebody's files, whose names may be the same. A record or an
// evaluation that was cut to nothing is damaged, not absent.
TEST_CASE("report writes beside nobody's files, and of nothing damaged") {
    const CommandLine line;
    write_run(line, "a", 0.25, "0.1");
    line.folder.write("mine/summary.csv", "my own");
    const Printed refused = line.graft({"report", "runs/a", "--out", "mine.html"});
    CHECK(refused.exit_code == 2);
    CHECK(has(refused.err, "the data of the page's charts go to 'mine', which holds something else\n"));
    CHECK(slurp(line.folder / "mine/summary.csv") == "my own");
    line.folder.write("runs/a/evaluation.json", "");
    CHECK(line.graft({"report", "runs/a"}).exit_code == 4);
    line.folder.write("runs/a/run.json", R"({"status": 5})");
    CHECK_FALSE(has(line.graft({"report", "runs/a"}).err, "a fault of graft"));
    line.folder.write("runs/a/run.json", "");
    CHECK(line.graft({"report", "runs/a"}).err ==
          "error: runs/a/run.json is damaged: it is no JSON object\n"
          "  put a copy of it back, or train again with the pipeline.yaml beside it\n");
}

// Proves: the data of an earlier page are nobody's.
TEST_CASE("report writes a page once more") {
    if (!graft::tests::has_engine()) {
        return;
    }
    const CommandLine line;
    write_run(line, "a", 0.25, "0.1");
    CHECK(line.graft({"report", "runs/a", "--out", "other"}).exit_code == 0);
    CHECK(line.graft({"report", "runs/a", "--out", "other"}).exit_code == 0);
}

// Proves: the page of a running job is there for this machine's browser alone, follows the run, and ends with
// a signal; nothing else is served, to nobody else.
TEST_CASE("report serves the page of a run") {
    const CommandLine line;
    write_run(line, "a", 0.25, "0.1");
    line.folder.write("runs/a/run.json", R"({"status": "running", "name": "bees"})");
    const Printed asked = line.shell("python3 " GRAFT_TEST_SOURCE
                                     "/tests/app/ask_page.py \"$graft\" runs/a runs/a/metrics.jsonl");
    CAPTURE(asked.err);
    REQUIRE(asked.exit_code == 0);
    const Json found = parse_json(asked.out);
    CHECK(found["page"] == 200);
    CHECK(found["has_watch"] == true);
    CHECK(found["policy"] == "default-src 'none'");
    CHECK(found["epochs"] == Json{1, 2});
    CHECK(found["head"] == Json{200, 0});
    CHECK(found["localhost"] == 200);
    CHECK(found["rebound"] == 421);
    CHECK(found["other_port"] == 421);
    CHECK(found["post"] == 405);
    for (const Json& status : found["outside"]) {
        CHECK(status == 404);
    }
    CHECK(found["elsewhere"] == false);
    CHECK(found["beside_idle"] == 200);
    CHECK(found["taken"][0] == 6);
    CHECK(found["taken"][1] ==
          "error: port PORT of 127.0.0.1 cannot be had: Address already in use\n"
          "  --port names another one; without it any free one is taken\n");
    CHECK(found["exit"] == 0);
}

// Proves: where the engine fails (a plugin that is gone, data that moved), the page is written without
// pictures and says so.
TEST_CASE("report without an engine's help") {
    CommandLine line;
    write_run(line, "a", 0.25, "0.1");
    line.engine(R"(echo '{"event":"failed","data":{"category":4,"text":"the pictures are gone"}}'; exit 4)");
    line.folder.write("pages/a/charts.json.7.part", "{");  // of a report that was killed
    const Printed printed = line.graft({"report", "runs/a", "--out", "pages/a"});
    CHECK(printed.exit_code == 0);
    CHECK(printed.err == "warning: the page has no pictures: the pictures are gone\n");
    CHECK(printed.out ==
          "  page                pages/a.html\n"
          "  data of its charts  pages/a\n");
    CHECK(has(line.requests(), R"("command":"report","run":"runs/a","ids":[])"));
    CHECK(has(slurp(line.folder / "pages/a.html"), "<th scope=\"row\">species/accuracy</th>"));
    CHECK(slurp(line.folder / "pages/a/scores.csv") ==
          "score,best epoch,last epoch\nloss,0.2500,-\nspecies/accuracy,0.5000,-\n");
}
