// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/record.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/clock.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "jobs/state_folder.hpp"

namespace graft::jobs {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;
using core::Json;

constexpr std::int64_t version = 1;
constexpr std::array<const char*, 6> state_names = {"queued", "running",     "finished",
                                                    "failed", "interrupted", "cancelled"};

constexpr const char* schema = R"(
    CREATE TABLE queues (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL, working_folder TEXT NOT NULL, out TEXT NOT NULL, options TEXT NOT NULL,
        created REAL NOT NULL, host INTEGER NOT NULL, host_started INTEGER NOT NULL, host_boot TEXT NOT NULL
    );
    CREATE INDEX queues_by_out ON queues (out);
    CREATE TABLE jobs (
        queue INTEGER NOT NULL REFERENCES queues, number INTEGER NOT NULL,
        name TEXT NOT NULL, request TEXT NOT NULL, placing TEXT NOT NULL, folder TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL DEFAULT 'queued', exit_code INTEGER NOT NULL DEFAULT 0,
        error TEXT NOT NULL DEFAULT '', result TEXT NOT NULL DEFAULT 'null',
        begun REAL NOT NULL DEFAULT 0, ended REAL NOT NULL DEFAULT 0,
        engine INTEGER NOT NULL DEFAULT 0, engine_started INTEGER NOT NULL DEFAULT 0,
        engine_boot TEXT NOT NULL DEFAULT '', cancel INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (queue, number)
    ) WITHOUT ROWID;
    CREATE INDEX jobs_by_folder ON jobs (folder);
    PRAGMA user_version = 1;
)";

/// Names are bytes, the record is text (core/text.hpp).
std::string to_column(const Json& json) {
    return core::json_text(core::with_texts(json, core::name_to_text));
}

Json from_column(const std::string& text) {
    return core::with_texts(core::parse_json_or_discard(text), core::text_to_name);
}

JobState state_of_text(const std::string& text) {
    const auto* found = std::find(state_names.begin(), state_names.end(), text);
    return static_cast<JobState>(found - state_names.begin());
}

fs::path made(fs::path folder) {
    make_private_folder(folder);
    return folder;
}

std::int64_t version_of(Database& database) {
    Statement statement(database, "PRAGMA user_version");
    return statement.next() ? statement.integer(0) : 0;
}

void prepare(Database& database, const fs::path& folder) {
    if (version_of(database) == 0) {
        Transaction transaction(database);
        if (version_of(database) == 0) {
            database.run(schema);
        }
        transaction.commit();
    }
    const std::int64_t found = version_of(database);
    if (found != version) {
        throw Failure(Category::system,
                      fmt::format("the record of queues in '{}' is of a newer graft: its version is {}, this "
                                  "graft knows {}",
                                  folder.string(), found, version),
                      "use that graft, or set GRAFT_STATE to another folder");
    }
}

/// From the columns of `select_jobs`.
RecordedJob job_of_row(const Statement& row) {
    RecordedJob job;
    job.job.name = core::text_to_name(row.text(0));
    job.job.request = from_column(row.text(1));
    const Json placing = from_column(row.text(2));
    job.job.needs = placing.value("needs", std::vector<std::size_t>());
    job.job.device = placing.value("device", std::string());
    job.job.sweep = placing.value("sweep", std::string());
    job.job.prefix = placing.value("prefix", std::string());
    job.job.priority = placing.value("priority", 0);
    job.job.time_limit = placing.value("time_limit", 0.0);
    job.job.stall_limit = placing.value("stall_limit", 0.0);
    job.folder = core::text_to_name(row.text(3));
    job.state = state_of_text(row.text(4));
    job.exit_code = static_cast<int>(row.integer(5));
    job.error = row.text(6);
    job.result = from_column(row.text(7));
    job.begun = row.real(8);
    job.ended = row.real(9);
    job.engine = {row.integer(10), row.integer(11), row.text(12)};
    return job;
}

constexpr const char* select_jobs =
    "SELECT name, request, placing, folder, state, exit_code, error, result, begun, ended, engine, "
    "engine_started, engine_boot FROM jobs WHERE queue = ? ORDER BY number";

std::int64_t as_key(std::size_t number) {
    return static_cast<std::int64_t>(number);
}

/// The numbers in the first column.
std::vector<std::int64_t> numbers_of(Statement& rows) {
    std::vector<std::int64_t> numbers;
    while (rows.next()) {
        numbers.push_back(rows.integer(0));
    }
    return numbers;
}

}  // namespace

std::string to_text(JobState state) {
    return state_names.at(static_cast<std::size_t>(state));
}

bool is_open(JobState state) {
    return state == JobState::queued || state == JobState::running || state == JobState::interrupted;
}

QueueRecord::QueueRecord(fs::path folder)
    : folder_(made(std::move(folder))),
      database_(folder_ / "queues.sqlite",
                lies_in_a_network(folder_) ? Journal::rollback : Journal::write_ahead) {
    prepare(database_, folder_);
    make_private_folder(folder_ / "queues");
}

fs::path QueueRecord::folder_of(std::int64_t queue) const {
    return folder_ / "queues" / std::to_string(queue);
}

std::optional<core::FolderLock> QueueRecord::lock(std::int64_t queue) const {
    make_private_folder(folder_of(queue));
    return core::FolderLock::take(folder_of(queue));
}

bool QueueRecord::is_at_work(std::int64_t queue) const {
    return core::FolderLock::is_taken(folder_of(queue));
}

std::pair<std::int64_t, core::FolderLock> QueueRecord::add(const RecordedQueue& queue) {
    Transaction transaction(database_);
    if (const auto other = open_queue(queue.out)) {
        throw Failure(Category::pipeline,
                      fmt::format("queue {} in '{}' has begun just now", *other, queue.out),
                      "name another folder with --out");
    }
    Statement(database_,
              "INSERT INTO queues (name, working_folder, out, options, created, host, host_started, "
              "host_boot) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .with(core::name_to_text(queue.name), core::name_to_text(queue.working_folder),
              core::name_to_text(queue.out), to_column(queue.options), core::wall_seconds(), queue.host.pid,
              queue.host.started, queue.host.boot)
        .run();
    const std::int64_t number = database_.last_row();
    for (std::size_t index = 0; index < queue.jobs.size(); ++index) {
        const Job& job = queue.jobs[index].job;
        Statement(database_,
                  "INSERT INTO jobs (queue, number, name, request, placing) VALUES (?, ?, ?, ?, ?)")
            .with(number, as_key(index), core::name_to_text(job.name), to_column(job.request),
                  to_column({{"needs", job.needs},
                             {"device", job.device},
                             {"sweep", job.sweep},
                             {"prefix", job.prefix},
                             {"priority", job.priority},
                             {"time_limit", job.time_limit},
                             {"stall_limit", job.stall_limit}}))
            .run();
    }
    std::optional<core::FolderLock> taken = lock(number);
    if (!taken) {
        throw Failure(Category::system, "'" + folder_of(number).string() + "' is locked by another process");
    }
    transaction.commit();
    try {
        for (const std::int64_t old : done_beyond(most_kept_queues)) {
            forget(old);
        }
    } catch (const Failure&) {  // the next queue tries again
    }
    return {number, std::move(*taken)};
}

std::vector<QueueSummary> QueueRecord::list(std::size_t most) {
    std::vector<QueueSummary> queues;
    Statement row(database_,
                  "SELECT q.number, q.name, q.created, j.state, COUNT(*) FROM "
                  "(SELECT * FROM queues ORDER BY number DESC LIMIT ?) q JOIN jobs j ON j.queue = q.number "
                  "GROUP BY q.number, j.state ORDER BY q.number DESC");
    row.with(most == 0 ? std::int64_t{-1} : as_key(most));
    while (row.next()) {
        if (queues.empty() || queues.back().number != row.integer(0)) {
            queues.push_back({row.integer(0), core::text_to_name(row.text(1)), row.real(2),
                              std::vector<std::size_t>(state_names.size()), false});
        }
        const JobState state = state_of_text(row.text(3));
        queues.back().counts.at(static_cast<std::size_t>(state)) = static_cast<std::size_t>(row.integer(4));
        queues.back().is_open = queues.back().is_open || is_open(state);
    }
    return queues;
}

std::optional<RecordedQueue> QueueRecord::find(std::int64_t number) {
    Statement row(database_,
                  "SELECT name, working_folder, out, options, created, host, host_started, host_boot FROM "
                  "queues WHERE number = ?");
    row.with(number);
    if (!row.next()) {
        return std::nullopt;
    }
    RecordedQueue queue;
    queue.number = number;
    queue.name = core::text_to_name(row.text(0));
    queue.working_folder = core::text_to_name(row.text(1));
    queue.out = core::text_to_name(row.text(2));
    queue.options = from_column(row.text(3));
    queue.created = row.real(4);
    queue.host = {row.integer(5), row.integer(6), row.text(7)};
    Statement jobs(database_, select_jobs);
    jobs.with(number);
    while (jobs.next()) {
        queue.jobs.push_back(job_of_row(jobs));
    }
    return queue;
}

std::vector<std::int64_t> QueueRecord::named(const std::string& name) {
    Statement rows(database_, "SELECT number FROM queues WHERE name = ? ORDER BY number DESC");
    return numbers_of(rows.with(core::name_to_text(name)));
}

std::optional<std::int64_t> QueueRecord::open_queue(const std::string& out) {
    if (out.empty()) {
        return std::nullopt;
    }
    Statement row(database_,
                  "SELECT queue FROM jobs WHERE queue IN (SELECT number FROM queues WHERE out = ?) AND state "
                  "IN ('queued', 'running', 'interrupted') ORDER BY queue DESC LIMIT 1");
    row.with(core::name_to_text(out));
    return row.next() ? std::optional(row.integer(0)) : std::nullopt;
}

void QueueRecord::take_over(std::int64_t queue, const ProcessMark& host, const Json& options) {
    Statement(database_,
              "UPDATE queues SET host = ?, host_started = ?, host_boot = ?, options = ? WHERE number = ?")
        .with(host.pid, host.started, host.boot, to_column(options), queue)
        .run();
    Statement(database_,
              "UPDATE jobs SET state = 'cancelled', error = 'cancelled', cancel = 0, ended = ? WHERE queue = "
              "? AND state = 'running' AND cancel = 1")
        .with(core::wall_seconds(), queue)
        .run();
}

bool QueueRecord::begin(std::int64_t queue, std::size_t job) {
    Statement(
        database_,
        "UPDATE jobs SET state = 'running', begun = ?, ended = 0, engine = 0, error = '' WHERE queue = ? "
        "AND number = ? AND state IN ('queued', 'running', 'interrupted') AND cancel = 0")
        .with(core::wall_seconds(), queue, as_key(job))
        .run();
    return database_.changes() == 1;
}

bool QueueRecord::set_engine(std::int64_t queue, std::size_t job, const ProcessMark& engine) {
    Transaction transaction(database_);
    Statement(
        database_,
        "UPDATE jobs SET engine = ?, engine_started = ?, engine_boot = ? WHERE queue = ? AND number = ?")
        .with(engine.pid, engine.started, engine.boot, queue, as_key(job))
        .run();
    Statement row(database_, "SELECT cancel FROM jobs WHERE queue = ? AND number = ?");
    const bool is_cancelled = row.with(queue, as_key(job)).next() && row.integer(0) != 0;
    transaction.commit();
    return is_cancelled;
}

void QueueRecord::set_folder(std::int64_t queue, std::size_t job, const std::string& folder) {
    Statement(database_, "UPDATE jobs SET folder = ? WHERE queue = ? AND number = ?")
        .with(core::name_to_text(folder), queue, as_key(job))
        .run();
}

JobState QueueRecord::end(std::int64_t queue, std::size_t job, const Outcome& outcome) {
    const bool is_interrupted = outcome.exit_code == core::exit_interrupted || outcome.exit_code > 128;
    const JobState state = outcome.exit_code == 0 ? JobState::finished
                           : is_interrupted       ? JobState::interrupted
                                                  : JobState::failed;
    Statement row(
        database_,
        "UPDATE jobs SET state = CASE WHEN cancel = 1 AND ? <> 'finished' THEN 'cancelled' ELSE ? END, "
        "exit_code = ?, error = ?, result = ?, ended = ?, engine = 0, cancel = 0 WHERE queue = ? AND "
        "number = ? RETURNING state");
    row.with(to_text(state), to_text(state), std::int64_t{outcome.exit_code}, core::legible(outcome.error),
             to_column(outcome.result), core::wall_seconds(), queue, as_key(job));
    JobState kept = state;
    while (row.next()) {
        kept = state_of_text(row.text(0));
    }
    return kept;
}

void QueueRecord::leave_out(std::int64_t queue, std::size_t job, const std::string& why) {
    Statement(database_,
              "UPDATE jobs SET state = 'cancelled', error = ?, ended = ? WHERE queue = ? AND number = ? AND "
              "state IN ('queued', 'interrupted')")
        .with(core::legible(why), core::wall_seconds(), queue, as_key(job))
        .run();
}

std::optional<ProcessMark> QueueRecord::cancel(std::int64_t queue, std::size_t job) {
    Transaction transaction(database_);
    Statement(
        database_,
        "UPDATE jobs SET state = 'cancelled', error = 'cancelled', ended = ? WHERE queue = ? AND number "
        "= ? AND (state IN ('queued', 'interrupted') OR state = 'running' AND ? = 0)")
        .with(core::wall_seconds(), queue, as_key(job), std::int64_t{is_at_work(queue)})
        .run();
    Statement(database_, "UPDATE jobs SET cancel = 1 WHERE queue = ? AND number = ? AND state = 'running'")
        .with(queue, as_key(job))
        .run();
    Statement row(database_,
                  "SELECT engine, engine_started, engine_boot FROM jobs WHERE queue = ? AND number = ? AND "
                  "state = 'running' AND engine > 0");
    std::optional<ProcessMark> engine;
    if (row.with(queue, as_key(job)).next()) {
        engine = {row.integer(0), row.integer(1), row.text(2)};
    }
    transaction.commit();
    return engine;
}

bool QueueRecord::retry(std::int64_t queue, std::size_t job) {
    Statement(database_,
              "UPDATE jobs SET state = CASE WHEN folder = '' THEN 'queued' ELSE 'interrupted' END, exit_code "
              "= 0, error = '' WHERE queue = ? AND number = ? AND state IN ('failed', 'cancelled')")
        .with(queue, as_key(job))
        .run();
    return database_.changes() == 1;
}

void QueueRecord::give_up(std::int64_t queue, const std::string& why) {
    Statement(
        database_,
        "UPDATE jobs SET state = 'cancelled', error = ?, cancel = 0, ended = ? WHERE queue = ? AND state "
        "IN ('queued', 'running', 'interrupted')")
        .with(core::legible(why), core::wall_seconds(), queue)
        .run();
}

void QueueRecord::correct(const std::string& folder, JobState state, const Json& result) {
    // As a whole: SQLite lets nobody wait who has begun to read and then wants to write.
    Transaction transaction(database_);
    Statement row(database_, "SELECT queue, number FROM jobs WHERE folder = ? ORDER BY queue DESC LIMIT 1");
    if (!row.with(core::name_to_text(folder)).next() || is_at_work(row.integer(0))) {
        return;
    }
    Statement(database_,
              "UPDATE jobs SET state = ?, exit_code = ?, error = '', result = ?, ended = ?, cancel = 0 WHERE "
              "queue = ? AND number = ?")
        .with(to_text(state), std::int64_t{state == JobState::finished ? 0 : core::exit_interrupted},
              to_column(result), core::wall_seconds(), row.integer(0), row.integer(1))
        .run();
    transaction.commit();
}

std::vector<std::int64_t> QueueRecord::done_before(double seconds_ago) {
    Statement rows(database_,
                   "SELECT number FROM queues q WHERE created < ?1 AND NOT EXISTS (SELECT 1 FROM jobs WHERE "
                   "queue = q.number AND (ended >= ?1 OR state IN ('queued', 'running', 'interrupted'))) "
                   "ORDER BY number");
    return numbers_of(rows.with(core::wall_seconds() - seconds_ago));
}

std::vector<std::int64_t> QueueRecord::done_beyond(std::size_t keep) {
    Statement rows(database_,
                   "SELECT number FROM (SELECT number FROM queues ORDER BY number DESC LIMIT -1 OFFSET ?) q "
                   "WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE queue = q.number AND state IN ('queued', "
                   "'running', 'interrupted')) ORDER BY number");
    return numbers_of(rows.with(as_key(keep)));
}

bool QueueRecord::forget(std::int64_t queue) {
    const std::optional<core::FolderLock> held = lock(queue);
    if (!held) {
        return false;
    }
    Transaction transaction(database_);
    Statement(
        database_,
        "DELETE FROM jobs WHERE queue = ?1 AND NOT EXISTS (SELECT 1 FROM jobs WHERE queue = ?1 AND state "
        "IN ('queued', 'running', 'interrupted'))")
        .with(queue)
        .run();
    Statement(database_,
              "DELETE FROM queues WHERE number = ?1 AND NOT EXISTS (SELECT 1 FROM jobs WHERE queue = ?1)")
        .with(queue)
        .run();
    const bool is_gone = database_.changes() == 1;
    transaction.commit();
    if (is_gone) {
        std::error_code error;  // what cannot be removed is in nobody's way
        fs::remove_all(folder_of(queue), error);
    }
    return is_gone;
}

}  // namespace graft::jobs
