// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/record.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/problem.hpp"
#include "jobs/recorder.hpp"
#include "jobs/state_folder.hpp"
#include "support/temporary_folder.hpp"

namespace {

namespace jobs = graft::jobs;
using graft::core::Failure;
using graft::core::Json;
using jobs::JobState;

jobs::RecordedQueue queue_of(const std::vector<std::string>& names, const std::string& out = "") {
    jobs::RecordedQueue queue;
    queue.name = "q";
    queue.working_folder = "/work";
    queue.out = out;
    for (const std::string& name : names) {
        queue.jobs.emplace_back();
        queue.jobs.back().job = {name, {{"pipeline", name + ".yaml"}}};
    }
    return queue;
}

jobs::Outcome outcome(int exit_code) {
    jobs::Outcome ended;
    ended.exit_code = exit_code;
    return ended;
}

std::vector<JobState> states(jobs::QueueRecord& record, std::int64_t queue) {
    std::vector<JobState> all;
    const auto found = record.find(queue);
    for (const jobs::RecordedJob& job : found->jobs) {
        all.push_back(job.state);
    }
    return all;
}

// Proves: everything of a queue comes back, names of any bytes among it, also for another process's object.
TEST_CASE("a queue is kept") {
    const graft::tests::TemporaryFolder folder;
    jobs::RecordedQueue queue = queue_of({"a", "b\xE9"}, "/out/\xFF");
    queue.options = {{"jobs", 3}};
    queue.jobs[1].job.needs = {0};
    queue.jobs[1].job.request["sets"] = {"x=\xE9", "\\x41"};
    std::int64_t number = 0;
    {
        jobs::QueueRecord record(folder / "state");
        number = record.add(queue).first;
        CHECK(record.begin(number, 0));
        CHECK_FALSE(record.set_engine(number, 0, {17, 5, "boot"}));
        record.set_folder(number, 0, "/out/\xFF/a");
    }
    jobs::QueueRecord record(folder / "state");
    const auto found = record.find(number);
    REQUIRE(found);
    CHECK(found->out == "/out/\xFF");
    CHECK(found->working_folder == "/work");
    CHECK(found->options == queue.options);
    REQUIRE(found->jobs.size() == 2);
    CHECK(found->jobs[0].state == JobState::running);
    CHECK(found->jobs[0].engine == jobs::ProcessMark{17, 5, "boot"});
    CHECK(found->jobs[0].folder == "/out/\xFF/a");
    CHECK(found->jobs[0].begun > 1.7e9);
    CHECK(found->jobs[1].job.name == "b\xE9");
    CHECK(found->jobs[1].job.needs == std::vector<std::size_t>{0});
    CHECK(found->jobs[1].job.request == queue.jobs[1].job.request);
    CHECK(record.open_queue("/out/\xFF") == number);
    CHECK_FALSE(record.open_queue("/out"));
    CHECK_FALSE(record.find(number + 1));
    CHECK(record.named("q") == std::vector<std::int64_t>{number});
}

// Proves: what an exit code means; a queue is done when no job is to be gone on with.
TEST_CASE("how jobs end") {
    const graft::tests::TemporaryFolder folder;
    jobs::QueueRecord record(folder / "state");
    const std::int64_t queue = record.add(queue_of({"a", "b", "c", "d", "e"}, "/out")).first;
    const std::vector<int> codes = {0, 75, 4, 130};
    for (std::size_t job = 0; job < codes.size(); ++job) {
        CHECK(record.begin(queue, job));
        record.end(queue, job, outcome(codes[job]));
    }
    record.leave_out(queue, 4, "it needs c");
    CHECK(states(record, queue) == std::vector<JobState>{JobState::finished, JobState::interrupted,
                                                         JobState::failed, JobState::interrupted,
                                                         JobState::cancelled});
    CHECK(record.find(queue)->jobs[4].error == "it needs c");
    CHECK(record.list().at(0).counts == std::vector<std::size_t>{0, 0, 1, 1, 2, 1});
    CHECK(record.list().at(0).is_open);
    // What ended well or badly is not begun again; what was interrupted is.
    CHECK_FALSE(record.begin(queue, 0));
    CHECK_FALSE(record.begin(queue, 2));
    for (const std::size_t job : {1, 3}) {
        CHECK(record.begin(queue, job));
        record.end(queue, job, outcome(0));
    }
    CHECK_FALSE(record.open_queue("/out"));
    CHECK_FALSE(record.list().at(0).is_open);
    // Failed and cancelled ones are tried again when asked: from the start, or where the run stands.
    record.set_folder(queue, 2, "/out/c");
    CHECK(record.retry(queue, 2));
    CHECK(record.retry(queue, 4));
    CHECK_FALSE(record.retry(queue, 0));
    CHECK(states(record, queue).at(2) == JobState::interrupted);
    CHECK(states(record, queue).at(4) == JobState::queued);
}

// Proves: a job that waits is cancelled at once; one that runs when it ends, be its engine known or not; one
// that finished all the same has finished.
TEST_CASE("jobs are cancelled") {
    const graft::tests::TemporaryFolder folder;
    jobs::QueueRecord record(folder / "state");
    auto [queue, lock] = record.add(queue_of({"waits", "runs", "begins", "finishes"}));
    CHECK_FALSE(record.cancel(queue, 0));
    CHECK_FALSE(record.begin(queue, 0));
    for (const std::size_t job : {1, 2, 3}) {
        CHECK(record.begin(queue, job));
    }
    record.set_engine(queue, 1, {17, 5, "boot"});
    CHECK(record.cancel(queue, 1) == jobs::ProcessMark{17, 5, "boot"});
    CHECK_FALSE(record.cancel(queue, 2));
    CHECK(record.set_engine(queue, 2, {18, 5, "boot"}));  // whoever starts it ends it
    record.cancel(queue, 3);
    record.end(queue, 1, outcome(75));
    record.end(queue, 2, outcome(130));
    record.end(queue, 3, outcome(0));
    CHECK(states(record, queue) == std::vector<JobState>{JobState::cancelled, JobState::cancelled,
                                                         JobState::cancelled, JobState::finished});
}

// Proves: what is done is forgotten, its folder with it, and never what is not done or at work; numbers are
// not given again.
TEST_CASE("queues are forgotten") {
    const graft::tests::TemporaryFolder folder;
    jobs::QueueRecord record(folder / "state");
    std::vector<std::int64_t> queues;
    for (int queue = 0; queue < 4; ++queue) {
        queues.push_back(record.add(queue_of({"a", "b"})).first);
        CHECK(record.begin(queues.back(), 0));
        record.end(queues.back(), 0, outcome(0));
        if (queue != 1) {
            record.leave_out(queues.back(), 1, "for once");
        }
    }
    CHECK(record.done_before(3600).empty());
    CHECK(record.done_before(-1) == std::vector<std::int64_t>{queues[0], queues[2], queues[3]});
    CHECK(record.done_beyond(1) == std::vector<std::int64_t>{queues[0], queues[2]});
    CHECK(std::filesystem::exists(record.folder_of(queues[0])));
    CHECK(record.forget(queues[0]));
    CHECK_FALSE(record.find(queues[0]));
    CHECK_FALSE(std::filesystem::exists(record.folder_of(queues[0])));
    CHECK_FALSE(record.forget(queues[0]));
    CHECK_FALSE(record.forget(queues[1]));
    CHECK(record.find(queues[1]));
    {
        const auto at_work = record.lock(queues[2]);
        CHECK_FALSE(record.forget(queues[2]));
    }
    CHECK(record.forget(queues[3]));
    CHECK(record.add(queue_of({"a"})).first == queues[3] + 1);
    CHECK(record.list().size() == 3);
}

// Proves: of more than a thousand queues the oldest that are done go when another comes.
TEST_CASE("the record does not grow for ever") {
    const graft::tests::TemporaryFolder folder;
    const std::filesystem::path state = folder / "state";
    jobs::QueueRecord record(state);
    record.add(queue_of({"unfinished"}));
    {
        // As `add` writes them, without its disk accesses.
        jobs::Database database(state / "queues.sqlite", jobs::Journal::write_ahead);
        jobs::Transaction transaction(database);
        for (std::size_t queue = 0; queue < jobs::most_kept_queues; ++queue) {
            database.run(
                "INSERT INTO queues (name, working_folder, out, options, created, host, host_started, "
                "host_boot) VALUES ('old', '/', '', '{}', 1, 0, 0, '')");
            database.run(
                "INSERT INTO jobs (queue, number, name, request, placing, state) VALUES "
                "(last_insert_rowid(), 0, 'a', '{}', '{}', 'finished')");
        }
        transaction.commit();
    }
    CHECK(record.list().size() == jobs::most_kept_queues + 1);
    record.add(queue_of({"new"}));
    const auto all = record.list();
    CHECK(all.size() == jobs::most_kept_queues + 1);  // the unfinished one beside the newest
    CHECK(all.back().number == 1);
    CHECK(all[all.size() - 2].number == 3);
}

// Proves: one process has a queue; the next has it when that one is gone; two of one folder are refused.
TEST_CASE("a queue belongs to one process") {
    const graft::tests::TemporaryFolder folder;
    jobs::QueueRecord record(folder / "state");
    std::int64_t queue = 0;
    {
        const auto added = record.add(queue_of({"a"}, "/out"));
        queue = added.first;
        CHECK(record.is_at_work(queue));
        CHECK_FALSE(record.lock(queue));
        CHECK_THROWS_WITH_AS(record.add(queue_of({"a"}, "/out")),
                             doctest::Contains("queue 1 in '/out' has begun just now"), Failure);
    }
    CHECK_FALSE(record.is_at_work(queue));
    CHECK(record.lock(queue));
    CHECK(record.list().size() == 1);
}

// Proves: nobody else may read it; a newer graft's record is refused and stays as it is; so is what is none.
TEST_CASE("the record's files") {
    const graft::tests::TemporaryFolder folder;
    const std::filesystem::path state = folder / "deep" / "state";
    { const jobs::QueueRecord record(state); }
    struct stat found {};
    REQUIRE(::stat(state.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0700);
    REQUIRE(::stat((state / "queues.sqlite").c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
    {
        jobs::Database database(state / "queues.sqlite", jobs::Journal::write_ahead);
        database.run("PRAGMA user_version = 2");
    }
    CHECK_THROWS_WITH_AS(jobs::QueueRecord(state).list(),
                         doctest::Contains("is of a newer graft: its version is 2, this graft knows 1\n"
                                           "  use that graft, or set GRAFT_STATE to another folder"),
                         Failure);
    folder.write("other/queues.sqlite", std::string(5000, 'x'));
    CHECK_THROWS_WITH_AS(jobs::QueueRecord(folder / "other"), doctest::Contains("file is not a database"),
                         Failure);
    folder.write("plain", "");
    CHECK_THROWS_WITH_AS(jobs::QueueRecord(folder / "plain"), doctest::Contains("cannot be made"), Failure);
}

/// How many of `count` processes that begin at the same moment end `task` without a failure; they tell
/// theirs.
int succeeded_at_once(int count, const std::function<void()>& task) {
    std::array<int, 2> gate{};
    REQUIRE(::pipe(gate.data()) == 0);
    std::vector<pid_t> children;
    for (int index = 0; index < count; ++index) {
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(gate[1]);
            char opened = 0;
            int code = ::read(gate[0], &opened, 1) == 0 ? 0 : 1;  // its end: the parent has closed its side
            try {
                task();
            } catch (const std::exception& failure) {
                std::fprintf(stderr, "%s\n", failure.what());
                code = 1;
            }
            ::_exit(code);
        }
        children.push_back(child);
    }
    ::close(gate[0]);
    ::close(gate[1]);
    int succeeded = 0;
    for (const pid_t child : children) {
        int status = 0;
        ::waitpid(child, &status, 0);
        succeeded += status == 0 ? 1 : 0;
    }
    return succeeded;
}

// Proves: processes that meet in a state folder which does not exist yet all find the record in it: switching
// a new file's journal is where SQLite does not wait by itself.
TEST_CASE("several processes make one record") {
    const graft::tests::TemporaryFolder folder;
    for (int round = 0; round < 20; ++round) {
        const auto state = folder / ("state" + std::to_string(round));
        CHECK(succeeded_at_once(6, [&] { const jobs::QueueRecord record(state); }) == 6);
    }
}

// Proves: several processes write at the same time, and nothing is lost.
TEST_CASE("several processes write one record") {
    const graft::tests::TemporaryFolder folder;
    constexpr int processes = 6;
    constexpr int queues = 4;  // twelve flushes each, of a disk that may be slow
    CHECK(succeeded_at_once(processes, [&] {
              jobs::QueueRecord record(folder / "state");
              for (int queue = 0; queue < queues; ++queue) {
                  const std::int64_t number = record.add(queue_of({"a", "b"})).first;
                  if (!record.begin(number, 1)) {
                      throw std::runtime_error("the queue's job had begun already");
                  }
                  record.end(number, 1, outcome(0));
              }
          }) == processes);
    jobs::QueueRecord record(folder / "state");
    const auto all = record.list();
    CHECK(all.size() == processes * queues);
    CHECK(record.list(3).size() == 3);
    for (const jobs::QueueSummary& queue : all) {
        CHECK(queue.counts == std::vector<std::size_t>{1, 0, 1, 0, 0, 0});
    }
}

// Proves: putting a job's state right waits for whoever writes at the moment, like all else.
TEST_CASE("a job's state is put right while another process writes") {
    const graft::tests::TemporaryFolder folder;
    const std::filesystem::path state = folder / "state";
    jobs::QueueRecord record(state);
    std::int64_t queue = 0;
    {
        const auto added = record.add(queue_of({"a"}));
        queue = added.first;
    }
    record.set_folder(queue, 0, "/runs/a");
    std::promise<void> writes;
    std::thread writer([&] {
        jobs::Database database(state / "queues.sqlite", jobs::Journal::write_ahead);
        jobs::Transaction transaction(database);
        database.run("UPDATE queues SET name = 'other'");
        writes.set_value();
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        transaction.commit();
    });
    writes.get_future().wait();
    CHECK_NOTHROW(record.correct("/runs/a", JobState::finished, {}));
    writer.join();
    CHECK(states(record, queue) == std::vector<JobState>{JobState::finished});
}

// Proves: a process is known by more than its number, and only that very one gets a signal.
TEST_CASE("a process is not taken for another") {
    auto* const handler = std::signal(SIGTERM, SIG_DFL);  // the test program's own tells of a crash
    const pid_t child = ::fork();
    if (child == 0) {
        ::pause();
        ::_exit(0);
    }
    std::signal(SIGTERM, handler);
    const jobs::ProcessMark mark = jobs::mark_of(child);
    CHECK(jobs::is_alive(mark));
    CHECK(jobs::is_of_this_machine(mark));
    jobs::ProcessMark other = mark;
    ++other.started;
    CHECK_FALSE(jobs::is_alive(other));
    CHECK_FALSE(jobs::send_signal(other, SIGKILL));
    other = mark;
    other.boot = "another";
    CHECK_FALSE(jobs::send_signal(other, SIGKILL));
    CHECK(jobs::is_alive(mark));
    CHECK(jobs::send_signal(mark, SIGTERM));
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WTERMSIG(status) == SIGTERM);
    CHECK_FALSE(jobs::is_alive(mark));
    CHECK(jobs::mark_of(child) == jobs::ProcessMark());
}

// Proves: the order of the variables; the numbers are those of linux/magic.h and statfs(2).
TEST_CASE("where the record lies") {
    CHECK(jobs::state_folder({{"GRAFT_STATE", "/s"}, {"XDG_STATE_HOME", "/x"}, {"HOME", "/h"}}) == "/s");
    CHECK(jobs::state_folder({{"XDG_STATE_HOME", "/x"}, {"HOME", "/h"}}) == "/x/graft");
    CHECK(jobs::state_folder({{"XDG_STATE_HOME", "x"}, {"HOME", "/h"}}) == "/h/.local/state/graft");
    CHECK(jobs::state_folder({{"HOME", "/h"}}) == "/h/.local/state/graft");
    CHECK(jobs::state_folder({}).empty());
    for (const long network :
         {0x6969L, 0xFE534D42L, static_cast<long>(static_cast<int>(0xFF534D42U)), 0x65735546L}) {
        CHECK(jobs::is_of_a_network(network));
    }
    for (const long local : {0xEF53L, 0x58465342L, 0x01021994L, 0x9123683EL, 0x794C7630L}) {
        CHECK_FALSE(jobs::is_of_a_network(local));  // ext4, XFS, tmpfs, Btrfs, overlay
    }
}

// Proves: a rollback journal keeps a record just as well, as on a file system of a network.
TEST_CASE("a database without a write-ahead log") {
    const graft::tests::TemporaryFolder folder;
    jobs::Database database(folder / "d.sqlite", jobs::Journal::rollback);
    database.run("CREATE TABLE t (x TEXT)");
    {
        jobs::Transaction broken_off(database);
        jobs::Statement(database, "INSERT INTO t VALUES (?)").with(std::string("lost")).run();
    }
    jobs::Statement(database, "INSERT INTO t VALUES (?)")
        .with(std::string("'); DROP TABLE t; --\0x", 22))
        .run();
    jobs::Statement row(database, "SELECT x FROM t");
    REQUIRE(row.next());
    CHECK(row.text(0) == std::string("'); DROP TABLE t; --\0x", 22));
    CHECK_FALSE(row.next());
    CHECK_FALSE(std::filesystem::exists(folder / "d.sqlite-wal"));
}

}  // namespace
