// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `graft run --on slurm` with a real Slurm (slurm_cluster.sh): a script or the real engine does the work.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/engine.hpp"
#include "app/scripted_engine.hpp"
#include "support/skip.hpp"

namespace {

using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::Json;
using graft::tests::json_lines;
using graft::tests::Printed;
using graft::tests::quoted;
using graft::tests::slurp;

bool is_free(int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    const bool is_bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return is_bound;
}

/// Three ports in a row that nobody has, for one who may begin a moment later.
int free_ports() {
    int port = 20'000 + static_cast<int>(::getpid() % 10'000);
    while (!is_free(port) || !is_free(port + 1) || !is_free(port + 2)) {
        port += 3;
    }
    return port;
}

/// A Slurm for as long as the object lives.
class Cluster {
public:
    Cluster() {
        const int status = std::system(
            (script() + " start " + quoted(folder_.path().string()) + " " + std::to_string(free_ports()))
                .c_str());
        code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;
    ~Cluster() {
        if (std::system((script() + " stop " + quoted(folder_.path().string())).c_str()) != 0) {
            std::fputs("the test's Slurm did not stop\n", stderr);
        }
    }

    /// False: the case is to return. What keeps Slurm from starting is the machine's, and printed above.
    bool is_there() const {
        if (code_ == 77) {
            graft::tests::skip("Slurm is not installed: slurmctld slurmd slurm-client munge");
            return false;
        }
        if (code_ != 0) {
            graft::tests::skip("Slurm is installed and does not start on this machine");
            return false;
        }
        return true;
    }

    std::string environment() const {
        return "export SLURM_CONF=" + quoted(folder_.file("slurm.conf")) + "\n";
    }

private:
    static std::string script() { return quoted(GRAFT_TEST_SOURCE "/tests/app/slurm_cluster.sh"); }

    graft::tests::TemporaryFolder folder_;
    int code_ = -1;
};

/// An engine that trains until the file "go" is there; see jobs_test.cpp. "fails" fails. What it was given
/// stands in "given".
const std::string waiting_engine = R"sh(
case "$request" in *'"validate"'*) echo '{"event":"result","data":{"problems":[]}}'; exit 0;; esac
folder=$(printf %s "$request" | sed 's/.*"\(out\|resume\)":"\([^"]*\)".*/\2/')
how=begins; case "$request" in *'"resume"'*) how=resumes;; esac
name=$(basename "$folder")
# Slurm and graft may both tell it to end, which must not interrupt the saving.
saved() { trap '' TERM; echo "$name saved" >> told; echo '{"event":"result","data":{"status":"interrupted","folder":"'"$folder"'"}}'; exit 75; }
trap saved TERM
mkdir -p "$folder" && echo 'graft: 1' > "$folder/pipeline.yaml"
echo "$name $how" >> told
echo "$name rank=$RANK local=$LOCAL_RANK world=$WORLD_SIZE host=$MASTER_ADDR port=$MASTER_PORT gpus=$CUDA_VISIBLE_DEVICES node=$SLURMD_NODENAME" >> given
echo "$name $SLURM_MEM_PER_NODE" >> memory
case "$name" in fails*) echo '{"event":"failed","data":{"category":4,"text":"no data"}}'; exit 4;; esac
echo '{"event":"folder","data":{"folder":"'"$folder"'"}}'
echo '{"event":"started","data":{"name":"'"$name"'","folder":"'"$folder"'","device":"cpu","parameters":{"total":1,"trainable":1},"samples":{"train":1,"val":1},"epochs":1}}'
echo "a line of $name" >&2
while [ ! -e go ]; do sleep 0.05; done
echo "$name ends" >> told
echo '{"event":"result","data":{"status":"finished","name":"'"$name"'","folder":"'"$folder"'","monitor":{"name":"val/loss","better":"lower","best":0.25}}}'
)sh";

/// Pipelines a, b, c, fails, behind (which needs fails), and sweep, of two.
struct ClusterLine : CommandLine {
    explicit ClusterLine(const Cluster& cluster) : cluster_(cluster) {
        for (const char* name : {"a", "b", "c", "fails"}) {
            folder.write(std::string(name) + ".yaml", std::string("graft: 1\nname: ") + name + "\n");
        }
        folder.write("behind.yaml", "graft: 1\nname: behind\nneeds: fails\n");
        folder.write("sweep.yaml", "graft: 1\nname: sweep\nmatrix: {train.batch: [8, 16]}\n");
    }

    Printed with_slurm(const std::string& line) const { return shell(cluster_.environment() + line); }
    std::string told() const { return slurp(folder / "told"); }

    std::map<std::string, std::string> states(const std::string& queue) const {
        std::map<std::string, std::string> all;
        for (const Json& job : json_lines(with_slurm("\"$graft\" jobs show " + queue + " --json").out)) {
            all[job["name"]] = job["state"];
        }
        return all;
    }

private:
    const Cluster& cluster_;
};

using States = std::map<std::string, std::string>;

std::string until(const std::string& condition) {
    return "while ! " + condition + "; do sleep 0.1; done\n";
}

std::vector<std::string> sorted_lines(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

}  // namespace

// Proves: a sweep, and a run that begins with the weights of another, give on Slurm what they give here,
// bit by bit, with the same table of results and states.
TEST_CASE("Slurm gives the results of this machine" * doctest::test_suite("slow")) {
    const Cluster cluster;
    if (!cluster.is_there() || !graft::tests::has_engine()) {
        return;
    }
    ClusterLine line(cluster);
    const std::string rest =
        "data: {use: synthetic_faces, samples: 24, size: 32, split: {train: train, val: val}, image: "
        "{size: 32}}\n"
        "head: {use: age_gender}\ntrain: {epochs: 2, batch: 8}\n";
    line.folder.write("sweep.yaml",
                      "graft: 1\nname: sweep\nmatrix: {seed: [1, 2]}\nbackbone: {use: resnet18, "
                      "weights: none}\n" +
                          rest);
    line.folder.write(
        "tuned.yaml",
        "graft: 1\nname: tuned\nbackbone: {use: resnet18, weights: 'job:sweep-seed=2'}\n" + rest);
    const std::string command = "\"$graft\" run tuned.yaml sweep.yaml --threads 1 --json --out ";
    const Printed here = line.with_slurm(command + "here --jobs 1");
    const Printed there = line.with_slurm(command + "there --on slurm");
    CHECK(here.exit_code == 0);
    CHECK(there.exit_code == 0);
    CAPTURE(there.err);
    REQUIRE(json_lines(there.out).size() == 3);
    for (const char* run : {"sweep-seed=1", "sweep-seed=2", "tuned"}) {
        CAPTURE(run);
        const std::string file = std::string(run) + "/model/weights.safetensors";
        const std::string weights = slurp(line.folder / ("here/" + file));
        CHECK_FALSE(weights.empty());
        CHECK(weights == slurp(line.folder / ("there/" + file)));
        CHECK(slurp(line.folder / ("here/" + std::string(run) + "/evaluation.json")) ==
              slurp(line.folder / ("there/" + std::string(run) + "/evaluation.json")));
    }
    const States finished = {
        {"sweep.yaml: seed=1", "finished"}, {"sweep.yaml: seed=2", "finished"}, {"tuned.yaml", "finished"}};
    CHECK(line.states("1") == finished);
    CHECK(line.states("2") == finished);
}

// Proves: a sweep is one array; what fails is told with its code, what needs it is left out, and both
// stand in the record; the log has what the job printed; what is tried again may ask for other things.
TEST_CASE("states and exit codes come back from Slurm" * doctest::test_suite("slow")) {
    const Cluster cluster;
    if (!cluster.is_there()) {
        return;
    }
    ClusterLine line(cluster);
    line.engine(waiting_engine);
    const Printed printed = line.with_slurm(
        ": > go; \"$graft\" run behind.yaml fails.yaml sweep.yaml --out q --on slurm --slurm mem=32");
    CHECK(printed.exit_code == 4);
    CHECK(has(printed.err, "fails.yaml: no data\n"));
    CHECK(has(printed.err, "behind.yaml: left out: it needs fails.yaml\n"));
    CHECK(has(printed.out, "sweep.yaml: batch=8"));
    CHECK(line.states("1") == States{{"behind.yaml", "cancelled"},
                                     {"fails.yaml", "failed"},
                                     {"sweep.yaml: batch=8", "finished"},
                                     {"sweep.yaml: batch=16", "finished"}});
    const auto jobs = json_lines(line.with_slurm("\"$graft\" jobs show 1 --json").out);
    REQUIRE(jobs.size() == 4);
    CHECK(jobs[1]["exit_code"] == 4);
    const std::string first = jobs[2]["place"];
    const std::string second = jobs[3]["place"];
    CHECK(first.ends_with("_0"));
    CHECK(second == first.substr(0, first.size() - 1) + "1");
    CHECK(has(line.with_slurm("\"$graft\" jobs log 1.3").out, "a line of sweep-batch=8"));
    CHECK(line.with_slurm("\"$graft\" jobs retry 1.2 --slurm mem=64").exit_code == 4);
    CHECK(slurp(line.folder / "memory").ends_with("fails 64\n"));
    CHECK(has(slurp(line.folder / "memory"), "fails 32\n"));
    CHECK(has(line.with_slurm("\"$graft\" jobs retry 1.2 --slurm array=3").err,
              "error: --slurm has 'array=3'; graft sets sbatch's --array itself\n"));
}

// Proves: after the warning that the time is over a job saves, Slurm begins it again, and it goes on from
// where it was; nobody else does anything.
TEST_CASE("a job whose time is over goes on" * doctest::test_suite("slow")) {
    const Cluster cluster;
    if (!cluster.is_there()) {
        return;
    }
    ClusterLine line(cluster);
    line.engine(waiting_engine);
    const Printed printed = line.with_slurm(R"("$graft" run a.yaml --out one --on slurm & pid=$!
        )" + until("grep -q begins told 2>/dev/null") +
                                            "scancel --batch --signal=USR1 $(squeue -h -o %i)\n" +
                                            until("grep -q resumes told") + ": > go; wait $pid");
    CHECK(printed.exit_code == 0);
    CHECK(line.told() == "one begins\none saved\none resumes\none ends\n");
    CHECK(has(printed.err, "its time was over: it has saved, and goes on when Slurm has room"));
    CHECK(line.states("1") == States{{"a.yaml", "finished"}});
}

// Proves: a job of two tasks runs on two nodes, each with its place among them; the same here, on one
// machine.
TEST_CASE("a job of two tasks" * doctest::test_suite("slow")) {
    const Cluster cluster;
    if (!cluster.is_there()) {
        return;
    }
    ClusterLine line(cluster);
    line.engine(waiting_engine);
    const Printed there = line.with_slurm(
        ": > go; \"$graft\" run a.yaml --out two --tasks 2 --on slurm --slurm nodes=2 --slurm time=5");
    CHECK(there.exit_code == 0);
    CAPTURE(there.err);
    const std::vector<std::string> given = sorted_lines(slurp(line.folder / "given"));
    REQUIRE(given.size() == 2);
    CHECK(given[0].starts_with("two rank=0 local=0 world=2 host=127.0.0.1 port="));
    CHECK(given[1].starts_with("two rank=1 local=0 world=2 host=127.0.0.1 port="));
    CHECK(given[0].find("node=node0") != std::string::npos);
    CHECK(given[1].find("node=node1") != std::string::npos);
    CHECK(line.states("1") == States{{"a.yaml", "finished"}});
    CHECK(slurp(line.folder / "requests").find("\"rank\":1,\"ranks\":2") != std::string::npos);
    // Both begin, however late the second is, save when their time is over, and go on.
    line.folder.write_script(
        "prolog", "[ \"$SLURM_PROCID\" = 0 ] || " +
                      until("grep -qs '\"folder\"' '" +
                            line.folder.file(".local/state/graft/queues/2/slurm/1/job-0.events") + "'"));
    const Printed again =
        line.with_slurm(
            R"(rm go told given; export SLURM_TASK_PROLOG="$PWD/prolog"
        "$graft" run b.yaml --out both --tasks 2 --on slurm --slurm nodes=2 & pid=$!
        )" + until("[ \"$(grep -c begins told 2>/dev/null)\" = 2 ]") +
            "scancel --batch --signal=USR1 $(squeue -h -o %i)\n" +
            until("[ \"$(grep -c resumes told)\" = 2 ]") + ": > go; wait $pid");
    CHECK(again.exit_code == 0);
    CHECK(sorted_lines(line.told()) == std::vector<std::string>{"both begins", "both begins", "both ends",
                                                                "both ends", "both resumes", "both resumes",
                                                                "both saved", "both saved"});
}

// Proves: a job that asks for a GPU is given one by Slurm, and no more.
TEST_CASE("a GPU of Slurm's" * doctest::test_suite("slow")) {
    const Cluster cluster;
    if (!cluster.is_there()) {
        return;
    }
    ClusterLine line(cluster);
    line.engine(waiting_engine);
    const Printed printed = line.with_slurm(
        ": > go; \"$graft\" run a.yaml --out gpu --device cuda --on slurm --slurm no-requeue");
    CHECK(printed.exit_code == 0);
    CHECK(has(slurp(line.folder / "given"), "gpus=0 node="));
    CHECK(has(line.requests(), "\"device\":\"cuda\""));
}

// Proves: jobs outlive their host; `graft jobs show` knows of them without one, what comes next follows
// those that run, takes the ends of those that have ended, and submits none twice.
TEST_CASE("what Slurm has outlives its host" * doctest::test_suite("slow")) {
    const Cluster cluster;
    if (!cluster.is_there()) {
        return;
    }
    ClusterLine line(cluster);
    line.engine(waiting_engine);
    line.with_slurm(R"("$graft" run a.yaml b.yaml behind.yaml fails.yaml --out q --on slurm & pid=$!
        )" + until("[ \"$(grep -c begins told 2>/dev/null)\" = 3 ]") +
                    until("\"$graft\" jobs show 1 | grep -q 'fails.yaml  *failed'") +
                    "kill -9 $pid; wait $pid");
    const States running = {
        {"a.yaml", "running"}, {"b.yaml", "running"}, {"behind.yaml", "queued"}, {"fails.yaml", "failed"}};
    States seen = line.states("q");
    seen["behind.yaml"] = "queued";  // Slurm takes it out of its queue when it comes to it
    CHECK(seen == running);
    CHECK(has(line.with_slurm("\"$graft\" jobs").out, "at work"));
    const Printed local = line.with_slurm("\"$graft\" run a.yaml b.yaml behind.yaml fails.yaml --out q");
    CHECK(local.exit_code == 2);
    CHECK(has(local.err, "was begun with --on slurm, and Slurm may have its jobs"));
    const Printed again = line.with_slurm(R"("$graft" jobs resume q & pid=$!
        sleep 1; : > go; wait $pid)");
    CHECK(again.exit_code == 0);
    CHECK(sorted_lines(line.told()) ==
          std::vector<std::string>{"a begins", "a ends", "b begins", "b ends", "fails begins"});
    CHECK(line.states("q") == States{{"a.yaml", "finished"},
                                     {"b.yaml", "finished"},
                                     {"behind.yaml", "cancelled"},
                                     {"fails.yaml", "failed"}});
}

// Proves: a queue is left to Slurm by --detach and by Ctrl-C; `graft jobs cancel` has what runs save and
// takes back what waits; and what was interrupted is submitted again by resume.
TEST_CASE("jobs in Slurm are cancelled" * doctest::test_suite("slow")) {
    const Cluster cluster;
    if (!cluster.is_there()) {
        return;
    }
    ClusterLine line(cluster);
    line.engine(waiting_engine);
    const Printed printed =
        line.with_slurm(
            R"("$graft" run a.yaml b.yaml c.yaml --out q --on slurm --slurm exclusive --detach
        )" + until("[ \"$(grep -c begins told 2>/dev/null)\" = 2 ]") +
            R"("$graft" jobs show 1 > shown; "$graft" jobs cancel 1.3; "$graft" jobs cancel 1.1
        )" + until("\"$graft\" jobs show 1 | grep -q 'a.yaml  *cancelled'"));
    CHECK(printed.exit_code == 0);
    CHECK(has(printed.err, "queue 1 is left to Slurm: `graft jobs show 1` tells how far it is"));
    CHECK(has(slurp(line.folder / "shown"), "1.3  c.yaml  queued "));
    CHECK(has(slurp(line.folder / "shown"), "  Slurm's job "));
    CHECK(has(printed.err, "job 1.3: 1 job cancelled\n"));
    CHECK(has(printed.err, "job 1.1: 1 job cancelled, 1 of them after it has saved\n"));
    CHECK(line.states("1") ==
          States{{"a.yaml", "cancelled"}, {"b.yaml", "running"}, {"c.yaml", "cancelled"}});
    const Printed followed =
        line.with_slurm("\"$graft\" jobs resume 1 2>followed & pid=$!\n" +
                        until("grep -q 'b.yaml: begins' followed") + "kill -INT $pid; wait $pid");
    CHECK(followed.exit_code == 75);
    CHECK(line.states("1")["b.yaml"] == "running");
    line.with_slurm("scancel -u $(id -u)\n" + until("grep -q 'b saved' told") +
                    until("[ -z \"$(squeue -h)\" ]"));
    CHECK(line.states("1")["b.yaml"] == "interrupted");
    CHECK(line.with_slurm(": > go; \"$graft\" jobs resume 1").exit_code == 0);
    CHECK(line.states("1") ==
          States{{"a.yaml", "cancelled"}, {"b.yaml", "finished"}, {"c.yaml", "cancelled"}});
    CHECK(has(line.told(), "b resumes\nb ends\n"));
}

// Proves: names and paths with everything that a shell knows do what they name, under a site's own job
// script; what Slurm refuses is told in its words, and nothing is left behind.
TEST_CASE("a site's script, odd names, and what Slurm refuses" * doctest::test_suite("slow")) {
    const Cluster cluster;
    if (!cluster.is_there()) {
        return;
    }
    ClusterLine line(cluster);
    line.engine(waiting_engine);
    line.folder.write("site", "#!/bin/bash\necho loaded > loaded\nexec \"$@\"\n");
    line.folder.write("a'b $(touch oops); %j.yaml", "graft: 1\nname: \"x $(touch oops) ;y\"\n");
    const Printed odd = line.with_slurm(
        R"(: > go; "$graft" run "a'b \$(touch oops); %j.yaml" --out 'o $(touch oops)' --on slurm --slurm-template site)");
    CAPTURE(odd.err);
    CHECK(odd.exit_code == 0);
    CHECK(slurp(line.folder / "loaded") == "loaded\n");
    CHECK_FALSE(std::filesystem::exists(line.folder / "oops"));
    const Printed refused =
        line.with_slurm("\"$graft\" run a.yaml --out r --on slurm --slurm partition=nope");
    CHECK(refused.exit_code == 2);
    CHECK(has(refused.err, "error: Slurm did not take a job: "));
    CHECK(has(refused.err, "nope"));
    CHECK(line.states("2") == States{{"a.yaml", "cancelled"}});
    const auto modes = line.shell("find .local/state/graft -perm /077 -not -name 'batch-*.log'");
    CHECK(modes.out.empty());
}
