// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What graft tells Slurm's programs and makes of their answers; tests/app/slurm_test.cpp has a real Slurm.
#include "jobs/slurm.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "jobs/slurm_backend.hpp"
#include "jobs/slurm_batches.hpp"
#include "jobs/slurm_folder.hpp"
#include "jobs/tasks.hpp"
#include "support/temporary_folder.hpp"

using namespace graft;
namespace slurm = graft::jobs::slurm;
using jobs::Job;
using jobs::Outcome;

namespace {

using Words = std::vector<std::string>;

std::string messages(const Words& words) {
    return core::messages(slurm::problems_of(words));
}

/// A program of Slurm that is a script, for as long as the object lives.
class Pretended {
public:
    Pretended(const std::string& name, const std::string& body)
        : folder_(), path_("PATH", (folder_.path().string() + ":" + std::getenv("PATH")).c_str()) {
        folder_.write_script(name, body);
    }

    std::string file(const std::string& name) const { return folder_.file(name); }

private:
    tests::TemporaryFolder folder_;
    tests::ScopedVariable path_;
};

Job job_of(const std::string& sweep, std::vector<std::size_t> needs, const std::string& device = "") {
    Job job;
    job.name = sweep;
    job.request = {{"command", "run"}};
    job.sweep = sweep;
    job.needs = std::move(needs);
    job.device = device;
    return job;
}

}  // namespace

// Proves: what a user passes on to sbatch can take nothing from graft, not even by the beginning of an
// option's name, and is no way to another program.
TEST_CASE("options for sbatch") {
    CHECK(messages({"partition=gpu", "time=1-00:00:00", "exclusive", "gres=gpu:a100:1", "nodes=2"}).empty());
    CHECK(messages({"wait-all-nodes=1", "ntasks-per-node=2", "signal=B:USR1@600", "mem=4G"}).empty());
    CHECK(messages({"array=0-3"}) == "--slurm has 'array=0-3'; graft sets sbatch's --array itself");
    CHECK(messages({"depend=afterok:1"}) ==
          "--slurm has 'depend=afterok:1'; graft sets sbatch's --dependency itself");
    CHECK(messages({"--partition=x"}) ==
          "--slurm has '--partition=x'; must be an option of sbatch, without its dashes");
    CHECK(messages({"", "A=x", "time=1\n2", "wrap=rm"}).find("graft sets sbatch's --wrap itself") !=
          std::string::npos);
    CHECK(slurm::problems_of({"", "A=x", "time=1\n2", "wrap=rm"}).size() == 4);
}

// Proves: an array says how many and how many at once, a lone job is no array; needs, tasks, threads and GPUs
// are asked for; a site's own words replace ours, and a name is one word whatever is in it.
TEST_CASE("the words of an sbatch") {
    slurm::JobBatch batch;
    batch.jobs = {4, 5, 7};
    batch.after = {"17", "18_2"};
    batch.name = "a b;$(c)";
    batch.threads = 3;
    batch.wants_gpu = true;
    batch.time_limit = 5401;  // 91 minutes, and 5 to begin and to save
    batch.script = "/s/script";
    batch.command = {"/bin/graft", "job", "/s", "0"};
    const auto has = [](const Words& words, const std::string& word) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    slurm::SubmitOptions options;
    options.at_once = 2;
    Words words = sbatch_words(batch, options);
    for (const char* word : {"--array=0-2%2", "--dependency=afterok:17:18_2", "--kill-on-invalid-dep=yes",
                             "--requeue", "--cpus-per-task=3", "--gres=gpu:1", "--time=96",
                             "--signal=B:USR1@120", "--ntasks=1", "--job-name=a b;$(c)"}) {
        CAPTURE(word);
        CHECK(has(words, word));
    }
    CHECK(Words(words.end() - 5, words.end()) == Words{"/s/script", "/bin/graft", "job", "/s", "0"});
    batch.jobs = {4};
    batch.tasks = 2;
    options.words = {"signal=B:USR1@30", "partition=p", "time=10"};
    words = sbatch_words(batch, options);
    CHECK(has(words, "--time=10"));
    CHECK_FALSE(has(words, "--time=96"));
    CHECK(has(words, "--gpus-per-task=1"));
    CHECK(has(words, "--partition=p"));
    CHECK_FALSE(has(words, "--signal=B:USR1@120"));
    for (const std::string& word : words) {
        CHECK_FALSE(word.starts_with("--array"));
    }
    options.words = {"gres=gpu:a100:2"};
    words = sbatch_words(batch, options);
    CHECK_FALSE(has(words, "--gpus-per-task=1"));
    CHECK(slurm::as_pattern("/a%j/b") == "/a%%j/b");
}

// Proves: jobs of one sweep go together, behind those that they need; others demands are other arrays.
TEST_CASE("a queue is divided into what one sbatch submits") {
    using Parts = std::vector<std::vector<std::size_t>>;
    const std::vector<Job> queue = {job_of("tune", {1, 2}), job_of("sweep", {}), job_of("sweep", {}),
                                    job_of("sweep", {}, "cuda:1"), job_of("last", {0})};
    CHECK(slurm::divided(queue, std::vector<bool>(5, true)) == Parts{{1, 2}, {0}, {3}, {4}});
    CHECK(slurm::divided(queue, {true, false, false, false, true}) == Parts{{0}, {4}});
    const std::vector<Job> many(2500, job_of("sweep", {}));
    const Parts parts = slurm::divided(many, std::vector<bool>(2500, true));
    REQUIRE(parts.size() == 3);
    CHECK(parts[2].size() == 500);
}

// Proves: each end that Slurm tells becomes a state of graft: what may go on from a checkpoint is interrupted
// (above 128), what needs another try is a failure of the system, and lack of memory is known as such.
TEST_CASE("ends that Slurm alone knows of") {
    for (const char* name : {"TIMEOUT", "PREEMPTED", "NODE_FAIL", "CANCELLED"}) {
        CAPTURE(name);
        CHECK(slurm::outcome_of("17_2", slurm::SlurmState{name, ""}).exit_code == 137);
        CHECK(slurm::is_over({name, ""}));
    }
    const Outcome memory = slurm::outcome_of("17", slurm::SlurmState{"OUT_OF_MEMORY", ""});
    CHECK(memory.exit_code == 6);
    CHECK(memory.lacked_memory);
    CHECK(slurm::outcome_of("17", slurm::SlurmState{"FAILED", "NonZeroExitCode"}).error ==
          "Slurm's job 17 ended (FAILED, NonZeroExitCode) and left no result");
    CHECK(slurm::outcome_of("17", std::nullopt).error ==
          "Slurm's job 17 is not known to Slurm any more, and left no result: what came after its last "
          "checkpoint is lost");
    for (const char* name : {"PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "REQUEUED", "SUSPENDED"}) {
        CHECK_FALSE(slurm::is_over({name, ""}));
    }
}

// Proves: an answer is read by number and token; no answer is no knowledge, and not the end of all jobs.
TEST_CASE("Slurm is asked") {
    std::string why;
    {
        const Pretended squeue("squeue", R"(echo '17_0|RUNNING|None|graft:ab'
            echo '17_1|PENDING|Dependency|graft:ab'; echo '9|FAILED|NonZeroExitCode|(null)')");
        const auto known = slurm::ask(why);
        REQUIRE(known);
        CHECK(known->states.at("17_1").name == "PENDING");
        CHECK(known->states.at("9").reason == "NonZeroExitCode");
        CHECK(known->by_token.at("graft:ab") == "17");
    }
    {
        const Pretended squeue(
            "squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1");
        CHECK_FALSE(slurm::ask(why));
        CHECK(why == "slurm_load_jobs error: Unable to contact slurm controller");
    }
}

// Proves: Slurm's refusal is the user's to mend and told in Slurm's words; a controller that does not answer
// is the system's; the words arrive as they are.
TEST_CASE("a job is submitted") {
    slurm::JobBatch batch;
    batch.name = "it's $HOME";
    const auto category = [&] {
        try {
            slurm::submit(batch, {});
        } catch (const core::Failure& failure) {
            return static_cast<int>(failure.category());
        }
        return 0;
    };
    {
        const Pretended sbatch("sbatch",
                               R"(printf '%s\n' "$@" > "$(dirname "$0")/words"; echo '17;cluster')");
        CHECK(slurm::submit(batch, {}) == "17");
        CHECK(core::read_file(sbatch.file("words")).find("--job-name=it's $HOME\n") != std::string::npos);
    }
    {
        const Pretended sbatch("sbatch", "echo 'sbatch: error: invalid partition specified: x' >&2; exit 1");
        CHECK(category() == 2);
    }
    {
        const Pretended sbatch("sbatch",
                               "echo 'Unable to contact slurm controller (connect failure)' >&2; exit 1");
        CHECK(category() == 6);
    }
}

// Proves: a job script must hand signals on.
TEST_CASE("a site's job script") {
    CHECK(slurm::problem_of_script("#!/bin/bash\nmodule load cuda\nexec \"$@\"\n").empty());
    CHECK(slurm::problem_of_script("#!/bin/sh\n\"$@\"\n").starts_with("it has no line `exec \"$@\"`"));
    CHECK(slurm::problem_of_script("exec \"$@\"\n") == "it does not begin with #! and the path of a shell");
}

// Proves: what a host and a job write for each other is read as it was written, bytes of names among it; half
// a line is no event, and is one when its rest has come.
TEST_CASE("the folder by which a host and its jobs talk") {
    const tests::TemporaryFolder folder;
    const auto rounds = slurm::rounds_of(folder.path());
    const slurm::Round first = slurm::new_round(rounds);
    Job job = job_of("s", {}, "cuda");
    job.request["pipeline"] = "caf\xe9.yaml";
    first.keep(3, job);
    CHECK(first.job(3).request == job.request);
    CHECK(first.job(3).device == "cuda");
    first.keep({{"t", "17", {3, 5}}, {"u", "", {4}}});
    const slurm::Round second = slurm::new_round(rounds);
    second.keep({{"v", "18", {5}}});
    const auto last = slurm::last_submissions(rounds);
    CHECK(last.at(3).id == "17_0");
    CHECK(last.at(5).id == "18");
    CHECK(last.at(5).round == second.folder());
    CHECK(last.at(4).id.empty());
    CHECK_FALSE(first.outcome(3));
    Outcome outcome;
    outcome.exit_code = 4;
    outcome.error = "no data";
    outcome.result = {{"status", "failed"}};
    first.keep(3, outcome);
    CHECK(first.outcome(3)->error == "no data");
    CHECK(first.outcome(3)->result == outcome.result);
    slurm::EventTail tail(first.events(3));
    std::vector<std::string> names;
    const auto read = [&] {
        return tail.read([&](const core::Event& event) { names.push_back(event.name); });
    };
    CHECK_FALSE(read());
    core::append_line(first.events(3), R"({"event":"warning","data":{"text":"a"}})");
    folder.write("slurm/1/job-3.events", core::read_file(first.events(3)) + "{\"event\":\"pha");
    CHECK(read());
    CHECK(names == std::vector<std::string>{"warning"});
    folder.write("slurm/1/job-3.events",
                 core::read_file(first.events(3)) + "se\",\"data\":{\"phase\":1}}\nrubbish\n");
    CHECK(read());
    CHECK(names == std::vector<std::string>{"warning", "phase"});
}

// Proves: the task whose own failure ended the others is told; all that were interrupted are one that was.
TEST_CASE("the ends of several tasks are one") {
    const auto ended = [](int code, const std::string& error) {
        Outcome outcome;
        outcome.exit_code = code;
        outcome.error = error;
        outcome.result = code == 0 || code == 75 ? core::Json{{"code", code}} : core::Json();
        return std::optional(outcome);
    };
    CHECK(jobs::joined({ended(0, ""), ended(0, "")}).result == core::Json{{"code", 0}});
    CHECK(jobs::joined({ended(143, "killed"), ended(4, "no data")}).error == "task 1 of 2: no data");
    CHECK(jobs::joined({ended(75, ""), ended(75, "")}).exit_code == 75);
    CHECK(jobs::joined({ended(75, ""), std::nullopt}).exit_code == 6);
}

// Proves: a task finds the others by the names that programs for several processes know.
TEST_CASE("a task's environment") {
    Job job = job_of("s", {});
    job.request["resources"] = {{"ranks", 4}};
    CHECK(jobs::tasks_of(job) == 4);
    CHECK(jobs::tasks_of(job_of("s", {})) == 1);
    const Job task = jobs::as_task(job, {3, 1, 4, "node0", 20'017});
    CHECK(task.environment ==
          Words{"RANK=3", "LOCAL_RANK=1", "WORLD_SIZE=4", "MASTER_ADDR=node0", "MASTER_PORT=20017"});
    CHECK(task.request["resources"]["rank"] == 3);
}

namespace {

/// Notes what a backend tells of jobs: "+" begins, "-" ended with a code, "!" left out.
class Told : public jobs::QueueListener, public core::EventSink {
public:
    std::string reason_to_leave_out(std::size_t) override { return ""; }
    core::EventSink& begins(std::size_t job) override {
        text += "+" + std::to_string(job);
        return *this;
    }
    void ended(std::size_t job, const Outcome& outcome) override {
        text += "-" + std::to_string(job) + "=" + std::to_string(outcome.exit_code);
    }
    void left_out(std::size_t job, const std::string& why) override {
        text += "!" + std::to_string(job) + "(" + why + ")";
    }
    void told(const std::string&) override {}
    void emit(const core::Event& event) override { text += "." + event.name; }

    std::string text;
};

/// A queue's folder in which a host died between writing down what it submits and learning its number.
slurm::Round half_submitted(const tests::TemporaryFolder& folder) {
    const slurm::Round round = slurm::new_round(slurm::rounds_of(folder.path()));
    round.keep({{"graft:t", "", {0}}});
    return round;
}

Outcome ended_with(int code) {
    Outcome outcome;
    outcome.exit_code = code;
    return outcome;
}

}  // namespace

// Proves: a job that Slurm took from a host that died before it knew the number is followed and not submitted
// again; its events are told but for the number of a process of another machine.
TEST_CASE("a job whose number was lost is found again") {
    const tests::TemporaryFolder folder;
    const slurm::Round round = half_submitted(folder);
    const Pretended sbatch("sbatch", "exit 1");
    const Pretended squeue("squeue", "echo '17|RUNNING|None|graft:t'");
    core::append_line(round.events(0), R"({"event":"engine","data":{"pid":1}})");
    core::append_line(round.events(0), R"({"event":"folder","data":{"folder":"runs/x"}})");
    round.keep(0, ended_with(0));
    const std::vector<Job> queue = {job_of("a", {})};
    const std::vector<std::size_t> numbers = {0};
    Told told;
    jobs::SlurmBackend backend({}, folder.path());
    backend.submit(queue, numbers, told);
    while (backend.poll()) {
    }
    CHECK(told.text == "+0.folder-0=0");
    CHECK_FALSE(backend.has_left_jobs());
    // What has been told is never told again.
    Told later;
    CHECK(jobs::SlurmBackend({}, folder.path()).look(queue, numbers, later, slurm::KnownJobs()).empty());
    CHECK(later.text.empty());
}

// Proves: what Slurm does not know was not taken by it, and is submitted; and nothing is, where Slurm cannot
// say.
TEST_CASE("a job that Slurm did not take is submitted") {
    const tests::TemporaryFolder folder;
    half_submitted(folder);
    const std::vector<Job> queue = {job_of("a", {})};
    const std::vector<std::size_t> numbers = {0};
    Told told;
    const Pretended sbatch("sbatch", "echo 18; : > \"$(dirname \"$0\")/called\"");
    {
        const Pretended squeue("squeue", "exit 1");
        CHECK_THROWS_AS(jobs::SlurmBackend({}, folder.path()).submit(queue, numbers, told), core::Failure);
        CHECK_FALSE(std::filesystem::exists(sbatch.file("called")));
    }
    const Pretended squeue("squeue", "true");
    jobs::SlurmBackend backend({}, folder.path());
    backend.submit(queue, numbers, told);
    CHECK(std::filesystem::exists(sbatch.file("called")));
    CHECK(slurm::last_submissions(slurm::rounds_of(folder.path())).at(0).id == "18");
}

// Proves: a job that has saved because its time was over has not ended as long as Slurm means to begin it
// again.
TEST_CASE("an interruption is an end when Slurm has no more of the job") {
    const tests::TemporaryFolder folder;
    const slurm::Round round = half_submitted(folder);
    const std::vector<Job> queue = {job_of("a", {})};
    const std::vector<std::size_t> numbers = {0};
    core::append_line(round.begin_events(0), R"({"event":"folder","data":{"folder":"x"}})");
    round.keep(0, ended_with(75));
    const Pretended squeue("squeue", R"sh(here=$(dirname "$0"); echo . >> "$here/asked"
        [ "$(wc -l < "$here/asked")" -gt 2 ] || echo '17|PENDING|BeginTime|graft:t')sh");
    const Pretended scontrol("scontrol", R"sh(echo "$*" >> "$(dirname "$0")/asked")sh");
    Told told;
    jobs::SlurmBackend backend({}, folder.path());
    backend.submit(queue, numbers, told);
    while (told.text.find("=75") == std::string::npos && backend.poll()) {
    }
    CHECK(told.text == "+0.folder-0=75");
    CHECK(core::read_file(squeue.file("asked")) == ".\n.\n.\n");
    // Once, and not in the second in which its nodes revoked the last beginning.
    CHECK(core::read_file(scontrol.file("asked")) == "update jobid=17 starttime=now+5\n");
}

// Proves: a job that left Slurm before it began was taken back, or needs one that failed.
TEST_CASE("jobs that never began") {
    const tests::TemporaryFolder folder;
    const slurm::Round round = slurm::new_round(slurm::rounds_of(folder.path()));
    round.keep({{"graft:t", "17", {0}}, {"graft:u", "18", {1}}, {"graft:v", "19", {2}}});
    round.keep(0, ended_with(4));
    const std::vector<Job> queue = {job_of("a", {}), job_of("b", {0}), job_of("c", {})};
    const std::vector<std::size_t> numbers = {0, 1, 2};
    const Pretended squeue("squeue", "echo '19|CANCELLED|None|graft:v'");
    Told told;
    std::string why;
    CHECK(jobs::SlurmBackend({}, folder.path()).look(queue, numbers, told, slurm::ask(why)).empty());
    CHECK(told.text == "+0-0=4!1(it needs a)!2(it was cancelled)");
}
