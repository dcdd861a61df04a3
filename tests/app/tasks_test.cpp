// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A job of several tasks on this machine, against an engine that is a script; tests/app/slurm_test.cpp has
// them in Slurm.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "app/engine.hpp"
#include "app/scripted_engine.hpp"

namespace {

using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::json_lines;
using graft::tests::Printed;
using graft::tests::slurp;

/// Notes its place in "given", then does what the text says.
std::string task_engine(const std::string& body) {
    return R"sh(case "$request" in *'"validate"'*) echo '{"event":"result","data":{"problems":[]}}'; exit 0;; esac
        echo "rank=$RANK local=$LOCAL_RANK world=$WORLD_SIZE host=$MASTER_ADDR gpus=$CUDA_VISIBLE_DEVICES" >> given
        echo "$MASTER_PORT" >> ports
        )sh" +
           body;
}

std::string line_with(const std::string& text, const std::string& part) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (has(line, part)) {
            return line;
        }
    }
    return "";
}

}  // namespace

// Proves: each task knows its place, all know the same port, and task 0 speaks for the job, to which the run
// is one; both are asked the same but for the rank, and share the cores.
TEST_CASE("a job of two tasks on this machine") {
    CommandLine line;
    line.folder.write("machine.json", R"({"cores": 8, "memory": 8589934592, "free_memory": 8589934592})");
    line.engine(task_engine("echo \"from $RANK\" >&2\n" + graft::tests::training));
    const Printed printed = line.shell(
        "GRAFT_MACHINE=machine.json \"$graft\" run minimal.yaml --out one --tasks 2 --json --verbose");
    CHECK(printed.exit_code == 0);
    CHECK(json_lines(printed.out).size() == 1);
    const std::string given = slurp(line.folder / "given");
    CHECK(line_with(given, "rank=0") == "rank=0 local=0 world=2 host=127.0.0.1 gpus=");
    CHECK(line_with(given, "rank=1") == "rank=1 local=1 world=2 host=127.0.0.1 gpus=");
    const std::string ports = slurp(line.folder / "ports");
    CHECK(ports.substr(0, ports.size() / 2) == ports.substr(ports.size() / 2));
    CHECK(has(printed.err, "[0] from 0"));
    CHECK(has(printed.err, "[1] from 1"));
    auto requests = json_lines(line.requests());
    REQUIRE(requests.size() == 3);
    CHECK(requests[1]["resources"]["threads"] == 4);
    for (auto& request : requests) {
        request["resources"].erase("rank");
    }
    CHECK(requests[1] == requests[2]);
    CHECK(json_lines(line.graft({"jobs", "show", "1", "--json"}).out)[0]["state"] == "finished");
}

// Proves: tasks get a GPU each, different ones; more tasks than GPUs are told, and nothing begins.
TEST_CASE("tasks on GPUs") {
    CommandLine line;
    line.folder.write("machine.json",
                      R"({"cores": 4, "memory": 8589934592, "free_memory": 8589934592, "gpus": [
        {"id": "GPU-a", "memory": 8589934592}, {"id": "GPU-b", "memory": 8589934592}]})");
    line.engine(task_engine(graft::tests::training));
    const std::string run = "GRAFT_MACHINE=machine.json \"$graft\" run minimal.yaml --device cuda --tasks ";
    CHECK(line.shell(run + "2").exit_code == 0);
    const std::string given = slurp(line.folder / "given");
    const std::string first = line_with(given, "rank=0");
    const std::string second = line_with(given, "rank=1");
    CHECK(has(first + second, "gpus=GPU-a"));
    CHECK(has(first + second, "gpus=GPU-b"));
    const Printed three = line.shell(run + "3");
    CHECK(three.exit_code == 75);
    CHECK(three.err == "left out: it asks for 3 GPUs at the same time, which are not there or not allowed\n");
    CHECK(slurp(line.folder / "given") == given);
}

// Proves: a task that fails ends the one that would wait for it, and its words are the job's.
TEST_CASE("a task that fails ends the others") {
    CommandLine line;
    line.engine(
        task_engine(R"sh(if [ "$RANK" = 1 ]; then while [ "$(wc -l < given)" != 2 ]; do sleep 0.01; done
        echo '{"event":"failed","data":{"category":4,"text":"no data"}}'; exit 4; fi
        while :; do sleep 0.01; done)sh"));
    const Printed printed = line.graft({"run", "minimal.yaml", "--out", "one", "--tasks", "2"});
    CHECK(printed.exit_code == 4);
    CHECK(printed.err == "error: task 1 of 2: no data\n");
}

// Proves: a signal has all tasks save.
TEST_CASE("tasks are interrupted together") {
    CommandLine line;
    line.engine(task_engine(R"sh(trap 'echo "saved $RANK" >> told
        echo "{\"event\":\"result\",\"data\":{\"status\":\"interrupted\",\"folder\":\"runs/x\"}}"; exit 75' TERM
        : > "begun$RANK"; while :; do sleep 0.01; done)sh"));
    const Printed printed = line.shell(R"("$graft" run minimal.yaml --out one --tasks 2 & pid=$!
        while [ ! -e begun0 ] || [ ! -e begun1 ]; do sleep 0.01; done; kill -TERM $pid; wait $pid)");
    CHECK(printed.exit_code == 75);
    CHECK(has(printed.out, "interrupted"));
    const std::string told = slurp(line.folder / "told");
    CHECK(has(told, "saved 0\n"));
    CHECK(has(told, "saved 1\n"));
}

// Proves: the real engine trains in one process, and says so before anything begins; bad numbers are told.
TEST_CASE("training in several tasks is refused") {
    CommandLine line;
    CHECK(has(line.graft({"run", "minimal.yaml", "--tasks", "0"}).err,
              "--tasks is '0'; must be a whole number from 1 to 1024"));
    if (!graft::tests::has_engine()) {
        return;
    }
    const Printed printed = line.graft({"run", "minimal.yaml", "--out", "one", "--tasks", "2"});
    CHECK(printed.exit_code == 2);
    CHECK(printed.err ==
          "error: a job of 2 tasks was asked for, but this graft works in one process a job\n  leave --tasks "
          "out; "
          "--jobs trains several pipelines at the same time\n");
    CHECK_FALSE(std::filesystem::exists(line.folder / "one"));
}

// Proves: options that would do nothing, or something else than they say, are refused, all of them together.
TEST_CASE("graft run --on, used wrongly") {
    CommandLine line;
    line.folder.write("site", "#!/bin/sh\n\"$@\"\n");
    const auto told = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"run", "minimal.yaml"});
        const Printed printed = line.graft(words);
        CHECK(printed.exit_code == 2);
        return printed.err;
    };
    CHECK(told({"--on", "pbs"}) == "error: --on is 'pbs'; must be local or slurm\n");
    CHECK(told({"--slurm", "partition=x"}) == "error: --slurm means nothing without --on slurm\n");
    const std::string several = told({"--on", "slurm", "--devices", "cpu", "--dry-run", "--slurm",
                                      "array=1-3", "--slurm-template", "site"});
    CHECK(has(several, "--devices cannot go with --on slurm\n  Slurm chooses: --slurm gres=gpu:1\n"));
    CHECK(has(several, "--dry-run cannot go with --on slurm\n"));
    CHECK(has(several, "--slurm has 'array=1-3'; graft sets sbatch's --array itself\n"));
    CHECK(has(several, "the job script 'site' cannot be used: it has no line `exec \"$@\"`"));
    line.engine("echo '{\"event\":\"result\",\"data\":{\"problems\":[]}}'");
    const Printed without = line.shell("PATH=/nowhere; \"$graft\" run minimal.yaml --out one --on slurm");
    CHECK(without.exit_code == 6);
    CHECK(has(without.err, "error: Slurm cannot be asked: there is no program 'squeue' on the PATH\n"));
    CHECK(line.graft({"job", "/", "0"}).exit_code == 2);
    CHECK_FALSE(has(line.graft({"--help"}).out, "tasks"));
}
