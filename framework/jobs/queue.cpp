// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/queue.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/duration.hpp"
#include "jobs/run_files.hpp"
#include "jobs/tasks.hpp"

namespace graft::jobs {
namespace {

using core::Json;

constexpr double seconds_between_looks = 2;
constexpr double seconds_before_larger = 2;  // of a job that lacked memory
constexpr double seconds_before_again = 30;  // as it was: what ended it shall have passed
constexpr double unknown_seconds = 60;
constexpr std::uint64_t cuda_context = std::uint64_t{512}
                                       << 20;  // bytes that CUDA takes beside the allocator

double in_gibibytes(std::uint64_t bytes) {
    return static_cast<double>(bytes) / (1024.0 * 1024 * 1024);
}

/// The greater, the worse; unknown codes (128 + a signal) are the worst.
std::size_t badness(int code) {
    static constexpr std::array<int, 8> least_to_worst = {0, core::exit_interrupted, 2, 3, 4, 5, 6, 1};
    return static_cast<std::size_t>(std::find(least_to_worst.begin(), least_to_worst.end(), code) -
                                    least_to_worst.begin());
}

/// Hands a job's events on, and keeps where its run lies.
class FolderWatch : public core::EventSink {
public:
    explicit FolderWatch(core::EventSink& listener) : listener_(listener) {}

    void emit(const core::Event& event) override {
        if (event.name == "folder") {
            folder = event.fields.value("folder", std::string());
        }
        listener_.emit(event);
    }

    std::string folder;  ///< of its run; empty: there is none yet

private:
    core::EventSink& listener_;
};

/// What the jobs of each sweep that have ended took: the mean of their times, the most memory of a GPU.
class Learnt {
public:
    void add(const std::string& sweep, double seconds, std::uint64_t memory) {
        for (Sum* sum : {&by_sweep_[sweep], &all_}) {
            sum->seconds += seconds;
            ++sum->jobs;
            sum->memory = std::max(sum->memory, memory);
        }
    }

    /// With a margin: a quarter for other shapes, and what CUDA takes beside the allocator. 0: unknown.
    std::uint64_t memory_of(const std::string& sweep) const {
        const auto found = by_sweep_.find(sweep);
        const std::uint64_t most = found == by_sweep_.end() ? 0 : found->second.memory;
        return most == 0 ? 0 : most + most / 4 + 2 * cuda_context;
    }

    double seconds_of(const std::string& sweep) const {
        const auto found = by_sweep_.find(sweep);
        const Sum& sum = found == by_sweep_.end() ? all_ : found->second;
        return sum.jobs == 0 ? unknown_seconds : sum.seconds / sum.jobs;
    }

private:
    struct Sum {
        double seconds = 0;
        int jobs = 0;
        std::uint64_t memory = 0;
    };
    std::map<std::string, Sum> by_sweep_;
    Sum all_;
};

/// One run through a queue.
class QueueRun {
public:
    QueueRun(const std::vector<Job>& queue, const QueueOptions& options, Workers& workers,
             QueueListener& listener, const std::function<Machine()>& look)
        : queue_(queue),
          workers_(workers),
          listener_(listener),
          look_(look),
          machine_(look()),
          devices_(devices_for(machine_, queue.size(), options)),
          demands_(demands(options)),
          at_once_(most_at_once(options)),
          placement_(demands_, capacities(), at_once_),
          running_(queue.size()) {}

    void go() {
        if (!machine_.problem.empty()) {
            listener_.told("warning: GPUs that cannot be seen are not used: " + machine_.problem);
        }
        while (true) {
            now_ = workers_.now();  // one for all, so that a job which is not ready yet is one to wait for
            while (!workers_.stop_wanted() && begin_some()) {
            }
            if (workers_.running() == 0) {
                if (workers_.stop_wanted() || !placement_.has_waiting()) {
                    tell_of_interrupted();
                    return;
                }
                tell_of_waiting();
            }
            if (const auto ended = wait()) {
                end(number_of(*ended->first), ended->second);
            }
        }
    }

private:
    struct Running {
        Job job;  ///< with what it was given
        std::vector<std::size_t> devices;
        std::unique_ptr<FolderWatch> events;
        std::int64_t pid = 0;
        double begun = 0;                                      ///< this try
        double first_begun = 0;                                ///< the first
        std::filesystem::file_time_type first_begun_of_files;  ///< the same, as files have it
        bool had_too_little = false;                           ///< memory, and went on with more
        bool was_tried_again = false;                          ///< since what ended it could pass
        std::optional<Outcome> last = {};  ///< of the try before, while it waits for the next

        bool is_first() const { return !had_too_little && !was_tried_again; }
    };

    std::vector<Demand> demands(const QueueOptions& options) const {
        std::vector<Demand> demands;
        for (const Job& job : queue_) {
            Demand demand;
            demand.seconds = unknown_seconds;
            demand.allowed = allowed_devices(job, devices_, options);
            demand.priority = job.priority;
            demand.sweep = job.sweep;
            demand.prefix = job.prefix;
            demand.needs = job.needs;
            if (!devices_[demand.allowed.front()].id.empty()) {
                demand.devices = tasks_of(job);  // a GPU each; on the CPU they share it
            }
            demands.push_back(std::move(demand));
        }
        return demands;
    }

    std::vector<Capacity> capacities() const {
        std::vector<Capacity> capacities;
        for (const Device& device : devices_) {
            capacities.push_back(device.capacity);
        }
        return capacities;
    }

    std::size_t most_at_once(const QueueOptions& options) const {
        std::vector<bool> is_used(devices_.size());
        for (const Demand& demand : demands_) {
            for (const std::size_t device : demand.allowed) {
                is_used[device] = true;
            }
        }
        std::size_t places = 0;
        for (std::size_t device = 0; device < devices_.size(); ++device) {
            places += is_used[device] ? devices_[device].capacity.places : 0;
        }
        return std::min({queue_.size(), places, options.at_once.value_or(places)});
    }

    std::size_t number_of(const Job& job) const {
        std::size_t number = 0;
        while (&running_[number].job != &job) {
            ++number;
        }
        return number;
    }

    /// Whether something has begun or was left out, so that more may.
    bool begin_some() {
        look_again();
        const std::vector<Start> starts = placement_.begin(now_);
        for (const Start& start : starts) {
            const std::string why =
                running_[start.job].is_first() ? listener_.reason_to_leave_out(start.job) : "";
            if (why.empty()) {
                begin(start);
            } else {
                placement_.ended(start.job, false);
                listener_.left_out(start.job, why);
            }
        }
        tell_left_out();
        return !starts.empty();
    }

    void tell_left_out() {
        for (const auto& [job, needed] : placement_.take_left_out()) {
            listener_.left_out(job, needed != job
                                        ? "it needs " + queue_[needed].name
                                        : fmt::format("it asks for {} GPUs at the same time, which are "
                                                      "not there or not allowed",
                                                      demands_[job].devices));
        }
    }

    void begin(const Start& start) {
        Running& running = running_[start.job];
        running.begun = workers_.now();
        if (running.is_first()) {
            running.job = queue_[start.job];
            running.events = std::make_unique<FolderWatch>(listener_.begins(start.job));
            running.first_begun = running.begun;
            running.first_begun_of_files = std::filesystem::file_time_type::clock::now();
        } else if (running.job.time_limit > 0) {
            constexpr double least = 1e-3;  // seconds; 0 would mean no limit
            const double gone = running.begun - running.first_begun;
            running.job.time_limit = std::max(least, queue_[start.job].time_limit - gone);
        }
        running.last.reset();
        running.devices = start.devices;
        give(start, running.job);
        running.pid = workers_.start(running.job, *running.events);
        has_told_ = false;
    }

    /// Writes what a job may use into its request and its engine's environment.
    void give(const Start& start, Job& job) const {
        Json& resources = job.request["resources"];
        resources = resources.is_object() ? resources : Json::object();
        const Device& device = devices_[start.devices.front()];
        const bool is_gpu = !device.id.empty();
        const std::size_t tasks = tasks_of(job);
        if (at_once_ * tasks > 1 && resources.value("threads", 0) == 0) {
            resources["threads"] = std::max<std::size_t>(1, machine_.cores / at_once_ / tasks);
        }
        if (is_gpu) {
            std::string ids;
            for (const std::size_t number : start.devices) {
                ids += (ids.empty() ? "" : ",") + devices_[number].id;
            }
            resources["device"] = "cuda";
            job.environment = {"CUDA_VISIBLE_DEVICES=" + ids};
        } else if (!machine_.gpus.empty() && (job.device.empty() || job.device == "auto")) {
            resources["device"] = "cpu";
        }
        if (at_once_ > 1 && device.capacity.places > 1 && device.memory > 0) {
            const std::uint64_t memory = placement_.memory_of(start.job, start.devices.front());
            const std::uint64_t each = is_gpu ? memory : memory / tasks;
            const std::uint64_t usable = is_gpu && memory > 2 * cuda_context ? memory - cuda_context : each;
            resources["memory_share"] =
                std::clamp(static_cast<double>(usable) / static_cast<double>(device.memory), 1e-6, 1.0);
        }
    }

    /// GPUs are used by others, too.
    void look_again() {
        const double now = workers_.now();
        if (machine_.gpus.empty() || now - looked_ < seconds_between_looks) {
            return;
        }
        machine_ = looked_ < 0 ? machine_ : look_();
        looked_ = now;
        for (std::size_t device = 0; device < devices_.size(); ++device) {
            if (!devices_[device].id.empty()) {
                see(device);
            }
        }
    }

    void see(std::size_t device) {
        const auto gpu = std::find_if(machine_.gpus.begin(), machine_.gpus.end(),
                                      [&](const Gpu& each) { return each.id == devices_[device].id; });
        if (gpu == machine_.gpus.end()) {
            placement_.seen(device, devices_[device].memory, 1);  // it is lost
            return;
        }
        std::vector<OwnProcess> own;
        for (std::size_t job = 0; job < running_.size(); ++job) {
            const Running& running = running_[job];
            if (running.pid != 0 &&
                std::find(running.devices.begin(), running.devices.end(), device) != running.devices.end()) {
                own.push_back({running.pid, placement_.memory_of(job, device)});
            }
        }
        // Who computes is not told: with a job of ours there, it is taken for ours.
        placement_.seen(device, memory_of_others(*gpu, own), own.empty() ? gpu->busy / 100.0 : 0);
    }

    void tell_of_waiting() {
        if (has_told_ || placement_.next_time(now_)) {
            return;
        }
        has_told_ = true;
        std::string taken;
        for (const Gpu& gpu : machine_.gpus) {
            taken += fmt::format("{}{} has {:.1f} of {:.1f} GiB taken", taken.empty() ? "" : ", ", gpu.id,
                                 in_gibibytes(gpu.used), in_gibibytes(gpu.memory));
        }
        listener_.told("waiting: others use the GPUs: " + taken);
    }

    /// A job that has ended; nothing where it is time to look again.
    std::optional<std::pair<const Job*, Outcome>> wait() {
        const std::optional<double> next = placement_.next_time(now_);
        const bool may_begin = !workers_.stop_wanted() && placement_.has_waiting();
        if (!may_begin || (machine_.gpus.empty() && !next)) {
            return workers_.wait();
        }
        return workers_.wait_for(
            std::min(next ? *next - now_ : seconds_between_looks, seconds_between_looks));
    }

    void end(std::size_t number, const Outcome& outcome) {
        Running& running = running_[number];
        running.pid = 0;
        const double now = workers_.now();
        if (outcome.exit_code != 0 && !outcome.stop_wanted && goes_on(number, outcome)) {
            return;
        }
        placement_.ended(number, outcome.exit_code == 0);
        if (outcome.exit_code == 0) {
            learn(number, now - running.begun, outcome.result);
        }
        listener_.ended(number, outcome);
        tell_left_out();
    }

    /// Jobs that wait are like those of their sweep that have ended.
    void learn(std::size_t number, double seconds, const Json& result) {
        const auto memory = result.find("peak_memory");
        learnt_.add(
            queue_[number].sweep, seconds,
            memory != result.end() && memory->is_number_unsigned() ? memory->get<std::uint64_t>() : 0);
        for (std::size_t job = 0; job < queue_.size(); ++job) {
            if (placement_.waits(job)) {
                const std::string& sweep = queue_[job].sweep;
                placement_.expect(job, learnt_.seconds_of(sweep),
                                  uses_gpus_alone(job) ? learnt_.memory_of(sweep) : 0);
            }
        }
    }

    bool uses_gpus_alone(std::size_t job) const {
        const std::vector<std::size_t>& allowed = demands_[job].allowed;
        return std::none_of(allowed.begin(), allowed.end(),
                            [&](std::size_t device) { return devices_[device].id.empty(); });
    }

    /// Whether a job that failed is tried again: once on a larger device where it lacked memory, once where
    /// what ended it lies outside of it.
    bool goes_on(std::size_t number, const Outcome& outcome) {
        Running& running = running_[number];
        if (outcome.lacked_memory && !running.had_too_little && placement_.can_grow(number)) {
            running.had_too_little = true;
            placement_.again(number, workers_.now() + seconds_before_larger);
            const std::uint64_t memory = placement_.memory_of(number, running.devices.front());
            prepare_again(
                running, outcome,
                fmt::format("there was not enough memory: it goes on when {:.1f} GiB are free for it",
                            in_gibibytes(memory)));
            return true;
        }
        const bool has_lost_device = is_lost(running.devices.front());
        if (running.was_tried_again || !(outcome.can_pass || has_lost_device)) {
            return false;
        }
        running.was_tried_again = true;
        placement_.later(number, workers_.now() + seconds_before_again);
        const std::string why =
            has_lost_device ? "its GPU is lost" : outcome.error.substr(0, outcome.error.find('\n'));
        prepare_again(
            running, outcome,
            fmt::format("{}; it is tried once more in {}", why, core::duration_text(seconds_before_again)));
        return true;
    }

    /// Whether the driver shows a GPU no more.
    bool is_lost(std::size_t device) {
        if (devices_[device].id.empty()) {
            return false;
        }
        looked_ = workers_.now();
        machine_ = look_();
        see(device);
        return std::none_of(machine_.gpus.begin(), machine_.gpus.end(),
                            [&](const Gpu& gpu) { return gpu.id == devices_[device].id; });
    }

    /// The run that a try has left. It may have begun one without anybody hearing of it, but only after the
    /// job began.
    static std::string begun_run(const Running& running) {
        if (!running.events->folder.empty()) {
            return running.events->folder;
        }
        constexpr std::chrono::seconds precision{1};  // of file systems
        const std::string out = running.job.request.value("out", std::string());
        std::error_code error;
        const auto written = std::filesystem::last_write_time(run_file(out, run_files::pipeline), error);
        return error || written < running.first_begun_of_files - precision ? "" : out;
    }

    /// What the last try has left goes on.
    static void prepare_again(Running& running, const Outcome& outcome, const std::string& why) {
        running.last = outcome;
        if (const std::string run = begun_run(running); !run.empty()) {
            running.job.request = resume_request(run, running.job.request);
        }
        running.events->emit({"warning", {{"text", why}}});
    }

    /// Jobs that wait to be tried again when a signal comes.
    void tell_of_interrupted() {
        for (std::size_t job = 0; job < queue_.size(); ++job) {
            if (running_[job].last) {
                Outcome outcome = *running_[job].last;
                outcome.exit_code = core::exit_interrupted;
                outcome.stop_wanted = true;
                listener_.ended(job, outcome);
            }
        }
    }

    const std::vector<Job>& queue_;
    Workers& workers_;
    QueueListener& listener_;
    const std::function<Machine()>& look_;
    Machine machine_;
    std::vector<Device> devices_;
    std::vector<Demand> demands_;
    std::size_t at_once_;
    Placement placement_;
    std::vector<Running> running_;
    Learnt learnt_;
    double now_ = 0;
    double looked_ = -1e9;
    bool has_told_ = false;
};

}  // namespace

void run_all(const std::vector<Job>& queue, const QueueOptions& options, Workers& workers,
             QueueListener& listener, const std::function<Machine()>& look) {
    QueueRun(queue, options, workers, listener, look).go();
}

int worst_exit_code(const std::vector<int>& codes) {
    int worst = 0;
    for (const int code : codes) {
        worst = badness(code) > badness(worst) ? code : worst;
    }
    return worst;
}

}  // namespace graft::jobs
