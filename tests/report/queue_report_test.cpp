// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/queue_report.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

namespace {

using graft::core::Json;
using graft::report::QueueReport;
using graft::report::results_table;
using graft::report::Screen;

Json result(const std::string& job, double best, const std::string& monitor, const std::string& better) {
    return {{"job", job},
            {"status", "finished"},
            {"folder", "runs/" + job},
            {"seconds", 12.5},
            {"best", {{"epoch", 3}}},
            {"monitor", {{"name", monitor}, {"better", better}, {"best", best}}}};
}

// Proves: without a terminal a line when a job begins and when it ends, no control codes; a warning that all
// jobs share comes once.
TEST_CASE("a queue on paper") {
    std::ostringstream out;
    double now = 0;
    {
        QueueReport report(Screen{out}, {"a.yaml", "b.yaml"}, [&] { return now; });
        report.begins(0);
        report.begins(1);
        report.heard(0, {"warning", {{"text", "small"}}});
        report.heard(1, {"warning", {{"text", "small"}}});
        report.heard(0,
                     {"progress", {{"epoch", 1}, {"epochs", 2}, {"step", 1}, {"steps", 4}, {"loss", 0.5}}});
        report.heard(0, {"output", {{"text", "hello"}}});
        now = 2;
        report.ended(0, result("a.yaml", 0.875, "val/species/accuracy", "higher"), "");
        report.ended(1, Json(), "no memory");
    }
    CHECK(out.str() ==
          "[1/2] a.yaml: begins\n"
          "[2/2] b.yaml: begins\n"
          "[1/2] a.yaml: warning: small\n"
          "[1/2] a.yaml: finished after 2.0 s, val/species/accuracy 0.8750\n"
          "[2/2] b.yaml: failed after 2.0 s\n");
}

// Proves: on a terminal each running job has a line below, which goes before other text comes.
TEST_CASE("a queue on a terminal") {
    std::ostringstream out;
    double now = 0;
    QueueReport report(Screen{out, true, false, false, 40}, {"a", "b", "c"}, [&] { return now; });
    report.begins(0);
    report.begins(1);
    now = 1;
    out.str("");
    report.heard(0, {"progress", {{"epoch", 2}, {"epochs", 2}, {"step", 1}, {"steps", 2}, {"loss", 0.5}}});
    CHECK(out.str() ==
          "\r\x1b[2A\x1b[J   75 %  a  epoch 2/2, loss 0.5000\n    0 %  b  starting\n0 of 3 done, 2 running, "
          "1.0 s");
    out.str("");
    now = 1.05;
    report.heard(0, {"progress", {{"epoch", 2}, {"epochs", 2}, {"step", 2}, {"steps", 2}, {"loss", 0.5}}});
    CHECK(out.str() == "");  // too soon to draw again
}

// Proves: the best comes first, whichever way is better; what has no score comes last; other monitors stand
// apart.
TEST_CASE("results of a sweep") {
    Json without = result("d", 0, "val/loss", "lower");
    without["monitor"]["best"] = nullptr;
    const std::vector<Json> results = {
        result("a", 0.5, "val/loss", "lower"), without, result("b", 0.25, "val/loss", "lower"),
        result("c", 0.75, "val/x/accuracy", "higher"), result("e", 0.875, "val/x/accuracy", "higher")};
    std::ostringstream out;
    CHECK(results_table(results, Screen{out}) ==
          "job  val/loss  epoch  seconds  status    run folder\n"
          "b      0.2500      3    12.50  finished  runs/b\n"
          "a      0.5000      3    12.50  finished  runs/a\n"
          "d           -      3    12.50  finished  runs/d\n"
          "\n"
          "job  val/x/accuracy  epoch  seconds  status    run folder\n"
          "e            0.8750      3    12.50  finished  runs/e\n"
          "c            0.7500      3    12.50  finished  runs/c\n");
}

}  // namespace
