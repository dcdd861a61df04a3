// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/slurm_backend.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include <csignal>

#include <poll.h>

#include <fmt/format.h>

#include "core/clock.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "jobs/run_files.hpp"
#include "jobs/slurm_batches.hpp"
#include "jobs/tasks.hpp"

namespace graft::jobs {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

constexpr int milliseconds_between_reads = 200;
constexpr int milliseconds_a_job = 10;
constexpr double least_between_asks = 2;  // seconds
constexpr double most_between_asks = 30;
constexpr double patience = 5;  // seconds until a file that was written on a node is seen here

constexpr const char* own_script = "#!/bin/sh\nexec \"$@\"\n";

std::string new_token() {
    std::random_device random;
    return fmt::format("graft:{:08x}{:08x}", random(), random());
}

/// Whether what it wrote down is how it ended: one that was interrupted may have been told to begin again.
bool is_final(const Outcome& outcome) {
    return outcome.exit_code != core::exit_interrupted && outcome.exit_code <= 128;
}

/// Slurm's number of a job that was submitted; empty: it does not know it.
std::string id_of(const slurm::Submitted& submitted, const std::optional<slurm::KnownJobs>& known) {
    if (!submitted.id.empty() || !known) {
        return submitted.id;
    }
    const auto found = known->by_token.find(submitted.token);
    return found == known->by_token.end() ? "" : slurm::job_id(found->second, submitted.index);
}

std::optional<slurm::SlurmState> state_of(const std::string& id, const slurm::KnownJobs& known) {
    const auto found = known.states.find(id);
    return found == known.states.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

/// A job that was submitted, and is not known to have ended.
struct SlurmBackend::Followed {
    Followed(std::size_t index, std::size_t recorded, const slurm::Submitted& submitted, std::string known_as)
        : job(index),
          number(recorded),
          id(std::move(known_as)),
          round(submitted.round),
          tail(round.events(recorded)) {}

    std::size_t job;     ///< its index in the queue
    std::size_t number;  ///< in the record
    std::string id;      ///< Slurm's
    slurm::Round round;
    slurm::EventTail tail;
    core::EventSink* sink = nullptr;  ///< null: it has not begun
    bool is_done = false;
    bool is_hurried = false;
    bool has_paused = false;  ///< it wrote down that it was interrupted
    double over_since = -1;   ///< seconds of the clock; negative: it may go on
};

SlurmBackend::SlurmBackend(slurm::SubmitOptions options, const fs::path& queue_folder)
    : options_(std::move(options)), rounds_(slurm::rounds_of(queue_folder)) {}

SlurmBackend::~SlurmBackend() = default;

std::optional<slurm::Submitted> SlurmBackend::submission_of(std::size_t number) const {
    const auto submissions = slurm::last_submissions(rounds_);
    const auto found = submissions.find(number);
    return found == submissions.end() ? std::nullopt : std::optional(found->second);
}

void SlurmBackend::submit(const std::vector<Job>& queue, const std::vector<std::size_t>& numbers,
                          QueueListener& listener) {
    attend(queue, numbers, listener);
    signals_ = std::make_unique<SignalQueue>();
    std::string why;
    const auto known = slurm::ask(why);
    if (!known) {
        throw Failure(Category::system, "Slurm cannot be asked: " + why,
                      "give the command where `squeue` works, or try again later");
    }
    adopt_submitted(known);
    submit_missing();
    between_asks_ = least_between_asks;
    next_ask_ = core::steady_seconds() + between_asks_;
}

void SlurmBackend::attend(const std::vector<Job>& queue, const std::vector<std::size_t>& numbers,
                          QueueListener& listener) {
    queue_ = &queue;
    numbers_ = &numbers;
    listener_ = &listener;
}

void SlurmBackend::adopt_submitted(const std::optional<slurm::KnownJobs>& known) {
    for (const auto& [number, submitted] : slurm::last_submissions(rounds_)) {
        const auto place = std::find(numbers_->begin(), numbers_->end(), number);
        if (place != numbers_->end()) {
            adopt(static_cast<std::size_t>(place - numbers_->begin()), submitted, known);
        }
    }
}

/// A job of an earlier submission whose end nobody has told.
void SlurmBackend::adopt(std::size_t job, const slurm::Submitted& submitted,
                         const std::optional<slurm::KnownJobs>& known) {
    const std::size_t number = numbers_->at(job);
    const slurm::Round round(submitted.round);
    const std::string id = id_of(submitted, known);
    std::error_code error;
    const bool was_taken = !id.empty() || !known || fs::exists(round.events(number), error);
    if (was_taken && !round.is_concluded(number)) {
        followed_[job] = std::make_unique<Followed>(job, number, submitted, id);
    }
}

void SlurmBackend::submit_missing() {
    std::vector<bool> is_wanted;
    for (std::size_t job = 0; job < queue_->size(); ++job) {
        is_wanted.push_back(!followed_.contains(job));
    }
    const std::vector<std::vector<std::size_t>> parts = slurm::divided(*queue_, is_wanted);
    if (parts.empty()) {
        return;
    }
    const slurm::Round round = slurm::new_round(rounds_);
    script_ = round.keep_script(options_.script.empty() ? own_script : options_.script);
    std::vector<slurm::KeptBatch> kept;
    for (const std::vector<std::size_t>& jobs : parts) {
        submit_batch(round, kept, jobs);
    }
}

/// Written down before Slurm is told, and after: whoever finds no number looks for the token.
void SlurmBackend::submit_batch(const slurm::Round& round, std::vector<slurm::KeptBatch>& kept,
                                const std::vector<std::size_t>& jobs) {
    const std::size_t index = kept.size();
    kept.push_back({new_token(), "", {}});
    for (const std::size_t job : jobs) {
        kept.back().jobs.push_back(numbers_->at(job));
        round.keep(numbers_->at(job), queue_->at(job));
    }
    slurm::JobBatch batch = batch_of(round, index, jobs);
    batch.token = kept.back().token;
    batch.jobs = kept.back().jobs;
    round.keep(kept);
    try {
        kept.back().id = slurm::submit(batch, options_);
    } catch (const Failure& failure) {
        if (failure.category() == Category::pipeline) {
            kept.pop_back();  // refused
            round.keep(kept);
        }
        throw;
    }
    round.keep(kept);
    for (std::size_t place = 0; place < jobs.size(); ++place) {
        const auto array_index = jobs.size() > 1 ? std::optional(place) : std::nullopt;
        const slurm::Submitted submitted = {round.folder(), index, array_index, kept.back().token,
                                            slurm::job_id(kept.back().id, array_index)};
        followed_[jobs[place]] =
            std::make_unique<Followed>(jobs[place], batch.jobs[place], submitted, submitted.id);
    }
}

slurm::JobBatch SlurmBackend::batch_of(const slurm::Round& round, std::size_t number,
                                       const std::vector<std::size_t>& jobs) const {
    const Job& first = queue_->at(jobs.front());
    slurm::JobBatch batch;
    for (const std::size_t needed : first.needs) {
        batch.after.push_back(followed_.at(needed)->id);
    }
    batch.tasks = tasks_of(first);
    batch.threads = first.request.value("resources", core::Json::object()).value("threads", std::int64_t{0});
    batch.wants_gpu = slurm::wants_gpu(first);
    batch.time_limit = first.time_limit;
    const std::string name = jobs.size() > 1 ? first.sweep : first.name;
    batch.name = core::printable_line("graft:" + core::name_to_text(name), 100);
    batch.working_folder = fs::current_path().string();
    batch.output = round.output_pattern(number, jobs.size() > 1);
    batch.script = script_.string();
    batch.command = {fs::read_symlink("/proc/self/exe").string(), "job", round.folder().string(),
                     std::to_string(number)};
    return batch;
}

bool SlurmBackend::poll() {
    for (int signal = signals_->next(); signal != 0; signal = signals_->next()) {
        if (signal != SIGCHLD) {
            has_left_jobs_ = open_jobs() > 0;
            return false;
        }
    }
    if (!turn()) {
        if (core::steady_seconds() >= next_ask_) {
            ask();
        }
        pollfd channel = {signals_->descriptor(), POLLIN, 0};
        // Many jobs are looked at less often: each look is a few requests to a file server.
        const int pause =
            std::max(milliseconds_between_reads, milliseconds_a_job * static_cast<int>(open_jobs()));
        ::poll(&channel, 1, open_jobs() > 0 ? pause : 0);
    }
    return open_jobs() > 0;
}

std::size_t SlurmBackend::open_jobs() const {
    return static_cast<std::size_t>(std::count_if(
        followed_.begin(), followed_.end(), [](const auto& followed) { return !followed.second->is_done; }));
}

/// Reads what jobs have written; whether there was anything.
bool SlurmBackend::turn() {
    bool heard = false;
    for (const auto& [job, followed] : followed_) {
        heard = (!followed->is_done && hear(*followed)) || heard;
    }
    return heard;
}

bool SlurmBackend::hear(Followed& followed) {
    // In this order, so that nothing is left unread when the end is told.
    const std::optional<Outcome> outcome = followed.round.outcome(followed.number);
    const bool heard = followed.tail.read([&](const core::Event& event) {
        if (!followed.is_done && begin(followed) &&
            event.name != "engine") {  // its number is another machine's
            followed.sink->emit(event);
        }
    });
    if (outcome && !followed.is_done && is_final(*outcome) && begin(followed)) {
        end(followed, *outcome);
        return true;
    }
    if (outcome && !followed.has_paused) {
        next_ask_ = std::min(next_ask_, core::steady_seconds() + 1);
    }
    followed.has_paused = outcome.has_value();
    return heard;
}

void SlurmBackend::ask() {
    std::string why;
    const auto known = slurm::ask(why);
    if (known.has_value() != is_reachable_) {
        is_reachable_ = known.has_value();
        listener_->told(is_reachable_
                            ? "Slurm answers again"
                            : "warning: Slurm cannot be asked, so it is not known how its jobs are: " +
                                  core::printable_line(why, 300));
    }
    between_asks_ = std::min(between_asks_ * 2, most_between_asks);
    next_ask_ = core::steady_seconds() + between_asks_;
    if (!known) {
        return;
    }
    for (const auto& [job, followed] : followed_) {
        if (!followed->is_done) {
            judge(*followed, state_of(followed->id, *known));
        }
    }
}

/// What Slurm says counts where the job itself has written down no end.
void SlurmBackend::judge(Followed& followed, const std::optional<slurm::SlurmState>& state) {
    const double now = core::steady_seconds();
    if (state && !slurm::is_over(*state)) {
        followed.over_since = -1;
        const bool waits_for_time = state->name == "PENDING" && state->reason == "BeginTime";
        if (waits_for_time && followed.sink != nullptr && !followed.is_hurried) {
            slurm::hurry(followed.id);  // what begins again is made to wait for two minutes
        }
        followed.is_hurried = waits_for_time;
        return;
    }
    followed.over_since = followed.over_since < 0 ? now : followed.over_since;
    hear(followed);
    if (followed.is_done) {
        return;
    }
    if (const auto outcome = followed.round.outcome(followed.number)) {
        if (begin(followed)) {
            end(followed, *outcome);
        }
    } else if (now - followed.over_since < patience) {
        next_ask_ = std::min(next_ask_, now + 1);
    } else if (followed.sink == nullptr && (!state || state->name == "CANCELLED")) {
        leave_out(followed, reason_of_leaving(followed));
    } else if (begin(followed)) {
        Outcome ended = slurm::outcome_of(followed.id, state ? state : slurm::ask_accounting(followed.id));
        ended.error += "\n  `graft jobs log` shows what the job printed";
        end(followed, ended);
    }
}

/// False: it is not to run, after all.
bool SlurmBackend::begin(Followed& followed) {
    if (followed.sink != nullptr) {
        return true;
    }
    const std::string why = listener_->reason_to_leave_out(followed.job);
    if (why.empty()) {
        followed.sink = &listener_->begins(followed.job);
        return true;
    }
    try {
        slurm::cancel(followed.id, {"RUNNING", ""});
    } catch (const Failure& failure) {
        listener_->told(std::string("warning: ") + failure.what());
    }
    leave_out(followed, why);
    return false;
}

void SlurmBackend::end(Followed& followed, const Outcome& outcome) {
    followed.is_done = true;
    if (outcome.exit_code != 0) {
        failed_.insert(followed.job);
    }
    listener_->ended(followed.job, outcome);
    followed.round.conclude(followed.number);
    between_asks_ = least_between_asks;  // others may begin, or never
    next_ask_ = std::min(next_ask_, core::steady_seconds() + between_asks_);
}

void SlurmBackend::leave_out(Followed& followed, const std::string& why) {
    followed.is_done = true;
    failed_.insert(followed.job);
    listener_->left_out(followed.job, why);
    followed.round.conclude(followed.number);
}

/// Why Slurm took a job out of its queue.
std::string SlurmBackend::reason_of_leaving(const Followed& followed) const {
    for (const std::size_t needed : queue_->at(followed.job).needs) {
        if (failed_.contains(needed)) {
            return "it needs " + queue_->at(needed).name;
        }
    }
    return "it was cancelled";
}

std::set<std::size_t> SlurmBackend::look(const std::vector<Job>& queue,
                                         const std::vector<std::size_t>& numbers, QueueListener& listener,
                                         const std::optional<slurm::KnownJobs>& known) {
    attend(queue, numbers, listener);
    adopt_submitted(known);
    std::set<std::size_t> open;
    const double until = core::steady_seconds() + patience + 2;
    for (bool is_settled = false; !is_settled;) {
        turn();
        is_settled = true;
        open.clear();
        for (const auto& [job, followed] : followed_) {
            if (!followed->is_done && known) {
                judge(*followed, state_of(followed->id, *known));
            }
            if (!followed->is_done) {
                open.insert(followed->number);
                is_settled = is_settled && followed->over_since < 0;
            }
        }
        if (!is_settled && core::steady_seconds() < until) {
            ::poll(nullptr, 0, milliseconds_between_reads);
        } else {
            is_settled = true;
        }
    }
    return open;
}

void SlurmBackend::cancel(std::size_t number, const RecordedJob&) {
    const auto submitted = submission_of(number);
    if (!submitted || slurm::Round(submitted->round).is_concluded(number)) {
        return;
    }
    std::string why;
    known_ = known_ ? known_ : slurm::ask(why);
    if (!known_) {
        throw Failure(Category::system, "Slurm cannot be asked, so its jobs go on: " + why,
                      "give the command again when Slurm can be reached");
    }
    const std::string id = id_of(*submitted, known_);
    if (const auto state = state_of(id, *known_)) {
        slurm::cancel(id, *state);
    }
}

std::vector<fs::path> SlurmBackend::logs(std::size_t number, const RecordedJob& job) const {
    std::vector<fs::path> files;
    if (!job.folder.empty()) {
        files.emplace_back(run_file(job.folder, run_files::log));
    }
    if (const auto submitted = submission_of(number)) {
        files.push_back(slurm::Round(submitted->round).output(submitted->batch, submitted->index));
    }
    return files;
}

}  // namespace graft::jobs
