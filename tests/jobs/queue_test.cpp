// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "jobs/diary.hpp"
#include "jobs/line_reader.hpp"
#include "support/temporary_folder.hpp"

namespace {

using graft::jobs::allowed_devices;
using graft::jobs::Device;
using graft::jobs::devices_for;
using graft::jobs::Gpu;
using graft::jobs::Job;
using graft::jobs::Machine;
using graft::jobs::memory_of_others;
using graft::jobs::Outcome;
using graft::jobs::QueueOptions;
using graft::jobs::run_all;
using graft::jobs::Workers;
using graft::jobs::worst_exit_code;
using graft::tests::Diary;
using graft::tests::in_gibibytes;
using graft::tests::jobs_named;
using graft::tests::machine;
using graft::tests::run_on_cores;

/// An engine that ends well but for the job "b", which fails, and the job "kill", which signals the host.
/// "slow" goes on until "d" has begun.
struct Engine {
    graft::tests::TemporaryFolder folder;
    std::string path = folder
                           .write_script("engine", R"(read request
case "$request" in
*\"b\"*) echo '{"event":"failed","data":{"category":4,"text":"no"}}'; exit 4;;
*\"kill\"*) kill -TERM $PPID; trap 'exit 75' TERM; while :; do sleep 0.01; done;;
*\"d\"*) : > "$(dirname "$0")/d";;
*\"slow\"*) for look in $(seq 6000); do [ -e "$(dirname "$0")/d" ] && break; sleep 0.01; done;;
esac
echo '{"event":"result","data":{}}')")
                           .string();
};

// Proves: jobs begin in their order, one after the other, and one that fails does not stop the next.
TEST_CASE("a queue runs every job, whatever becomes of the others") {
    const Engine engine;
    const std::vector<Job> queue = jobs_named({"a", "b", "c"});
    Workers workers(engine.path);
    Diary diary(queue);
    run_on_cores(queue, 1, workers, diary);
    CHECK(diary.text == "+a-a+b-b+c-c");
    CHECK(diary.outcomes["a"].exit_code == 0);
    CHECK(diary.outcomes["b"].exit_code == 4);
    CHECK(diary.outcomes["b"].error == "no");
    CHECK(diary.outcomes["c"].exit_code == 0);
}

// Proves: so many at once and no more; a place that is free is taken while a slow job goes on.
TEST_CASE("a queue runs several jobs at once") {
    const Engine engine;
    const std::vector<Job> queue = jobs_named({"slow", "a", "c", "d"});
    Workers workers(engine.path);
    Diary diary(queue);
    run_on_cores(queue, 2, workers, diary);
    CHECK(diary.most_running == 2);
    CHECK(diary.text.substr(0, 7) == "+slow+a");
    CHECK(diary.text.find("+d") < diary.text.find("-slow"));
}

// Proves: a signal reaches every job that runs, and none begins after it.
TEST_CASE("after a signal no further job begins") {
    const Engine engine;
    const std::vector<Job> queue = jobs_named({"kill", "kill", "c"});
    Workers workers(engine.path);
    Diary diary(queue);
    run_on_cores(queue, 2, workers, diary);
    CHECK(diary.text.find("+c") == std::string::npos);
    CHECK(workers.stop_wanted());
}

// Proves: a job begins behind those that it needs, wherever they stand; what needs one that failed, or that
// was not wanted, is left out, and nothing else.
TEST_CASE("jobs wait for those that they need") {
    const Engine engine;
    std::vector<Job> queue =
        jobs_named({"last", "a", "after a", "b", "after b", "after that", "unwanted", "c"});
    queue[0].needs = {2, 7};
    queue[2].needs = {1};
    queue[4].needs = {1, 3};
    queue[5].needs = {4};
    Workers workers(engine.path);
    Diary diary(queue);
    run_on_cores(queue, 1, workers, diary);
    CHECK(diary.text ==
          "+a-a+b-b!after b(it needs b)!after that(it needs after b)+after a-after a+c-c+last-last"
          "!unwanted(nobody wants it)");
}

// Proves: by hand: on the CPU cores, jobs and memory each set the bound, and --jobs goes before them; each
// has an equal part of what is free. A GPU takes four, one a core beside it, or one where its mode says so.
TEST_CASE("what the jobs of a queue get") {
    const auto text = [](const Machine& there, std::size_t jobs, const QueueOptions& options = {}) {
        std::string all;
        for (const Device& device : devices_for(there, jobs, options)) {
            all += fmt::format("{}{} x{} {}", all.empty() ? "" : ", ", device.name, device.capacity.places,
                               device.capacity.unknown / in_gibibytes);
        }
        return all;
    };
    CHECK(text(machine(8, 64 * in_gibibytes), 24) == "cpu x8 8");
    CHECK(text(machine(8, 64 * in_gibibytes), 3) == "cpu x3 21");
    CHECK(text(machine(8, 5 * in_gibibytes), 24) == "cpu x2 2");
    CHECK(text(machine(8, 1 * in_gibibytes), 24) == "cpu x1 1");
    CHECK(text(machine(8, 1 * in_gibibytes), 24, {3, {}}) == "cpu x3 0");
    Machine two = machine(16, 64 * in_gibibytes, 2);
    CHECK(text(two, 24) == "cuda:0 x4 60, cuda:1 x4 60, cpu x16 4");
    two.cores = 4;
    two.gpus[1].is_exclusive = true;
    CHECK(text(two, 24) == "cuda:0 x2 60, cuda:1 x1 60, cpu x4 16");
    CHECK(text(two, 24, {{}, {"cuda:1", "cpu"}}) == "cuda:1 x1 60, cpu x4 16");
    CHECK(text(two, 24, {{}, {"cuda"}}) == "cuda:0 x2 60, cuda:1 x1 60");
    CHECK_THROWS_WITH_AS(
        text(two, 24, {{}, {"cuda:2"}}),
        "there is no device 'cuda:2' here\n  there are: cuda:0, cuda:1, cpu; `graft devices` "
        "tells more",
        graft::core::Failure);
}

// Proves: a job goes where its pipeline says; where it says nothing to a GPU, and to the CPU where there is
// none or --devices names it; where it says what is not there, its engine tells; --devices is never passed
// over.
TEST_CASE("which devices a job may have") {
    const auto allowed = [](const std::string& wanted, const Machine& there,
                            const QueueOptions& options = {}) {
        Job job = {"a.yaml", {}};
        job.device = wanted;
        return allowed_devices(job, devices_for(there, 9, options), options);
    };
    const Machine two = machine(4, in_gibibytes, 2);
    using Numbers = std::vector<std::size_t>;
    CHECK(allowed("", two) == Numbers{0, 1});
    CHECK(allowed("auto", two, {{}, {"cuda:1", "cpu"}}) == Numbers{0, 1});
    CHECK(allowed("cpu", two) == Numbers{2});
    CHECK(allowed("cuda", two) == Numbers{0, 1});
    CHECK(allowed("cuda:1", two) == Numbers{1});
    CHECK(allowed("cuda:5", two) == Numbers{2});
    CHECK(allowed("cuda", machine(4, in_gibibytes)) == Numbers{0});
    CHECK(allowed("", machine(4, in_gibibytes)) == Numbers{0});
    CHECK_THROWS_WITH_AS(allowed("cuda:1", two, {{}, {"cuda:0"}}),
                         "a.yaml: it wants the device cuda:1, which --devices leaves out",
                         graft::core::Failure);
}

// Proves: by hand: what the driver lists of our processes is not others'; where it lists none of ours, what
// they were given is not.
TEST_CASE("memory of others on a GPU") {
    Gpu gpu;
    gpu.used = 50;
    gpu.processes = {{7, 20}, {8, 30}};
    CHECK(memory_of_others(gpu, {}) == 50);
    CHECK(memory_of_others(gpu, {{7, 25}}) == 30);
    CHECK(memory_of_others(gpu, {{7, 25}, {9, 15}}) == 10);
    CHECK(memory_of_others(gpu, {{9, 60}}) == 0);
}

/// Writes what it was given into the file `given` beside it, a line a job.
struct TellingEngine {
    graft::tests::TemporaryFolder folder;
    std::string path = folder
                           .write_script("engine", R"(read request
here=$(dirname "$0")
printf '%s %s\n' "$CUDA_VISIBLE_DEVICES" "$request" >> "$here/given"
case "$request" in
*'"resume"'*) ;;
*\"poor\"*) echo '{"event":"folder","data":{"folder":"runs/x"}}'
  echo '{"event":"failed","data":{"category":5,"text":"no memory","lacked_memory":true}}'; exit 5;;
esac
sleep 0.1
echo '{"event":"result","data":{}}')")
                           .string();

    std::string given() const { return graft::core::read_file(folder / "given"); }
};

// Proves: jobs spread over the GPUs, each sees its own by its id whatever the caller's CUDA_VISIBLE_DEVICES
// says, and has its part of the memory (60 GiB without CUDA's own half) and of the cores; one for the CPU has
// none.
TEST_CASE("each job has a device of its own") {
    const graft::tests::ScopedVariable caller("CUDA_VISIBLE_DEVICES", "7");
    const TellingEngine engine;
    std::vector<Job> queue = jobs_named({"a", "b"});
    Workers workers(engine.path);
    Diary diary(queue);
    run_all(queue, {}, workers, diary, [] { return machine(16, 64 * in_gibibytes, 2); });
    const std::string given = engine.given();
    const std::string resources = R"(,"resources":{"threads":8,"device":"cuda","memory_share":0.74375}})";
    CHECK(given.find("GPU-0 {\"name\":\"a\"" + resources) != std::string::npos);
    CHECK(given.find("GPU-1 {\"name\":\"b\"" + resources) != std::string::npos);
    const TellingEngine other;
    queue[1].device = "cpu";
    queue[1].request["resources"] = {{"threads", 3}};
    Workers others(other.path);
    Diary second(queue);
    run_all(queue, {}, others, second, [] { return machine(16, 64 * in_gibibytes, 2); });
    CHECK(other.given().find(R"(7 {"name":"b","resources":{"threads":3,"memory_share":0.25}})") !=
          std::string::npos);
}

// Proves: once a job has told what it took of a GPU (6 GiB: 8.5 with margins), those of its sweep share one.
TEST_CASE("jobs share a GPU when it is known what they take") {
    const graft::tests::TemporaryFolder folder;
    const std::string engine = folder
                                   .write_script("engine", R"(read request
printf '%s\n' "$request" >> "$(dirname "$0")/given"
case "$request" in *'"a"'*) ;; *) sleep 0.3;; esac
echo '{"event":"result","data":{"peak_memory":6442450944}}')")
                                   .string();
    std::vector<Job> queue = jobs_named({"a", "b", "c", "d"});
    for (Job& job : queue) {
        job.sweep = "sweep";
    }
    Workers workers(engine);
    Diary diary(queue);
    run_all(queue, {}, workers, diary, [] { return machine(16, 64 * in_gibibytes, 1); });
    CHECK(diary.text.starts_with("+a-a+b+c+d"));
    CHECK(graft::core::read_file(folder / "given")
              .find(R"({"name":"b","resources":{"threads":4,"device":"cuda","memory_share":0.1}})") !=
          std::string::npos);
}

// Proves: a lone job has the whole machine, the GPU least used.
TEST_CASE("a lone job has what there is") {
    const TellingEngine engine;
    const std::vector<Job> queue = jobs_named({"a"});
    Workers workers(engine.path);
    Diary diary(queue);
    run_all(queue, {}, workers, diary, [] {
        Machine two = machine(16, 64 * in_gibibytes, 2);
        two.gpus[0].busy = 90;
        return two;
    });
    CHECK(engine.given() == "GPU-1 {\"name\":\"a\",\"resources\":{\"device\":\"cuda\"}}\n");
}

// Proves: a job that lacked memory goes on from where it was, once, with twice as much; its listener hears of
// one job that began and ended once.
TEST_CASE("too little memory is tried again on a larger device") {
    const TellingEngine engine;
    const std::vector<Job> queue = jobs_named({"poor", "a", "c", "d"});
    Workers workers(engine.path);
    Diary diary(queue);
    run_on_cores(queue, 4, workers, diary);
    CHECK(diary.outcomes["poor"].exit_code == 0);
    CHECK(diary.text.find("+poor") == diary.text.rfind("+poor"));
    CHECK(diary.warnings == "there was not enough memory: it goes on when 32.0 GiB are free for it");
    const std::string given = engine.given();
    CHECK(given.find(R"({"name":"poor","resources":{"threads":1,"memory_share":0.125}})") !=
          std::string::npos);
    CHECK(given.find(R"("resume":"runs/x","sets":[],"resources":{"threads":1,"memory_share":0.25})") !=
          std::string::npos);
    // Alone it had everything already.
    const std::vector<Job> alone = jobs_named({"poor"});
    Diary short_diary(alone);
    run_on_cores(alone, 4, workers, short_diary);
    CHECK(short_diary.outcomes["poor"].exit_code == 5);
}

// Proves: while others hold every GPU nothing begins, and a person hears so once; when they go it begins. A
// lone job is content with less than those of a queue.
TEST_CASE("GPUs of others are waited for") {
    const TellingEngine engine;
    const auto run = [&](const std::vector<Job>& queue, std::uint64_t used) {
        Workers workers(engine.path);
        Diary diary(queue);
        int looks = 0;
        run_all(queue, {}, workers, diary, [&] {
            Machine one = machine(16, 64 * in_gibibytes, 1);
            one.gpus[0].used = ++looks < 2 ? used * in_gibibytes : 0;
            return one;
        });
        return diary.text;
    };
    const std::string waiting = "?waiting: others use the GPUs: GPU-0 has ";
    CHECK(run(jobs_named({"a"}), 75) == waiting + "75.0 of 80.0 GiB taken+a-a");
    CHECK(run(jobs_named({"a"}), 60) == "+a-a");
    CHECK(run(jobs_named({"a", "c"}), 60).starts_with(waiting + "60.0 of 80.0 GiB taken+a"));
}

// Proves: the documented order, from least to worst.
TEST_CASE("the worst end gives the exit code") {
    CHECK(worst_exit_code({}) == 0);
    CHECK(worst_exit_code({0, 75, 0}) == 75);
    CHECK(worst_exit_code({75, 2, 0}) == 2);
    CHECK(worst_exit_code({3, 2}) == 3);
    CHECK(worst_exit_code({3, 4, 5}) == 5);
    CHECK(worst_exit_code({6, 5, 1, 2}) == 1);
    CHECK(worst_exit_code({1, 130}) == 130);
}

// Proves: a tail keeps the end, and an endless line cannot fill the memory.
TEST_CASE("the tail of a text is short") {
    graft::jobs::Tail tail;
    for (int line = 0; line < 100; ++line) {
        tail.add(std::to_string(line));
    }
    tail.add(std::string(100'000, 'x'));
    CHECK(tail.lines().size() == 12);
    CHECK(tail.lines().front() == "89");
    const std::string kept(400, 'x');
    CHECK(tail.lines().back() == kept + "...");
}

}  // namespace
