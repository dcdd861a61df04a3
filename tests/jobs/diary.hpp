// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What tests of queues share: a listener that takes notes, and machines that are only described.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "jobs/queue.hpp"

namespace graft::tests {

inline constexpr std::uint64_t in_gibibytes = std::uint64_t{1} << 30;

/// Notes who begins and who ends, in turn.
class Diary : public jobs::QueueListener, public core::EventSink {
public:
    explicit Diary(const std::vector<jobs::Job>& queue) : queue_(queue) {}

    core::EventSink& begins(std::size_t job) override {
        text += "+" + queue_[job].name;
        most_running = std::max(most_running, ++running_);
        return *this;
    }
    std::string reason_to_leave_out(std::size_t job) override {
        return queue_[job].name == "unwanted" ? "nobody wants it" : "";
    }
    void left_out(std::size_t job, const std::string& why) override {
        text += "!" + queue_[job].name + "(" + why + ")";
    }
    void told(const std::string& news) override { text += "?" + news; }
    void ended(std::size_t job, const jobs::Outcome& outcome) override {
        text += "-" + queue_[job].name;
        --running_;
        outcomes[queue_[job].name] = outcome;
    }
    void emit(const core::Event& event) override {
        if (event.name == "warning") {
            warnings += event.fields["text"].get<std::string>();
            if (warned) {
                warned();
            }
        }
    }

    std::string text;
    std::string warnings;
    std::function<void()> warned = {};  ///< is told of each
    std::size_t most_running = 0;
    std::map<std::string, jobs::Outcome> outcomes;

private:
    const std::vector<jobs::Job>& queue_;
    std::size_t running_ = 0;
};

inline std::vector<jobs::Job> jobs_named(const std::vector<std::string>& names) {
    std::vector<jobs::Job> made;
    for (const std::string& name : names) {
        made.push_back({name, {{"name", name}}});
    }
    return made;
}

inline jobs::Machine machine(std::size_t cores, std::uint64_t free_memory, std::size_t gpus = 0) {
    jobs::Machine described;
    described.cores = cores;
    described.memory = 2 * free_memory;
    described.free_memory = free_memory;
    for (std::size_t number = 0; number < gpus; ++number) {
        jobs::Gpu gpu;
        gpu.id = "GPU-" + std::to_string(number);
        gpu.memory = 80 * in_gibibytes;
        described.gpus.push_back(gpu);
    }
    return described;
}

/// Runs a queue on a machine of so many cores, each job with its own.
inline void run_on_cores(const std::vector<jobs::Job>& queue, std::size_t cores, jobs::Workers& workers,
                         Diary& diary) {
    jobs::run_all(queue, {}, workers, diary, [&] { return machine(cores, 64 * in_gibibytes); });
}

}  // namespace graft::tests
