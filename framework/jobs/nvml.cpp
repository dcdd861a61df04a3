// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// NVML's functions are declared here by hand: those whose names and arguments the driver keeps for good.
#include "jobs/nvml.hpp"

#include <array>
#include <optional>

#include <dlfcn.h>

#include <fmt/format.h>

namespace graft::jobs {
namespace {

using NvmlDevice = struct DeviceOfNvml*;

enum NvmlStatus : int { success = 0, not_supported = 3, insufficient_size = 7 };

struct NvmlMemory {
    unsigned long long total;
    unsigned long long free;
    unsigned long long used;
};
struct NvmlUtilization {
    unsigned gpu;
    unsigned memory;
};
struct NvmlProcess {
    unsigned pid;
    unsigned long long memory;  ///< all bits set: unknown
    unsigned gpu_instance;
    unsigned compute_instance;
};

constexpr unsigned text_length = 96;
constexpr int prohibited_mode = 2;
constexpr int exclusive_mode = 3;

struct Nvml {
    int (*init)() = nullptr;
    const char* (*error_text)(int) = nullptr;
    int (*count)(unsigned*) = nullptr;
    int (*device)(unsigned, NvmlDevice*) = nullptr;
    int (*uuid)(NvmlDevice, char*, unsigned) = nullptr;
    int (*name)(NvmlDevice, char*, unsigned) = nullptr;
    int (*memory)(NvmlDevice, NvmlMemory*) = nullptr;
    int (*utilization)(NvmlDevice, NvmlUtilization*) = nullptr;  // may be missing, as all below
    int (*compute_mode)(NvmlDevice, int*) = nullptr;
    int (*processes)(NvmlDevice, unsigned*, NvmlProcess*) = nullptr;
    int (*mig_mode)(NvmlDevice, unsigned*, unsigned*) = nullptr;
    int (*most_slices)(NvmlDevice, unsigned*) = nullptr;
    int (*slice)(NvmlDevice, unsigned, NvmlDevice*) = nullptr;

    std::string text(int status) const {
        const char* words = error_text == nullptr ? nullptr : error_text(status);
        return words == nullptr ? fmt::format("error {}", status) : std::string(words);
    }
};

template <typename Function>
bool find_function(void* handle, const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(handle, name));
    return function != nullptr;
}

/// Nothing where the library is not there; else `problem` says what is wrong with it.
std::optional<Nvml> open_nvml(const std::filesystem::path& path, std::string& problem) {
    void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        const std::string words = ::dlerror();
        const bool is_absent = words.find("No such file") != std::string::npos;
        problem = is_absent ? "" : words;
        return std::nullopt;
    }
    Nvml library;
    const bool is_whole = find_function(handle, "nvmlInit_v2", library.init) &&
                          find_function(handle, "nvmlDeviceGetCount_v2", library.count) &&
                          find_function(handle, "nvmlDeviceGetHandleByIndex_v2", library.device) &&
                          find_function(handle, "nvmlDeviceGetUUID", library.uuid) &&
                          find_function(handle, "nvmlDeviceGetName", library.name) &&
                          find_function(handle, "nvmlDeviceGetMemoryInfo", library.memory);
    if (!is_whole) {
        problem = fmt::format("{} is too old: {}", path.string(), ::dlerror());
        return std::nullopt;
    }
    find_function(handle, "nvmlErrorString", library.error_text);
    find_function(handle, "nvmlDeviceGetUtilizationRates", library.utilization);
    find_function(handle, "nvmlDeviceGetComputeMode", library.compute_mode);
    // Both fill the same struct; the older function without a number has a shorter one.
    find_function(handle, "nvmlDeviceGetComputeRunningProcesses_v3", library.processes) ||
        find_function(handle, "nvmlDeviceGetComputeRunningProcesses_v2", library.processes);
    find_function(handle, "nvmlDeviceGetMigMode", library.mig_mode);
    find_function(handle, "nvmlDeviceGetMaxMigDeviceCount", library.most_slices);
    find_function(handle, "nvmlDeviceGetMigDeviceHandleByIndex", library.slice);
    return library;
}

std::vector<GpuProcess> processes_on(const Nvml& library, NvmlDevice device) {
    constexpr unsigned most = 1024;
    std::vector<NvmlProcess> found(most);
    unsigned count = most;
    if (library.processes == nullptr || library.processes(device, &count, found.data()) != success) {
        return {};
    }
    std::vector<GpuProcess> processes;
    for (unsigned index = 0; index < count; ++index) {
        const bool is_known = found[index].memory != ~0ULL;
        processes.push_back({found[index].pid, is_known ? found[index].memory : 0});
    }
    return processes;
}

/// One GPU or slice; throws its status.
Gpu read_gpu(const Nvml& library, NvmlDevice device, bool is_slice) {
    const auto require = [](int status) {
        if (status != success) {
            throw status;
        }
    };
    Gpu gpu;
    std::array<char, text_length> text = {};
    require(library.uuid(device, text.data(), text_length));
    gpu.id = text.data();
    require(library.name(device, text.data(), text_length));
    gpu.name = text.data();
    NvmlMemory memory = {};
    require(library.memory(device, &memory));
    gpu.memory = memory.total;
    gpu.used = memory.total - std::min(memory.total, memory.free);
    gpu.is_slice = is_slice;
    NvmlUtilization utilization = {};
    if (library.utilization != nullptr && library.utilization(device, &utilization) == success) {
        gpu.busy = static_cast<int>(utilization.gpu);
    }
    int mode = 0;
    if (library.compute_mode != nullptr && library.compute_mode(device, &mode) == success) {
        gpu.is_exclusive = mode == exclusive_mode;
    }
    gpu.processes = processes_on(library, device);
    return gpu;
}

bool is_prohibited(const Nvml& library, NvmlDevice device) {
    int mode = 0;
    return library.compute_mode != nullptr && library.compute_mode(device, &mode) == success &&
           mode == prohibited_mode;
}

/// A GPU that is cut into slices stands for those: by itself it cannot be used.
void read_with_slices(const Nvml& library, NvmlDevice device, std::vector<Gpu>& gpus) {
    unsigned mode = 0;
    unsigned pending = 0;
    const bool has_slices = library.mig_mode != nullptr && library.most_slices != nullptr &&
                            library.slice != nullptr &&
                            library.mig_mode(device, &mode, &pending) == success && mode == 1;
    if (is_prohibited(library, device)) {
        return;
    }
    if (!has_slices) {
        gpus.push_back(read_gpu(library, device, false));
        return;
    }
    unsigned most = 0;
    library.most_slices(device, &most);
    for (unsigned index = 0; index < most; ++index) {
        NvmlDevice slice = nullptr;
        if (library.slice(device, index, &slice) == success) {
            gpus.push_back(read_gpu(library, slice, true));
        }
    }
}

}  // namespace

GpusFound gpus_of_driver(const std::filesystem::path& path) {
    GpusFound found;
    const auto library = open_nvml(path, found.problem);
    if (!library) {
        return found;
    }
    // Once for every look: NVML counts, and what the driver changed in between is seen.
    if (const int status = library->init(); status != success) {
        found.problem = fmt::format("the driver's NVML does not start: {}", library->text(status));
        return found;
    }
    unsigned count = 0;
    if (const int status = library->count(&count); status != success) {
        found.problem = fmt::format("the driver's NVML cannot count GPUs: {}", library->text(status));
    }
    for (unsigned index = 0; index < count; ++index) {
        NvmlDevice device = nullptr;
        try {
            if (const int status = library->device(index, &device); status != success) {
                throw status;
            }
            read_with_slices(*library, device, found.gpus);
        } catch (const int status) {
            found.problem += fmt::format("{}GPU {} cannot be read: {}", found.problem.empty() ? "" : "; ",
                                         index, library->text(status));
        }
    }
    return found;
}

}  // namespace graft::jobs
