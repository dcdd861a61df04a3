// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "device.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>

#include <ATen/Context.h>
#include <c10/core/AllocatorConfig.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <boost/dll/runtime_symbol_info.hpp>

#include "core/problem.hpp"
#include "plugin/library.hpp"

namespace graft::engine {
namespace {

/// libtorch_cuda.so beside the libtorch_cpu.so that runs here; empty when it is not installed.
std::filesystem::path cuda_library() {
    boost::dll::fs::error_code error;
    const std::filesystem::path here = boost::dll::symbol_location(at::globalContext, error).string();
    const auto path = here.parent_path() / "libtorch_cuda.so";
    return !error && std::filesystem::exists(path) ? path : std::filesystem::path();
}

std::string load_cuda() {
    namespace load_mode = boost::dll::load_mode;
    std::string why_not;
    if (!plugin::open_library("libcuda.so.1", load_mode::rtld_global, why_not)) {
        return "there is no NVIDIA driver (libcuda.so.1)";
    }
    const auto library = cuda_library();
    if (library.empty()) {
        return "LibTorch was fetched without its CUDA part; run tools/fetch-libtorch --cuda";
    }
    if (!plugin::open_library(library, load_mode::rtld_global, why_not)) {
        return fmt::format("{} cannot be loaded: {}", library.string(), why_not);
    }
    return at::hasCUDA() ? "" : "the driver finds no GPU";
}

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
    const std::string why_not = name == "cpu" ? "" : load_cuda();
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
