// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "jobs/line_reader.hpp"
#include "support/temporary_folder.hpp"

namespace {

using graft::jobs::Job;
using graft::jobs::Machine;
using graft::jobs::Outcome;
using graft::jobs::Places;
using graft::jobs::places_for;
using graft::jobs::run_all;
using graft::jobs::Workers;
using graft::jobs::worst_exit_code;

/// Notes who begins and who ends, in turn.
class Diary : public graft::jobs::QueueListener, public graft::core::EventSink {
public:
    explicit Diary(const std::vector<Job>& queue) : queue_(queue) {}

    std::string reason_to_leave_out(std::size_t job) override {
        return queue_[job].name == "unwanted" ? "nobody wants it" : "";
    }
    void left_out(std::size_t job, const std::string& why) override {
        text += "!" + queue_[job].name + "(" + why + ")";
    }
    graft::core::EventSink& begins(std::size_t job) override {
        text += "+" + queue_[job].name;
        most_running = std::max(most_running, ++running_);
        return *this;
    }
    void ended(std::size_t job, const Outcome& outcome) override {
        text += "-" + queue_[job].name;
        --running_;
        outcomes[queue_[job].name] = outcome;
    }
    void emit(const graft::core::Event&) override {}

    std::string text;
    std::size_t most_running = 0;
    std::map<std::string, Outcome> outcomes;

private:
    const std::vector<Job>& queue_;
    std::size_t running_ = 0;
};

std::vector<Job> jobs_named(const std::vector<std::string>& names) {
    std::vector<Job> jobs;
    for (const std::string& name : names) {
        jobs.push_back({name, {{"name", name}}});
    }
    return jobs;
}

/// An engine that ends well but for the job "b", which fails, and the job "kill", which signals the host.
struct Engine {
    graft::tests::TemporaryFolder folder;
    std::string path = folder
                           .write_script("engine", R"(read request
case "$request" in
*\"b\"*) echo '{"event":"failed","data":{"category":4,"text":"no"}}'; exit 4;;
*\"kill\"*) kill -TERM $PPID; trap 'exit 75' TERM; while :; do sleep 0.01; done;;
*\"slow\"*) sleep 0.3;;
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
    run_all(queue, 1, workers, diary);
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
    run_all(queue, 2, workers, diary);
    CHECK(diary.most_running == 2);
    CHECK(diary.text.substr(0, 7) == "+slow+a");
    CHECK(diary.text.find("+d") < diary.text.find("-slow"));
}

// Proves: a job begins behind those that it needs, wherever they stand; what follows from one that failed, or
// that was not wanted, is left out, and nothing else.
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
    run_all(queue, 1, workers, diary);
    CHECK(
        diary.text ==
        "+a-a+after a-after a+b-b!after b(it needs b)!after that(it needs after b)!unwanted(nobody wants it)"
        "+c-c+last-last");
}

// Proves: with room for more, a job that waits does not keep those behind it from beginning.
TEST_CASE("others pass a job that waits") {
    const Engine engine;
    std::vector<Job> queue = jobs_named({"slow", "after slow", "c"});
    queue[1].needs = {0};
    Workers workers(engine.path);
    Diary diary(queue);
    run_all(queue, 2, workers, diary);
    CHECK(diary.text == "+slow+c-c-slow+after slow-after slow");
}

// Proves: a signal reaches every job that runs, and none begins after it.
TEST_CASE("after a signal no further job begins") {
    const Engine engine;
    const std::vector<Job> queue = jobs_named({"kill", "kill", "c"});
    Workers workers(engine.path);
    Diary diary(queue);
    run_all(queue, 2, workers, diary);
    CHECK(diary.text.find("+c") == std::string::npos);
    CHECK(workers.stop_wanted());
}

// Proves: by hand: cores, jobs and memory each set the bound; a GPU is not shared unasked.
TEST_CASE("how many jobs work at once") {
    constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;
    const auto check = [](const Machine& machine, std::size_t jobs, std::size_t at_once,
                          std::int64_t threads) {
        const Places places = places_for(machine, jobs);
        CHECK(places.at_once == at_once);
        CHECK(places.threads == threads);
    };
    check({8, 64 * gibibyte, false}, 24, 8, 1);
    check({8, 64 * gibibyte, false}, 3, 3, 2);
    check({8, 5 * gibibyte, false}, 24, 2, 4);
    check({8, gibibyte, false}, 24, 1, 8);
    check({8, 64 * gibibyte, true}, 24, 1, 0);
    check({8, 64 * gibibyte, false}, 1, 1, 0);
    const Places wanted = places_for({8, gibibyte, true}, 24, 3);
    CHECK(wanted.at_once == 3);
    CHECK(wanted.threads == 2);
    CHECK(places_for({8, gibibyte, true}, 2, 3).at_once == 2);
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
