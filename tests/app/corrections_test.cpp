// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `data.exclude` and `data.relabel`, from a pipeline to what a run leaves.
#include <doctest/doctest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"
#include "app/finches.hpp"

namespace {

using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::has_engine;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;
using graft::tests::slurp;
using graft::tests::write_finches;

Json record_in(const CommandLine& line, const std::string& run) {
    return parse_json(slurp(line.folder / (run + "/run.json")));
}

/// The rows of predictions.csv without the first, which names columns.
std::vector<std::string> predictions_of(const CommandLine& line, const std::string& run) {
    std::istringstream lines(slurp(line.folder / (run + "/predictions.csv")));
    std::vector<std::string> rows;
    for (std::string row; std::getline(lines, row);) {
        rows.push_back(row);
    }
    rows.erase(rows.begin());
    return rows;
}

std::string id_of(const std::string& row) {
    return row.substr(0, row.find(','));
}

/// The second column.
std::string truth_of(const std::string& row) {
    const std::size_t begin = row.find(',') + 1;
    return row.substr(begin, row.find(',', begin) - begin);
}

}  // namespace

// Proves: a run with tables leaves samples out and learns from new labels, keeps every other sample on its
// side, names both tables with hashes and counts in run.json, and reads the features that a run before it
// kept; eval and a repeated run see the same; a run that goes on with another table is refused.
TEST_CASE("exclude and relabel: from the pipeline to the run's record") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    write_finches(line, 1);
    const Printed plain = line.graft({"run", "finches.yaml", "--out", "plain"});
    CAPTURE(plain.err);
    REQUIRE(plain.exit_code == 0);
    CHECK_FALSE(record_in(line, "plain")["data"].contains("corrections"));
    const auto before = predictions_of(line, "plain");
    REQUIRE(before.size() == 6);
    line.folder.write("out.csv", "id,split,reason\n" + id_of(before[0]) + ",val,blurred\n");
    line.folder.write("new.csv", "id,label\n" + id_of(before[1]) + "," +
                                     (truth_of(before[1]) == "siskin" ? "serin" : "siskin") + "\n");
    const std::vector<std::string> words = {"run",   "finches.yaml",         "--set", "data.exclude=out.csv",
                                            "--set", "data.relabel=new.csv", "--out"};
    auto corrected = words;
    corrected.emplace_back("corrected");
    const Printed printed = line.graft(corrected);
    CAPTURE(printed.err);
    REQUIRE(printed.exit_code == 0);
    const Json data = record_in(line, "corrected")["data"];
    CHECK(data["train"] == record_in(line, "plain")["data"]["train"]);
    CHECK(data["val"]["samples"] == 5);
    CHECK(data["corrections"]["exclude"]["file"] == "out.csv");
    CHECK(data["corrections"]["exclude"]["samples"] == Json({{"train", 0}, {"val", 1}}));
    CHECK(data["corrections"]["relabel"]["samples"] == Json({{"train", 0}, {"val", 1}}));
    const Printed sum = line.shell("sha256sum new.csv");
    CHECK(sum.out.substr(0, 64) == data["corrections"]["relabel"]["sha256"]);
    CHECK(has(slurp(line.folder / "corrected/pipeline.yaml"), "exclude: out.csv"));
    const auto after = predictions_of(line, "corrected");
    REQUIRE(after.size() == 5);
    CHECK(id_of(after[0]) == id_of(before[1]));
    CHECK(truth_of(before[1]) != truth_of(after[0]));
    const Json tables = parse_json(line.graft({"features", "list", "--folder", "store", "--json"}).out);
    int rows = 0;
    for (const Json& table : tables["tables"]) {
        rows += table["rows"].get<int>();
    }
    CHECK(rows == 12);
    const Printed judged = line.graft({"eval", "corrected"});
    CHECK(has(judged.out, "5 samples\n"));
    const Printed again = line.graft({"run", "corrected/pipeline.yaml", "--out", "again"});
    CHECK(again.exit_code == 0);
    CHECK(record_in(line, "again")["data"] == data);
    line.folder.write("out.csv", "id\n" + id_of(before[2]) + "\n");
    const Printed refused = line.graft({"run", "--resume", "corrected", "--set", "train.epochs=2"});
    CHECK(refused.exit_code == 2);
    CHECK(has(refused.err, "out.csv: this table (data.exclude) is another one than when the run began"));
}

// Proves: mistakes in a table end a run with code 4 before anything is trained, and `check` says that they
// would.
TEST_CASE("exclude and relabel: mistakes end the run") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    write_finches(line, 1);
    line.folder.write("new.csv", "id,label\n1.ppm,sisikn\n");
    const Printed printed =
        line.graft({"run", "finches.yaml", "--set", "data.relabel=new.csv", "--out", "run"});
    CHECK(printed.exit_code == 4);
    const std::string told =
        "new.csv:2:1: 'sisikn' is no class of the target 'species'\n  did you mean 'siskin'?";
    CAPTURE(printed.err);
    CHECK(has(printed.err, told));
    CHECK_FALSE(std::filesystem::exists(line.folder / "run"));
    const Printed checked = line.graft({"check", "finches.yaml", "--set", "data.relabel=new.csv"});
    CHECK(checked.exit_code == 0);
    CHECK(has(checked.err, "a run would stop, since the data cannot be used: " + told));
}
