// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Which job begins when, and where: nothing here starts a process or looks at a clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace graft::jobs {

/// What a job asks of the devices.
struct Demand {
    double seconds = 1;        ///< expected length
    std::uint64_t memory = 0;  ///< bytes on each of its devices, at most what the largest has; 0: unknown
    std::size_t devices = 1;   ///< different ones, at the same time
    std::vector<std::size_t> allowed;  ///< numbers of devices; empty: any
    int priority = 0;                  ///< the higher goes first
    std::string sweep;                 ///< sweeps have equal parts of the machine while they have jobs
    std::string prefix;  ///< jobs of one read the features that the first works out; empty: of no other's
    std::vector<std::size_t> needs;  ///< numbers of jobs that must have ended well
};

/// What a device has for jobs: a GPU, a slice of one, or the CPU. Fractions are of one device and add up on
/// it alone.
struct Capacity {
    std::uint64_t memory = 0;   ///< bytes for jobs, when nobody else is there
    std::size_t places = 1;     ///< jobs at the same time
    std::uint64_t foreign = 0;  ///< bytes that others hold
    double busy = 0;            ///< 0..1: how much others compute there
    std::uint64_t unknown = 0;  ///< bytes for a job of which it is not known what it takes
    bool is_slow = false;       ///< only for what fits nowhere else
};

struct Start {
    std::size_t job;
    std::vector<std::size_t> devices;
};

/// Jobs that wait, run and have ended, and the next ones to begin. The longest goes first (with the longest
/// chain of those that need it, times the cube of the part of a device that it takes), where no higher
/// priority, no sweep that has less and no prefix that is being worked out right now says otherwise; and it
/// goes where least is going on. The first job that finds no room has some reserved: others fill up only what
/// does not delay it. One thread per object.
class Placement {
public:
    /// `at_once`: jobs at the same time on all devices together. Throws Failure(internal) for needs that go
    /// in a circle or name no job.
    Placement(std::vector<Demand> jobs, std::vector<Capacity> capacities, std::size_t at_once);

    /// Others' use of a device is this now.
    void seen(std::size_t device, std::uint64_t foreign, double busy);

    /// What is known now of a job that waits; `memory` 0: as little as before.
    void expect(std::size_t job, double seconds, std::uint64_t memory);

    /// The jobs that begin now.
    std::vector<Start> begin(double now);

    void ended(std::size_t job, bool well);

    /// A job that had too little memory waits again, for twice as much, until `not_before`. False,
    /// and the job has failed: it had the largest already.
    bool again(std::size_t job, double not_before);

    /// Whether a job that runs could have more memory than it has.
    bool can_grow(std::size_t job) const;

    /// A job that failed waits again, for as much as it had, until `not_before`.
    void later(std::size_t job, double not_before);

    /// Jobs that will never begin, once each: those that need one that failed or was left out (its number),
    /// and those that ask for more devices than there are (their own number).
    std::vector<std::pair<std::size_t, std::size_t>> take_left_out();

    /// Bytes that a job has, or would have, of a device.
    std::uint64_t memory_of(std::size_t job, std::size_t device) const {
        return memory_on(jobs_[job], device);
    }
    bool has_waiting() const;
    bool waits(std::size_t job) const { return jobs_[job].state == State::waiting; }

    /// When a job that waits for its time may begin; nothing where none does.
    std::optional<double> next_time(double now) const;

private:
    enum class State { waiting, running, well, failed };
    struct JobState {
        Demand demand;
        State state = State::waiting;
        double begun = 0;
        double not_before = 0;
        std::uint64_t largest = 0;  ///< memory of a device that it may use
        double least_share = 1;     ///< of a device: a place
        double chain = 0;           ///< seconds of those that follow it, at least
        std::vector<std::size_t> devices;
    };
    struct Taken {
        std::uint64_t memory = 0;
        std::size_t jobs = 0;
    };
    /// What is kept for one job: from `from` on, after which so much is left on each of its devices.
    struct Reservation {
        std::size_t job;
        double from;
        std::map<std::size_t, Taken> spare;
    };

    void compute_chains();
    std::vector<std::size_t> followers_last() const;
    bool is_ready(const JobState& job, double now) const;
    std::vector<std::size_t> in_order(std::vector<std::size_t> ready, double horizon,
                                      double equal_part) const;
    double equal_part() const;
    bool is_being_filled(const JobState& job) const;
    double horizon(double now) const;
    std::uint64_t memory_on(const JobState& job, std::size_t device) const;
    static double share_of(const JobState& job);
    static std::size_t thousandths_of(const JobState& job);
    bool fits(const JobState& job, std::size_t device, const std::vector<Taken>& taken) const;
    std::vector<std::size_t> chosen_devices(const JobState& job, const std::vector<Taken>& taken,
                                            const std::vector<bool>& usable) const;
    std::vector<bool> usable_devices(const JobState& job, double now,
                                     const std::optional<Reservation>& reserved) const;
    std::optional<Reservation> reserve(std::size_t job, double now) const;
    void start(std::size_t job, const std::vector<std::size_t>& devices, double now);
    void leave(std::size_t job, State state);
    bool has_free_place() const;
    double expected_end(const JobState& job, double now) const;

    std::vector<JobState> jobs_;
    std::vector<Capacity> capacities_;
    std::vector<Taken> taken_;
    std::size_t at_once_;
    std::size_t running_ = 0;
    std::map<std::string, std::size_t> part_of_sweep_;  ///< of devices, in thousandths of one
    std::map<std::string, std::size_t> filler_;         ///< the job that works a prefix out now
    std::map<std::string, bool> is_filled_;
    std::optional<std::size_t> holder_;  ///< has had room reserved, and goes first until it begins
    std::vector<std::pair<std::size_t, std::size_t>> left_out_;
};

}  // namespace graft::jobs
