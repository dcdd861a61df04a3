// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/queue_list.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>

namespace {

namespace jobs = graft::jobs;
namespace report = graft::report;
using jobs::JobState;

jobs::RecordedJob job_of(const std::string& name, JobState state, double begun, double ended) {
    jobs::RecordedJob job;
    job.job.name = name;
    job.state = state;
    job.begun = begun;
    job.ended = ended;
    return job;
}

jobs::RecordedQueue sweep() {
    jobs::RecordedQueue queue;
    queue.number = 12;
    queue.name = "sweep";
    queue.working_folder = "/work";
    queue.jobs.push_back(job_of("a.yaml", JobState::finished, 1000, 1012));
    queue.jobs.back().result = {{"monitor", {{"name", "val/loss"}, {"best", 0.25}}}};
    queue.jobs.push_back(job_of("b.yaml: " + std::string(60, 'x'), JobState::running, 1000, 0));
    queue.jobs.push_back(job_of("c.yaml", JobState::queued, 0, 0));
    queue.jobs.push_back(job_of("d.yaml", JobState::failed, 1000, 1001));
    queue.jobs.back().error = "d.yaml:3:1: " + std::string(100, 'y') + "\n  a second line";
    return queue;
}

// Proves: what a job is at, what it took and gave; no line is wider than 80 columns, and names from elsewhere
// cannot break one.
TEST_CASE("the jobs of a queue") {
    std::ostringstream out;
    const report::Screen screen{out};
    const std::string text = report::jobs_text(sweep(), true, 1100, screen);
    CHECK(text ==
          "queue 12, sweep: at work\n"
          "in /work\n"
          "job   name                              state           time\n"
          "12.1  a.yaml                            finished        12 s  val/loss 0.2500\n"
          "12.2  b.yaml: xxxxxxxxxxxxxxxxxxxxxxxx  running   1 min 40 s\n"
          "12.3  c.yaml                            queued             -\n"
          "12.4  d.yaml                            failed         1.0 s  d.yaml:3:1: yyyyyy\n");
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        CHECK(line.size() <= 80);
    }
}

// Proves: a sweep as a table for other programs: every path of the matrix and every score has a column, and a
// comma or a quotation mark in a name breaks none.
TEST_CASE("the jobs of a queue as CSV") {
    jobs::RecordedQueue queue = sweep();
    queue.jobs.resize(2);
    queue.jobs[0].job.request["matrix"] = {{"train.batch", "8"}};
    queue.jobs[0].folder = "/runs/a";
    queue.jobs[0].result["best"] = {{"epoch", 3}, {"metrics", {{"loss", 0.25}, {"a/accuracy", 0.5}}}};
    queue.jobs[1].job.name = "b, \"c\"";
    queue.jobs[1].job.request["matrix"] = {{"train.batch", "8"}, {"backbone.use", "vgg16"}};
    CHECK(report::jobs_csv(queue, true, 1100) ==
          "job,name,state,exit_code,seconds,folder,train.batch,backbone.use,epoch,loss,a/accuracy\n"
          "12.1,a.yaml,finished,0,12.0,/runs/a,8,,3,0.25,0.5\n"
          "12.2,\"b, \"\"c\"\"\",running,0,100.0,,8,vgg16,,,\n");
}

// Proves: what runs according to the record, but without a host, was interrupted; programs are told the same.
TEST_CASE("a queue whose host was killed") {
    std::ostringstream out;
    const auto lines = report::jobs_to_json(sweep(), false, 1100);
    REQUIRE(lines.size() == 4);
    CHECK(lines[1]["state"] == "interrupted");
    CHECK(lines[1]["seconds"].is_null());
    CHECK(lines[0]["job"] == "12.1");
    CHECK(lines[0]["seconds"] == 12.0);
    CHECK(lines[3]["error"].get<std::string>().ends_with("a second line"));
    const report::ListedQueue listed{{12, "sweep", 0, {1, 1, 5, 2, 1, 0}, true}, false};
    CHECK(report::queues_text({listed}, report::Screen{out})
              .ends_with("5        0        3       2  unfinished\n"));
    CHECK(to_json(listed)["jobs"]["interrupted"] == 1);
    CHECK(to_json(listed)["status"] == "unfinished");
}

}  // namespace
