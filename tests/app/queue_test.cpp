// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `graft run` with several pipelines, against an engine that is a script.
#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <string>

#include "app/scripted_engine.hpp"

namespace {

using graft::tests::CommandLine;
using graft::tests::Json;
using graft::tests::json_lines;
using graft::tests::Printed;
using graft::tests::resources;
using graft::tests::training;

// An engine that finds nothing wrong with a queue, and then does what the text says.
std::string valid(const std::string& body) {
    return "case \"$request\" in *validate*) echo '{\"event\":\"result\",\"data\":{\"problems\":[]}}'; exit "
           "0;; esac\n" +
           body;
}

// Proves: several pipelines fail alone, get a folder each below --out, and the worst end is the exit code.
TEST_CASE("several pipelines queue") {
    CommandLine line;
    line.folder.write("second.yaml", "graft: 1\nname: minimal\n");
    line.engine(valid("case \"$request\" in *second.yaml*) " + training + ";; *) kill -SEGV $$;; esac"));
    const Printed printed = line.graft({"run", "minimal.yaml", "second.yaml", "--out", "all", "--jobs", "1"});
    CHECK(printed.exit_code == 1);
    const auto requests = json_lines(line.requests());
    REQUIRE(requests.size() == 3);
    CHECK(requests[0]["command"] == "validate");
    CHECK(requests[0]["pipelines"] == Json({requests[0]["pipelines"][0], requests[0]["pipelines"][1]}));
    CHECK(requests[1]["out"] == "all/minimal");
    CHECK(requests[2]["out"] == "all/minimal-2");
    CHECK(printed.err.find("[1/2] minimal.yaml: begins\n[1/2] minimal.yaml: failed after ") == 0);
    CHECK(printed.err.find("[2/2] second.yaml: finished after ") != std::string::npos);
    CHECK(printed.err.find("error: minimal.yaml: graft-engine was ended by SIGSEGV (Segmentation fault)\n") !=
          std::string::npos);
    CHECK(printed.out ==
          "job          score  epoch  seconds  status    run folder\n"
          "second.yaml      -      1        -  finished  runs/x\n");
}

// Proves: nothing begins while one pipeline is wrong, be it unreadable or refused by the engine; all is told.
TEST_CASE("several pipelines are looked at before the first begins") {
    CommandLine line;
    line.folder.write("bad.yaml", "graft: [");
    line.folder.write("second.yaml", "graft: 1\nname: second\n");
    line.engine(
        R"(echo '{"event":"result","data":{"problems":[{"pipeline":1,"category":3,"text":"no such plugin"}]}}')");
    const Printed unreadable = line.graft({"run", "bad.yaml", "minimal.yaml"});
    CHECK(unreadable.exit_code == 2);
    CHECK(unreadable.err.find("error: bad.yaml:1:") == 0);
    CHECK(unreadable.err.find("\nnone of the 2 pipelines was begun\n") != std::string::npos);
    CHECK(line.requests() == "");
    const Printed refused = line.graft({"run", "minimal.yaml", "second.yaml"});
    CHECK(refused.exit_code == 3);
    CHECK(refused.err == "error: second.yaml: no such plugin\nnone of the 2 pipelines was begun\n");
    CHECK(json_lines(line.requests()).size() == 1);
}

// Proves: a file with a matrix is a job a combination, each with its number, its folder and its share of the
// cores.
TEST_CASE("a matrix makes jobs") {
    CommandLine line;
    line.folder.write("sweep.yaml", "graft: 1\nname: sweep\nmatrix: {train.batch: [8, 16]}\n");
    line.engine(valid(training));
    const Printed printed =
        line.graft({"run", "sweep.yaml", "--out", "all", "--jobs", "2", "--threads", "3", "--json"});
    CHECK(printed.exit_code == 0);
    CHECK(json_lines(printed.out).size() == 2);
    std::map<std::string, Json> runs;
    for (const Json& request : json_lines(line.requests())) {
        if (request["command"] == "run") {
            runs[request["out"]] = request;
        }
    }
    REQUIRE(runs.size() == 2);
    CHECK(runs["all/sweep-batch=8"]["variation"] == 0);
    CHECK(runs["all/sweep-batch=16"]["variation"] == 1);
    Json given = runs["all/sweep-batch=16"]["resources"];
    CHECK(given["memory_share"] < 0.5);  // half of what is free
    given["memory_share"] = 1.0;
    CHECK(given == resources("", 3));
    CHECK(line.graft({"run", "sweep.yaml", "--jobs", "0"}).err ==
          "error: --jobs is '0'; must be a whole number from 1 to 1024\n  `graft run --help` tells what it "
          "takes\n");
    CHECK(line.graft({"check", "sweep.yaml"}).out.find("[1/2] batch=8\n") == 0);
}

// Proves: on a machine with GPUs a lone run and a queue get them by their ids, within --devices; a name that
// is no device, and one that is not there, are told.
TEST_CASE("graft run --devices") {
    CommandLine line;
    line.folder.write("machine.json",
                      R"({"cores": 4, "memory": 8589934592, "free_memory": 8589934592, "gpus": [
        {"id": "GPU-a", "memory": 8589934592, "used": 1073741824}, {"id": "GPU-b", "memory": 8589934592}]})");
    line.folder.write("second.yaml", "graft: 1\nname: second\ntrain: {device: cpu}\n");
    line.engine(valid("echo \"$CUDA_VISIBLE_DEVICES $request\" >> given\n" + training));
    const auto run = [&](const std::string& words) {
        return line.shell("GRAFT_MACHINE=machine.json \"$graft\" run " + words);
    };
    const auto given = [&] {
        const std::string text = graft::tests::slurp(line.folder / "given");
        std::filesystem::remove(line.folder / "given");
        return text;
    };
    CHECK(run("minimal.yaml").exit_code == 0);
    CHECK(given().starts_with("GPU-b {\"command\":\"run\""));
    CHECK(run("minimal.yaml --devices cuda:0,cpu").exit_code == 0);
    CHECK(given().starts_with("GPU-a {"));
    CHECK(run("minimal.yaml second.yaml --devices cuda,cpu").exit_code == 0);
    const std::string both = given();
    CHECK(both.find("GPU-b {\"command\":\"run\",\"pipeline\":\"minimal.yaml\"") != std::string::npos);
    CHECK(both.find(" {\"command\":\"run\",\"pipeline\":\"second.yaml\"") != std::string::npos);
    CHECK(
        run("minimal.yaml --devices gpu").err ==
        "error: --devices names 'gpu'; must be cpu, cuda, or cuda: with a number\n  commas between several: "
        "cuda:0,cpu\n  `graft run --help` tells what it takes\n");
    CHECK(run("minimal.yaml --devices cuda:4").err ==
          "error: there is no device 'cuda:4' here\n  there are: cuda:0, cuda:1, cpu; `graft devices` tells "
          "more\n");
    CHECK(run("second.yaml --devices cuda").err ==
          "error: second.yaml: it wants the device cpu, which --devices leaves out\n");
}

// Proves: a signal reaches what runs of a queue, and no further job begins.
TEST_CASE("an interrupted queue says how to go on") {
    CommandLine line;
    line.engine(valid(
        R"(trap 'echo "{\"event\":\"result\",\"data\":{\"status\":\"interrupted\",\"folder\":\"runs/x\"}}"; exit 75' TERM
        : > begun
        while :; do sleep 0.01; done)"));
    const Printed printed = line.shell(R"("$graft" run minimal.yaml minimal.yaml --jobs 1 & pid=$!
        while [ ! -e begun ]; do sleep 0.01; done
        kill -TERM $pid; wait $pid)");
    CHECK(printed.exit_code == 75);
    CHECK(printed.out ==
          "job           score  epoch  seconds  status       run folder\n"
          "minimal.yaml      -      -        -  interrupted  runs/x\n"
          "to go on: graft run --resume runs/x\n");
    CHECK(
        printed.err.find("[1/2] minimal.yaml: begins\n"
                         "[1/2] minimal.yaml: SIGTERM (Terminated): the step is finished and saved; a second "
                         "signal ends it at once\n"
                         "[1/2] minimal.yaml: interrupted after ") == 0);
    CHECK(printed.err.ends_with("minimal.yaml: not begun\n"));
}

}  // namespace
