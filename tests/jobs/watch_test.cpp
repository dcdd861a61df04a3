// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Limits of time, by clocks that the tests set.
#include "jobs/watch.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <utility>

#include "jobs/workers.hpp"
#include "support/temporary_folder.hpp"

namespace {

using graft::jobs::Job;
using graft::jobs::Outcome;
using graft::jobs::Watch;
using graft::jobs::Workers;
using Due = graft::jobs::Watch::Due;

// Proves, by hand: a job is told to end when its time is over, and killed when it has not ended by the end of
// the grace; each once.
TEST_CASE("the time of a job is over") {
    Watch watch(100, 0, 1000);
    CHECK(watch.next() == 1100);
    CHECK(watch.due(1099.9) == Due::nothing);
    watch.heard(1099.9);
    CHECK(watch.due(1100) == Due::end);
    CHECK(watch.cause() == Watch::Cause::time);
    CHECK(watch.next() == 1100 + Watch::grace);
    CHECK(watch.due(1100 + Watch::grace - 0.1) == Due::nothing);
    CHECK(watch.due(1100 + Watch::grace) == Due::kill);
    CHECK(watch.due(9999) == Due::nothing);
    CHECK_FALSE(watch.next());
}

// Proves, by hand: half of the silence is a warning, the whole of it the end; whatever is heard begins it
// anew; before the work begins there are warnings alone.
TEST_CASE("a job that tells nothing") {
    Watch watch(0, 60, 0);
    CHECK(watch.due(29) == Due::nothing);
    CHECK(watch.due(30) == Due::warning);
    CHECK(watch.due(31) == Due::nothing);
    CHECK(watch.due(1000) == Due::nothing);
    watch.heard(1000);
    watch.work_begins();
    CHECK(watch.next() == 1030);
    CHECK(watch.due(1030) == Due::warning);
    watch.heard(1050);
    CHECK(watch.due(1079) == Due::nothing);
    CHECK(watch.due(1080) == Due::warning);
    CHECK(watch.next() == 1110);
    CHECK(watch.due(1110) == Due::end);
    CHECK(watch.cause() == Watch::Cause::stall);
    watch.heard(1111);  // it saves
    CHECK(watch.due(1110 + Watch::grace) == Due::kill);
}

// Proves: a limit of 0 is none.
TEST_CASE("a job without limits") {
    Watch watch(0, 0, 0);
    watch.work_begins();
    CHECK_FALSE(watch.next());
    CHECK(watch.due(1e9) == Due::nothing);
}

/// Keeps the text of the last warning, and makes a file of each event's name, where a script sees it.
class Heard : public graft::core::EventSink {
public:
    explicit Heard(const graft::tests::TemporaryFolder& folder) : folder_(folder) {}

    void emit(const graft::core::Event& event) override {
        if (event.name == "warning") {
            warning = event.fields["text"];
        }
        folder_.write("heard/" + event.name, "");
    }

    std::string warning;

private:
    const graft::tests::TemporaryFolder& folder_;
};

/// Runs a script as the engine of a job, on a clock that the script sets: `set_clock 7200`. `await started`
/// waits until the host has heard that event.
struct Timed {
    Outcome run(const std::string& body, double time_limit, double stall_limit) {
        const std::string clock = (folder / "clock").string();
        folder.write("clock", "0");
        Job job{"job", {{"command", "run"}}};
        job.time_limit = time_limit;
        job.stall_limit = stall_limit;
        // A signal that the host ignores makes it look at the clock without having heard anything.
        const std::string engine = folder.write_script("engine", R"sh(cd "$(dirname "$0")"
set_clock() { echo $1 > clock.new; mv clock.new clock; kill -CHLD $PPID; }
await() { while [ ! -e heard/$1 ]; do sleep 0.01; done; }
)sh" + body);
        Workers workers(engine, [clock] {
            double now = 0;
            std::ifstream(clock) >> now;
            return now;
        });
        return workers.run(job, heard);
    }

    graft::tests::TemporaryFolder folder;
    Heard heard{folder};
};

const std::string begun = R"(echo '{"event":"folder","data":{"folder":"runs/a b"}}'
echo '{"event":"started","data":{}}'
)";
const std::string until_killed = "while :; do sleep 0.01; done\n";

// Proves: an engine whose time is over is told to save, and what it says then is an interruption with what to
// do; one that finishes all the same has finished.
TEST_CASE("an engine saves when its time is over") {
    const std::string saves =
        "trap 'echo \"{\\\"event\\\":\\\"result\\\",\\\"data\\\":{\\\"status\\\":\\\"x\\\"}}\"; "
        "exit ";
    Timed timed;
    const Outcome outcome =
        timed.run(saves + "75' TERM\n" + begun + "set_clock 7200\n" + until_killed, 7200, 0);
    CHECK(outcome.exit_code == 75);
    CHECK(outcome.error ==
          "the time limit of 2 h is over: saved and ended\n"
          "  to go on, for as long again or what --time-limit says: graft run --resume 'runs/a b'");
    CHECK_FALSE(outcome.stop_wanted);
    CHECK_FALSE(outcome.can_pass);
    CHECK(outcome.result["status"] == "x");
    const Outcome finished =
        timed.run(saves + "0' TERM\n" + begun + "set_clock 7200\n" + until_killed, 7200, 0);
    CHECK(finished.exit_code == 0);
    CHECK(finished.error.empty());
}

// Proves: one that does not end is killed when its grace is over, and that is told; what it had not begun to
// save is an interruption, too.
TEST_CASE("an engine that does not end in its time is killed") {
    Timed timed;
    const Outcome killed =
        timed.run("trap 'set_clock 7320' TERM\n" + begun + "set_clock 7200\n" + until_killed, 7200, 0);
    CHECK(killed.exit_code == 75);
    CHECK(
        killed.error.starts_with("the time limit of 2 h is over: killed, since it did not end in 2 min more: "
                                 "what came after the last checkpoint is lost\n"));
    CHECK_FALSE(killed.lacked_memory);
    const Outcome early = timed.run("set_clock 7200\n" + until_killed, 7200, 0);
    CHECK(early.exit_code == 75);
    CHECK(early.error ==
          "the time limit of 2 h is over: ended before there was anything to save\n"
          "  give it more with --time-limit");
}

// Proves: an engine that tells nothing is warned about, then ended; that is a failure which can pass. One
// that tells of its work lives on.
TEST_CASE("an engine that hangs is ended") {
    Timed timed;
    const Outcome outcome =
        timed.run("trap 'set_clock 9000' TERM\n" + begun +
                      "await started; set_clock 900; await warning; set_clock 1800\n" + until_killed,
                  0, 1800);
    CHECK(timed.heard.warning == "it has told nothing for 15 min: it may hang (stall_limit is 30 min)");
    CHECK(outcome.exit_code == 6);
    CHECK(outcome.can_pass);
    CHECK_FALSE(outcome.lacked_memory);
    CHECK(outcome.error ==
          "it told nothing for 30 min, so that it seems to hang: killed, since it did not end in 2 min more: "
          "what came after the last checkpoint is lost\n"
          "  where a step takes so long, give the pipeline a longer stall_limit\n"
          "  to go on: graft run --resume 'runs/a b'");
    Timed working;
    const Outcome alive = working.run(begun + R"(for now in 1000 2000 3000; do
            set_clock $now; echo '{"event":"working","data":{}}'
        done
        echo '{"event":"result","data":{}}')",
                                      0, 1800);
    CHECK(alive.exit_code == 0);
}

}  // namespace
