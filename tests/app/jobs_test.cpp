// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `graft jobs`, and queues whose host is killed, against an engine that is a script.
#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "app/scripted_engine.hpp"

namespace {

using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::Json;
using graft::tests::json_lines;
using graft::tests::Printed;

/// An engine that trains in the folder it is asked for, until a file of the name "go" is there, and notes in
/// the file "told" how it began and ended. It saves and ends at SIGTERM, and when its host is gone, as the
/// real one does. A pipeline that "fails" fails for as long as the file "broken" is there.
const std::string engine = R"sh(
case "$request" in *'"validate"'*) echo '{"event":"result","data":{"problems":[]}}'; exit 0;; esac
folder=$(printf %s "$request" | sed 's/.*"\(out\|resume\)":"\([^"]*\)".*/\2/')
how=begins; case "$request" in *'"resume"'*) how=resumes;; esac
name=$(basename "$folder")
mkdir -p "$folder" && echo 'graft: 1' > "$folder/pipeline.yaml" && echo "log of $name" > "$folder/log.txt"
case "$name" in fails*) [ -e broken ] && { echo "$name $how" >> told; echo '{"event":"failed","data":{"category":4,"text":"no data"}}'; exit 4; };; esac
echo '{"event":"folder","data":{"folder":"'"$folder"'"}}'
saved() { echo "$name saved" >> told; echo '{"event":"result","data":{"status":"interrupted","folder":"'"$folder"'"}}'; exit 75; }
trap saved TERM
echo "$name $how" >> told
while [ ! -e go ]; do sleep 0.01; kill -0 $PPID 2>/dev/null && [ "$(ps -o ppid= -p $$ | tr -d ' ')" != 1 ] || saved; done
echo "$name ends" >> told
echo '{"event":"result","data":{"status":"finished","folder":"'"$folder"'","monitor":{"name":"val/loss","better":"lower","best":0.25}}}'
)sh";

/// Three pipelines: a, b and c.
struct Line : CommandLine {
    Line() {
        for (const char* name : {"a", "b", "c"}) {
            folder.write(std::string(name) + ".yaml", std::string("graft: 1\nname: ") + name + "\n");
        }
        CommandLine::engine(::engine);
    }

    std::string told() const { return graft::tests::slurp(folder / "told"); }

    /// States by the jobs' names.
    std::map<std::string, std::string> states(const std::string& queue) const {
        std::map<std::string, std::string> all;
        for (const Json& line : json_lines(graft({"jobs", "show", queue, "--json"}).out)) {
            all[line["name"]] = line["state"];
        }
        return all;
    }
};

using States = std::map<std::string, std::string>;

const std::string until_two_run =
    "while [ \"$(grep -c begins told 2>/dev/null)\" != 2 ]; do sleep 0.01; done\n";

// Proves: after kill -9 of the host, the same command repeats nothing that has finished, resumes what was
// running and begins what was queued, each once; and when all is done, nothing is left to go on with.
TEST_CASE("a killed host's queue goes on") {
    const Line line;
    const Printed killed =
        line.shell(R"("$graft" run a.yaml b.yaml c.yaml --out q --jobs 2 >/dev/null & pid=$!
        )" + until_two_run +
                   R"(
        kill -9 $pid; wait $pid; "$graft" jobs show q --json)");
    std::vector<std::string> states;
    for (const Json& job : json_lines(killed.out)) {
        states.push_back(job["state"]);
    }
    CHECK(states == std::vector<std::string>{"interrupted", "interrupted", "queued"});
    CHECK(has(line.graft({"jobs"}).out, "unfinished"));
    const Printed again = line.shell(R"sh(while [ "$(grep -c saved told)" != 2 ]; do sleep 0.01; done
        : > go; "$graft" run a.yaml b.yaml c.yaml --out q --jobs 2)sh");
    CHECK(again.exit_code == 0);
    CHECK(has(again.err, "going on with queue 1\n"));
    const std::string told = line.told();
    for (const char* once :
         {"a begins\n", "a resumes\n", "b resumes\n", "c begins\n", "a ends\n", "b ends\n", "c ends\n"}) {
        CAPTURE(once);
        CHECK(told.find(once) != std::string::npos);
        CHECK(told.find(once) == told.rfind(once));
    }
    CHECK_FALSE(has(told, "c resumes"));
    CHECK(line.states("q") == States{{"a.yaml", "finished"}, {"b.yaml", "finished"}, {"c.yaml", "finished"}});
    CHECK(line.graft({"jobs", "resume", "q"}).err ==
          "queue 1 is done; `graft jobs retry 1` tries again what failed or was cancelled\n");
}

// Proves: while a host lives, nobody else works on its queue, and other pipelines do not take its folder.
TEST_CASE("nothing runs twice") {
    const Line line;
    const Printed second = line.shell(R"("$graft" run a.yaml b.yaml --out q --jobs 2 >/dev/null 2>&1 & pid=$!
        )" + until_two_run + R"(
        "$graft" run a.yaml b.yaml --out q; echo $?; "$graft" jobs resume 1; echo $?
        "$graft" jobs; : > go; wait $pid)");
    CHECK(second.out.substr(0, 4) == "2\n2\n");
    CHECK(has(second.out, "    1  q     "));
    CHECK(has(second.out, "at work\n"));
    CHECK(has(second.err, "error: queue 1 is at work already (process "));
    CHECK(has(second.err, "`graft jobs show 1` tells how far it is, `graft jobs cancel 1` ends it\n"));
    CHECK(line.told().size() == std::string("a begins\nb begins\na ends\nb ends\n").size());
    const Printed other =
        line.shell(R"(rm go told; "$graft" run a.yaml b.yaml --out q --jobs 2 >/dev/null 2>&1 & pid=$!
        )" + until_two_run +
                   R"(
        kill -TERM $pid; wait $pid; "$graft" run a.yaml c.yaml --out q)");
    CHECK(other.exit_code == 2);
    CHECK(has(other.err,
              "belongs to queue 2, which is not done and was begun with other pipelines\n  `graft "
              "jobs resume 2` goes on with it, `graft jobs cancel 2` gives it up\n"));
    // Whoever removes the folder gives the queue up.
    CHECK(line.shell(": > go; rm -r q; \"$graft\" run a.yaml c.yaml --out q").exit_code == 0);
    CHECK(line.states("2") == States{{"a.yaml", "cancelled"}, {"b.yaml", "cancelled"}});
}

// Proves: a lone run is a queue of one: interrupted, it goes on by the same command; finished, it is refused
// by the engine as ever (which is asked to begin, not to resume).
TEST_CASE("a lone run is a queue of one") {
    const Line line;
    line.shell(R"("$graft" run a.yaml --out one & pid=$!
        while [ ! -e told ]; do sleep 0.01; done; kill -TERM $pid; wait $pid)");
    CHECK(line.states("a") == States{{"a.yaml", "interrupted"}});
    CHECK(line.shell(": > go; \"$graft\" run a.yaml --out ./one/").exit_code == 0);
    CHECK(line.told() == "one begins\none saved\none resumes\none ends\n");
    CHECK(line.states("a") == States{{"a.yaml", "finished"}});
    line.graft({"run", "a.yaml", "--out", "one"});
    CHECK(has(line.told(), "ends\none begins\n"));
    CHECK(line.graft({"jobs", "log", "1"}).out == "log of one\n");
}

// Proves: a job whose time is over, by its pipeline or for all of a command, ends as interrupted and stops no
// other; the next command goes on with it, and the time begins anew. Where the time was over before the
// engine could save, that is told instead.
TEST_CASE("jobs end when their time is over") {
    const Line line;
    line.folder.write("a.yaml", "graft: 1\nname: a\ntime_limit: 0.5s\n");
    const Printed printed = line.graft({"run", "a.yaml", "--out", "one"});
    CHECK(printed.exit_code == 75);
    CHECK(has(printed.err, "error: the time limit of 0.5 s is over: "));
    CHECK(line.states("1") == States{{"a.yaml", "interrupted"}});
    CHECK(line.graft({"run", "a.yaml", "--out", "one"}).exit_code == 75);
    CHECK(json_lines(line.graft({"jobs", "show", "1", "--json"}).out)[0]["seconds"] >= 0.5);
    CHECK(line.shell(": > go; \"$graft\" run a.yaml --out one --time-limit 1h").exit_code == 0);
    CHECK(line.states("1") == States{{"a.yaml", "finished"}});
    const Printed all = line.shell(R"(rm go; "$graft" run b.yaml c.yaml --out q --jobs 1 --time-limit 0.5s)");
    CHECK(all.exit_code == 75);
    CHECK(line.states("2") == States{{"b.yaml", "interrupted"}, {"c.yaml", "interrupted"}});
    CHECK(has(all.err, "to go on with all of them: graft jobs resume 2\n"));
    CHECK(line.graft({"jobs", "resume", "2"}).exit_code == 75);  // it keeps its limit
    CHECK(line.shell(": > go; \"$graft\" run b.yaml c.yaml --out q --time-limit 0").exit_code == 0);
    CHECK(line.states("2") == States{{"b.yaml", "finished"}, {"c.yaml", "finished"}});
    CHECK(line.graft({"run", "a.yaml", "--time-limit", "90"}).err ==
          "error: --time-limit is '90'; must be a number and a unit, s, min, h or d (90s, 1.5h)\n"
          "  `graft run --help` tells what it takes\n");
}

// Proves: a job that waits never begins, one that runs saves first, and the others go on.
TEST_CASE("jobs are cancelled") {
    const Line line;
    const Printed printed = line.shell(R"("$graft" run a.yaml b.yaml c.yaml --out q --jobs 2 & pid=$!
        )" + until_two_run + R"(
        "$graft" jobs cancel 1.3; "$graft" jobs cancel q.1
        while ! grep -q saved told; do sleep 0.01; done; : > go; wait $pid)");
    CHECK(line.told().find("a saved") != std::string::npos);
    CHECK_FALSE(has(line.told(), "c begins"));
    CHECK(printed.exit_code == 75);
    CHECK(has(printed.err, "job 1.3: 1 job cancelled\n"));
    CHECK(has(printed.err, "job 1.1: 1 job cancelled, 1 of them after it has saved\n"));
    CHECK(has(printed.err, "c.yaml: left out: it was cancelled\n"));
    CHECK(line.states("1") ==
          States{{"a.yaml", "cancelled"}, {"b.yaml", "finished"}, {"c.yaml", "cancelled"}});
    const Printed done = line.graft({"jobs", "cancel", "1"});
    CHECK(done.exit_code == 2);
    CHECK(done.err == "error: queue 1 is done: there is nothing to cancel\n");
    // What was cancelled is tried again only when somebody asks, from where it stood.
    CHECK(line.graft({"jobs", "retry", "1"}).exit_code == 0);
    CHECK(has(line.told(), "a resumes\n"));
    CHECK(has(line.told(), "c begins\n"));
}

// Proves: what failed is not tried again by the same command or by resume, only by retry, with what was left
// out because of it.
TEST_CASE("failed jobs are tried again when asked") {
    const Line line;
    line.folder.write("fails.yaml", "graft: 1\nname: fails\n");
    line.folder.write("behind.yaml", "graft: 1\nname: behind\nneeds: fails\n");
    const Printed first =
        line.shell(": > go; : > broken; \"$graft\" run behind.yaml fails.yaml a.yaml --out q --jobs 1");
    CHECK(first.exit_code == 4);
    const States failed = {{"behind.yaml", "cancelled"}, {"fails.yaml", "failed"}, {"a.yaml", "finished"}};
    CHECK(line.states("q") == failed);
    CHECK(line.graft({"jobs", "show", "q"}).out.starts_with("queue 1, q: done\nin /"));
    CHECK(has(line.graft({"jobs", "show", "q"}).out, "1.1  behind.yaml  cancelled"));
    CHECK(has(line.graft({"jobs", "show", "q"}).out, "failed     "));
    CHECK(has(line.graft({"jobs", "show", "q"}).out, "  no data\n"));
    CHECK(line.graft({"jobs", "resume", "1"}).exit_code == 0);
    CHECK(line.states("q") == failed);
    CHECK(line.shell("rm broken; \"$graft\" jobs retry 1.2").exit_code == 0);
    CHECK(line.states("q") ==
          States{{"behind.yaml", "finished"}, {"fails.yaml", "finished"}, {"a.yaml", "finished"}});
    CHECK(line.told() ==
          "fails begins\na begins\na ends\nfails begins\nfails ends\nbehind begins\nbehind ends\n");
}

// Proves: a queue that is done goes off the list when asked, by its number or its age, and its runs stay; one
// that is not done is kept, with what to do.
TEST_CASE("graft jobs forget") {
    const Line line;
    line.shell(": > go; \"$graft\" run a.yaml --out one; \"$graft\" run b.yaml --out two");
    const Printed forgotten = line.graft({"jobs", "forget", "1"});
    CHECK(forgotten.exit_code == 0);
    CHECK(forgotten.err == "1 queue forgotten\n");
    CHECK(line.graft({"jobs", "show", "1"}).exit_code == 2);
    CHECK(std::filesystem::exists(line.folder / "one/log.txt"));
    CHECK(line.graft({"jobs", "forget", "--older-than", "30d"}).err == "0 queues forgotten\n");
    CHECK(line.states("2") == States{{"b.yaml", "finished"}});
    line.shell(R"(rm go told; "$graft" run c.yaml --out three & pid=$!
        while [ ! -e told ]; do sleep 0.01; done; kill -TERM $pid; wait $pid)");
    CHECK(line.graft({"jobs", "forget", "3"}).err ==
          "error: queue 3 is not done\n  `graft jobs cancel 3` gives it up\n");
    CHECK(line.graft({"jobs", "forget", "--older-than", "0"}).err == "1 queue forgotten\n");
    CHECK(line.states("3") == States{{"c.yaml", "interrupted"}});
    CHECK(has(line.graft({"jobs", "forget"}).err, "error: forget which queue or job?\n"));
    CHECK(has(line.graft({"jobs", "forget", "3", "--older-than", "1d"}).err,
              "error: --older-than takes no queue: it means all\n"));
    CHECK(has(line.graft({"jobs", "forget", "--older-than", "30"}).err,
              "error: --older-than is '30'; must be "));
}

// Proves: a detached queue outlives its command, and tells where it writes.
TEST_CASE("a queue is left running") {
    const Line line;
    const Printed printed = line.shell(R"("$graft" run a.yaml b.yaml --out q --jobs 2 --detach
        )" + until_two_run + R"(
        : > go; "$graft" jobs show 1 --watch)");
    CHECK(printed.exit_code == 0);
    CHECK(printed.out.find("queue 1 is left running: `graft jobs show 1` tells how far it is\n") == 0);
    CHECK(line.shell("while ! \"$graft\" jobs | grep -q done; do sleep 0.01; done").exit_code == 0);
    CHECK(line.states("1") == States{{"a.yaml", "finished"}, {"b.yaml", "finished"}});
    CHECK(has(graft::tests::slurp(line.folder / ".local/state/graft/queues/1/output.txt"), "val/loss"));
    CHECK(line.graft({"run", "a.yaml", "--detach", "--dry-run"}).exit_code == 2);
}

// Proves: a queue that is forgotten while somebody watches it is told as that, or was seen to be done before.
TEST_CASE("a queue is forgotten while it is watched") {
    const Line line;
    const Printed printed = line.shell(R"("$graft" run a.yaml --out one --detach
        "$graft" jobs show 1 --watch > shown & watch=$!
        while [ ! -s shown ]; do sleep 0.01; done
        : > go; while ! "$graft" jobs | grep -q done; do sleep 0.01; done; "$graft" jobs forget 1
        wait $watch; echo "exit code $?")");
    CAPTURE(printed.err);
    CHECK((has(printed.out, "exit code 0\n") || has(printed.err, "error: queue 1 was forgotten just now\n")));
}

// Proves: a home that cannot be written is a warning, once, and the runs are as ever.
TEST_CASE("a run does without the record") {
    const Line line;
    line.folder.write("plain", "");
    const Printed printed = line.shell(": > go; GRAFT_STATE=plain \"$graft\" run a.yaml b.yaml --out q");
    CHECK(printed.exit_code == 0);
    const std::string warning = "warning: this run is not kept for `graft jobs`: '";
    CHECK(has(printed.err, warning));
    CHECK(printed.err.find(warning) == printed.err.rfind(warning));
    CHECK(line.shell("GRAFT_STATE=plain \"$graft\" jobs").exit_code == 6);
}

// Proves: what is asked wrongly is told with what would be right.
TEST_CASE("graft jobs, used wrongly") {
    const Line line;
    CHECK(line.graft({"jobs"}).out == "no queues: `graft run` begins one\n");
    CHECK(line.graft({"jobs", "shwo", "1"}).err ==
          "error: graft jobs cannot 'shwo'\n  did you mean 'show'?\n  `graft jobs --help` tells what it "
          "takes\n");
    CHECK(has(line.graft({"jobs", "show"}).err, "error: show which queue or job?\n"));
    CHECK(line.graft({"jobs", "show", "x"}).err ==
          "error: there is no queue 'x'\n  `graft jobs --all` lists them\n");
    CHECK(has(line.graft({"jobs", "cancel", "1", "--watch"}).err,
              "error: --watch means nothing beside cancel\n"));
    line.shell(": > go; \"$graft\" run a.yaml b.yaml --out q");
    CHECK(line.graft({"jobs", "log", "1.3"}).err ==
          "error: queue 1 has 2 jobs and no job 1.3\n  `graft jobs show 1` lists them\n");
    CHECK(has(line.graft({"jobs", "log", "1"}).err,
              "error: queue 1 has 2 jobs; which one? 1.1 is the first\n"));
    CHECK(has(line.graft({"jobs", "resume", "1.1"}).err, "error: resume takes a whole queue: 1\n"));
}

}  // namespace
