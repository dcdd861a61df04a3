// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `graft run` with several pipelines, against an engine that is a script.
#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "app/engine.hpp"
#include "app/scripted_engine.hpp"

namespace {

using graft::tests::CommandLine;
using graft::tests::has;
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

// Proves: the higher priority begins first, wherever it stands.
TEST_CASE("jobs of a higher priority begin first") {
    CommandLine line;
    line.folder.write("second.yaml", "graft: 1\nname: second\npriority: +2\n");
    line.folder.write("third.yaml", "graft: 1\nname: third\npriority: -1\n");
    line.engine(valid(training));
    line.graft({"run", "third.yaml", "minimal.yaml", "second.yaml", "--out", "all", "--jobs", "1"});
    const auto requests = json_lines(line.requests());
    REQUIRE(requests.size() == 4);
    CHECK(requests[1]["pipeline"] == "second.yaml");
    CHECK(requests[2]["pipeline"] == "minimal.yaml");
    CHECK(requests[3]["pipeline"] == "third.yaml");
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
}

std::map<std::string, Json> runs_by_name(const CommandLine& line, const std::string& folder) {
    std::map<std::string, Json> runs;
    for (const Json& request : json_lines(line.requests())) {
        if (request["command"] == "run") {
            runs[request["out"].get<std::string>().substr(folder.size() + 1)] = request;
        }
    }
    return runs;
}

// Proves: a job begins behind those that it needs; the request of one that wants another's weights names the
// other's folder, be there an --out or not; the engine is asked of each behind those that it needs.
TEST_CASE("jobs that need others") {
    CommandLine line;
    line.folder.write("sweep.yaml", "graft: 1\nname: sweep\nmatrix: {train.batch: [8, 16]}\n");
    line.folder.write("tune.yaml", "graft: 1\nname: tune\nneeds: sweep\nbackbone: {weights: job:minimal}\n");
    line.engine(valid(training));
    const Printed printed =
        line.graft({"run", "tune.yaml", "sweep.yaml", "minimal.yaml", "--out", "all", "--jobs", "1"});
    CHECK(printed.exit_code == 0);
    const auto requests = json_lines(line.requests());
    REQUIRE(requests.size() == 5);
    CHECK(requests[0]["pipelines"][2]["pipeline"] == "minimal.yaml");
    CHECK(requests[0]["pipelines"][2]["trains_for_others"] == true);
    CHECK(requests[0]["pipelines"][3]["pipeline"] == "tune.yaml");
    CHECK(requests[0]["pipelines"][3]["weights_of_job"] == 2);
    CHECK(requests[4]["pipeline"] == "tune.yaml");
    CHECK(requests[4]["weights_of"] == "all/minimal");
    line.folder.write("requests", "");
    CHECK(line.graft({"run", "tune.yaml", "sweep.yaml", "minimal.yaml"}).exit_code == 0);
    auto runs = runs_by_name(line, "runs");
    REQUIRE(runs.size() == 4);
    CHECK(runs.rbegin()->second["weights_of"] == "runs/" + runs.begin()->first);
    CHECK(runs.begin()->first.starts_with("minimal-2"));
}

// Proves: what follows from a job that failed is left out and told; the failure is the exit code.
TEST_CASE("a job whose need fails is left out") {
    CommandLine line;
    line.folder.write("tune.yaml", "graft: 1\nname: tune\nneeds: minimal\n");
    line.engine(
        valid("echo '{\"event\":\"failed\",\"data\":{\"category\":4,\"text\":\"no data\"}}'; exit 4"));
    const Printed printed = line.graft({"run", "tune.yaml", "minimal.yaml", "--json"});
    CHECK(printed.exit_code == 4);
    CHECK(has(printed.err, "[1/2] tune.yaml: left out: it needs minimal.yaml\n"));
    CHECK(json_lines(printed.out)[0] == Json{{"job", "tune.yaml"}, {"left_out", "it needs minimal.yaml"}});
}

// Proves: names that lead nowhere, to several, or in a circle are told at their places before anything
// begins.
TEST_CASE("needs that cannot be met") {
    CommandLine line;
    line.engine(valid(training));
    line.folder.write("sweep.yaml", "graft: 1\nname: sweep\nmatrix: {train.batch: [8, 16]}\n");
    const auto told = [&](const std::string& text, std::vector<std::string> others) {
        line.folder.write("p.yaml", "graft: 1\nname: p\n" + text + "\n");
        others.insert(others.begin(), {"run", "p.yaml"});
        const Printed printed = line.graft(others);
        CHECK(printed.exit_code == 2);
        return printed.err;
    };
    CHECK(told("needs: sweeep", {"sweep.yaml"}) ==
          "error: p.yaml:3:8: no pipeline of this command is called 'sweeep'\n  needs: sweeep\n         ^\n"
          "  did you mean 'sweep'?\nnone of the 3 pipelines was begun\n");
    CHECK(told("needs: [minimal]", {}) ==
          "error: p.yaml:3:9: there is no job 'minimal': this pipeline runs alone\n  needs: [minimal]\n"
          "          ^\n  give graft run that job's file, too, or take this out\n");
    CHECK(told("backbone: {weights: job:sweep}", {"sweep.yaml"}) ==
          "error: p.yaml:3:21: job:sweep means 2 jobs; weights come from one\n  backbone: {weights: "
          "job:sweep}\n"
          "                      ^\n  name one of them: sweep-batch=8, sweep-batch=16\n"
          "none of the 3 pipelines was begun\n");
    line.folder.write("q.yaml", "graft: 1\nname: q\nbackbone: {weights: job:p}\n");
    CHECK(told("needs: q", {"q.yaml"}) ==
          "error: p.yaml:3:8: these jobs wait for one another: p -> q -> p\n  needs: q\n         ^\n"
          "  one of them must need none of the others\nnone of the 2 pipelines was begun\n");
    CHECK(has(told("needs: p", {"minimal.yaml"}), "p.yaml:3:8: the job 'p' needs itself\n"));
    CHECK(line.requests() == "");
}

// Proves: the real engine holds a backbone that begins with another job's weights to what that job's pipeline
// says, at its place, when there are no weights yet; and what fits is fine (the next problem is told alone).
TEST_CASE("weights of another job are looked at before they are there") {
    if (!graft::tests::has_engine()) {
        return;
    }
    CommandLine line;
    const std::string data = "data: {use: synthetic_faces, samples: 32, size: 32, image: {size: 32}}\n";
    const std::string rest = "head: {use: age_gender}\ntrain: {epochs: 1}\n";
    line.folder.write("a.yaml",
                      "graft: 1\nname: a\n" + data + "backbone: {use: resnet18, until: layer3}\n" + rest);
    line.folder.write("b.yaml",
                      "graft: 1\nname: b\n" + data + "backbone: {use: resnet18, weights: job:a}\n" + rest);
    const Printed whole = line.graft({"run", "b.yaml", "a.yaml"});
    CHECK(whole.exit_code == 2);
    CHECK(
        whole.err ==
        "error: b.yaml:4:36: job:a does not train this backbone (resnet18): layer4.0.conv1.weight is missing "
        "there, and 29 more tensors\n"
        "  backbone: {use: resnet18, weights: job:a}\n"
        "                                     ^\n"
        "  give both pipelines the same backbone with the same options, and this one no later `until`\n"
        "none of the 2 pipelines was begun\n");
    const Printed part =
        line.graft({"run", "b.yaml", "a.yaml", "--set", "backbone.until=layer2", "--set", "train.batch=x"});
    CHECK(part.exit_code == 2);
    CHECK_FALSE(has(part.err, "job:a"));
    CHECK(has(line.graft({"check", "b.yaml"}).out, "layer4"));
}

// Proves: variations that differ in what composing takes no notice of are composed once, and what is wrong
// with one is told all the same, be it in such a value or in one that is composed.
TEST_CASE("every variation of a sweep is validated") {
    if (!graft::tests::has_engine()) {
        return;
    }
    CommandLine line;
    const std::string rest =
        "data: {use: synthetic_faces, samples: 32, size: 32, image: {size: 32}}\n"
        "backbone: {use: resnet18, weights: none}\nhead: {use: age_gender}\ntrain: {epochs: 1}\n";
    const auto told = [&](const std::string& matrix) {
        line.folder.write("sweep.yaml", "graft: 1\nname: sweep\n" + rest + "matrix: {" + matrix + "}\n");
        const Printed printed = line.graft({"run", "sweep.yaml", "--out", "q"});
        CHECK(printed.exit_code == 2);
        CHECK(has(printed.err, "\nnone of the "));
        return printed.err;
    };
    CHECK(has(told("train.optimizer.lr: [1e-3, 1e-2, -1], seed: [1, 2]"),
              "train.optimizer.lr is -1; must be a number, above 0\n"));
    CHECK(has(told("train.optimizer.lr: [1e-3, 1e-2], backbone.until: [layer3, layer9]"), "layer9"));
    CHECK(has(told("train.epochs: [1, 2], train.monitor: [val/loss, val/head/nothing]"), "val/head/nothing"));
    CHECK_FALSE(std::filesystem::exists(line.folder / "q"));
}

// Proves: one engine looks at all of a matrix; each pipeline is told under its label, and the worst is the
// exit code, also where the engine dies on the way.
TEST_CASE("a matrix is checked by one engine") {
    CommandLine line;
    line.folder.write("sweep.yaml", "graft: 1\nname: sweep\nmatrix: {train.batch: [8, 16]}\n");
    const std::string first = R"sh(echo '{"event":"checking","data":{"pipeline":0}}'
        echo '{"event":"checked","data":{"pipeline":0,"report":{"name":"a"},"text":"table"}}'
        echo '{"event":"checking","data":{"pipeline":1}}'
        )sh";
    line.engine(first + R"sh(echo '{"event":"checked","data":{"pipeline":1,"category":3,"error":"no plugin"}}'
        echo '{"event":"result","data":{}}')sh");
    const Printed printed = line.graft({"check", "sweep.yaml"});
    CHECK(printed.exit_code == 3);
    CHECK(printed.out == "[1/2] batch=8\ntable\n[2/2] batch=16\n");
    CHECK(printed.err == "error: batch=16: no plugin\n");
    CHECK(json_lines(line.requests()).size() == 1);
    const auto lines = json_lines(line.graft({"check", "sweep.yaml", "--json"}).out);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0] == Json{{"name", "a"}});
    CHECK(lines[1]["error"]["category"] == 3);
    line.engine(first + "kill -SEGV $$");
    const Printed died = line.graft({"check", "sweep.yaml"});
    CHECK(died.exit_code == 1);
    CHECK(has(died.err, "error: batch=16: graft-engine was ended by SIGSEGV"));
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
    CHECK(printed.err.ends_with("minimal.yaml: not begun\nto go on with all of them: graft jobs resume 1\n"));
}

}  // namespace
