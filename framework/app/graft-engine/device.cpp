// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "device.hpp"

#include <algorithm>
#include <thread>

#include <ATen/Context.h>
#include <c10/core/AllocatorConfig.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

#include "core/problem.hpp"
#include "plugin/cuda.hpp"

namespace graft::engine {
namespace {

at::Device take_cpu(double memory_share) {
    if (memory_share < 1) {
        struct sysinfo machine = {};
        ::sysinfo(&machine);
        const double bytes = memory_share * static_cast<double>(machine.totalram) * machine.mem_unit;
        const rlimit limit{static_cast<rlim_t>(bytes), static_cast<rlim_t>(bytes)};
        ::setrlimit(RLIMIT_DATA, &limit);
    }
    return at::Device(at::kCPU);
}

/// `asked`: what names the device, for messages.
at::Device take_gpu(const std::string& name, const std::string& asked, double memory_share) {
    const at::Device device(name);
    const c10::DeviceIndex count = at::detail::getCUDAHooks().deviceCount();
    if (device.index() >= count) {
        throw core::Failure(core::Category::pipeline,
                            fmt::format("{} is {}, but there are {} GPUs", asked, name, count));
    }
    if (memory_share < 1) {
        // The setting is read when the allocator is made, which nothing has asked for yet.
        c10::CachingAllocator::setAllocatorSettings(
            fmt::format("per_process_memory_fraction:{}", memory_share));
    }
    return at::Device(at::kCUDA, device.has_index() ? device.index() : at::DeviceIndex(0));
}

}  // namespace

at::Device take_device(const jobs::Resources& resources, const std::string& wanted) {
    const std::string& name = resources.device.empty() ? wanted : resources.device;
    const std::string asked = resources.device.empty() ? "train.device" : "--device";
    const std::string why_not = name == "cpu" ? "" : plugin::load_cuda();
    if (name == "cpu" || (name == "auto" && !why_not.empty())) {
        return take_cpu(resources.memory_share);
    }
    if (!why_not.empty()) {
        throw core::Failure(core::Category::pipeline, fmt::format("{} is {}, but {}", asked, name, why_not),
                            "use `--device cpu`, or auto");
    }
    return take_gpu(name == "auto" ? "cuda:0" : name, asked, resources.memory_share);
}

std::uint64_t peak_memory(const at::Device& device) {
    if (device.is_cpu()) {
        return 0;
    }
    const auto stats = c10::getDeviceAllocator(device.type())->getDeviceStats(device.index());
    return static_cast<std::uint64_t>(stats.reserved_bytes[0].peak);  // of all pools
}

int loader_threads(const jobs::Resources& resources, std::int64_t wanted) {
    constexpr std::int64_t most_by_default = 16;
    const auto cores = static_cast<std::int64_t>(std::thread::hardware_concurrency());
    const std::int64_t threads = wanted > 0 ? wanted : std::clamp<std::int64_t>(cores, 1, most_by_default);
    return static_cast<int>(resources.threads > 0 ? std::min(threads, resources.threads) : threads);
}

}  // namespace graft::engine
