// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/devices.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/names.hpp"
#include "core/problem.hpp"

namespace graft::jobs {
namespace {

constexpr std::uint64_t least_memory_of_job = std::uint64_t{2} << 30;
constexpr std::size_t most_jobs_of_gpu = 4;

bool is_gpu(const Device& device) {
    return !device.id.empty();
}

bool is_named(const Device& device, const std::string& name) {
    return device.name == name || (name == "cuda" && is_gpu(device));
}

Device cpu_of(const Machine& machine, std::size_t jobs, const QueueOptions& options) {
    const auto by_memory = static_cast<std::size_t>(machine.free_memory / least_memory_of_job);
    const std::size_t most = options.at_once.value_or(std::min(machine.cores, by_memory));
    Device device{"cpu", "", machine.memory, {}};
    device.capacity.places = std::max<std::size_t>(1, std::min(most, jobs));
    device.capacity.memory = machine.free_memory;
    device.capacity.unknown = machine.free_memory / device.capacity.places;
    device.capacity.is_slow = true;
    return device;
}

Device gpu_of(const Machine& machine, std::size_t number, std::size_t jobs, const QueueOptions& options) {
    const Gpu& gpu = machine.gpus[number];
    const std::size_t by_cores = std::max<std::size_t>(1, machine.cores / machine.gpus.size());
    const std::size_t most = options.at_once.value_or(std::min(by_cores, most_jobs_of_gpu));
    Device device{fmt::format("cuda:{}", number), gpu.id, gpu.memory, {}};
    device.capacity.places = gpu.is_exclusive ? 1 : std::min(most, jobs);
    device.capacity.memory = gpu.memory;
    device.capacity.foreign = gpu.used;
    device.capacity.busy = gpu.busy / 100.0;
    // A lone job goes beside what others have there, as it would by itself, where any room to speak of is
    // left.
    device.capacity.unknown = jobs == 1 ? gpu.memory / 8 : gpu.memory / 4 * 3;
    return device;
}

}  // namespace

std::vector<Device> devices_for(const Machine& machine, std::size_t jobs, const QueueOptions& options) {
    std::vector<Device> all;
    for (std::size_t number = 0; number < machine.gpus.size(); ++number) {
        all.push_back(gpu_of(machine, number, jobs, options));
    }
    all.push_back(cpu_of(machine, jobs, options));
    if (options.devices.empty()) {
        return all;
    }
    std::vector<std::string> names;
    std::transform(all.begin(), all.end(), std::back_inserter(names),
                   [](const Device& device) { return device.name; });
    for (const std::string& name : options.devices) {
        if (std::none_of(all.begin(), all.end(), [&](const Device& each) { return is_named(each, name); })) {
            throw core::Failure(core::Category::pipeline, fmt::format("there is no device '{}' here", name),
                                "there are: " + core::listed(names) + "; `graft devices` tells more");
        }
    }
    std::erase_if(all, [&](const Device& device) {
        return std::none_of(options.devices.begin(), options.devices.end(),
                            [&](const std::string& name) { return is_named(device, name); });
    });
    return all;
}

std::vector<std::size_t> allowed_devices(const Job& job, const std::vector<Device>& devices,
                                         const QueueOptions& options) {
    const bool says_nothing = job.device.empty() || job.device == "auto";
    const bool has_gpu = std::any_of(devices.begin(), devices.end(), is_gpu);
    std::vector<std::size_t> allowed;
    std::optional<std::size_t> cpu;
    for (std::size_t number = 0; number < devices.size(); ++number) {
        const Device& device = devices[number];
        cpu = is_gpu(device) ? cpu : number;
        const bool is_meant = says_nothing ? is_gpu(device) || !has_gpu || !options.devices.empty()
                                           : is_named(device, job.device);
        if (is_meant) {
            allowed.push_back(number);
        }
    }
    if (!allowed.empty()) {
        return allowed;
    }
    if (!options.devices.empty() || !cpu) {
        throw core::Failure(
            core::Category::pipeline,
            fmt::format("{}: it wants the device {}, which --devices leaves out", job.name, job.device));
    }
    return {*cpu};
}

std::uint64_t memory_of_others(const Gpu& gpu, const std::vector<OwnProcess>& own) {
    std::uint64_t given = 0;
    std::uint64_t listed = 0;
    std::size_t found = 0;
    for (const OwnProcess& process : own) {
        given += process.memory;
        for (const GpuProcess& each : gpu.processes) {
            if (each.pid == process.pid && each.memory > 0) {
                listed += each.memory;
                ++found;
            }
        }
    }
    const std::uint64_t ours = found == own.size() ? listed : given;
    return gpu.used - std::min(gpu.used, ours);
}

}  // namespace graft::jobs
