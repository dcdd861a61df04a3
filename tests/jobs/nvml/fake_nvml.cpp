// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// NVML as a driver brings it, with five GPUs: two plain ones, the second exclusive; one cut into slices, of
// which the second is missing; one that nobody may compute on; and a plain one again. FAKE_NVML in the
// environment names what fails: "init", "count", or "lost" (the memory of the second GPU). The structs are
// written out again here, so that a wrong one in the reader shows.
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

struct Device {
    const char* uuid;
    const char* name;
    unsigned long long total;
    unsigned long long used;
    int mode;  // 0 shared, 2 prohibited, 3 exclusive
    unsigned slices;
    unsigned busy;
    unsigned processes;
};

constexpr unsigned long long gibibyte = 1ULL << 30;
Device devices[] = {
    {"GPU-aaaa-1", "Fake A", 80 * gibibyte, 30 * gibibyte, 0, 0, 97, 2},
    {"GPU-aabb-2", "Fake A", 80 * gibibyte, 1 * gibibyte, 3, 0, 0, 0},
    {"GPU-cccc-3", "Fake A", 80 * gibibyte, 0, 0, 3, 0, 0},
    {"GPU-dddd-4", "Fake A", 80 * gibibyte, 0, 2, 0, 0, 0},
    {"GPU-eeee-5", "Fake B", 16 * gibibyte, 0, 0, 0, 0, 0},
};
Device slices[] = {
    {"MIG-1111", "Fake A MIG 1g.10gb", 10 * gibibyte, 0, 0, 0, 0, 1},
    {"", "", 0, 0, 0, 0, 0, 0},
    {"MIG-3333", "Fake A MIG 2g.20gb", 20 * gibibyte, 0, 0, 0, 0, 0},
};

bool fails(const char* what) {
    const char* fault = std::getenv("FAKE_NVML");
    return fault != nullptr && std::string(fault) == what;
}

bool is_slice(const Device* device) {
    return device >= slices && device < slices + 3;
}

int copy(const char* text, char* out, unsigned length) {
    if (std::strlen(text) >= length) {
        return 7;
    }
    std::strcpy(out, text);
    return 0;
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

struct nvmlMemory_t {
    unsigned long long total, free, used;
};
struct nvmlUtilization_t {
    unsigned gpu, memory;
};
struct nvmlProcessInfo_t {
    unsigned pid;
    unsigned long long usedGpuMemory;
    unsigned gpuInstanceId, computeInstanceId;
};

int nvmlInit_v2() {
    return fails("init") ? 9 : 0;
}
const char* nvmlErrorString(int status) {
    return status == 9 ? "Driver Not Loaded" : status == 15 ? "GPU is lost" : "Unknown Error";
}
int nvmlDeviceGetCount_v2(unsigned* count) {
    *count = 5;
    return fails("count") ? 999 : 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, Device** device) {
    *device = &devices[index];
    return index < 5 ? 0 : 2;
}
int nvmlDeviceGetUUID(Device* device, char* out, unsigned length) {
    return copy(device->uuid, out, length);
}
int nvmlDeviceGetName(Device* device, char* out, unsigned length) {
    return copy(device->name, out, length);
}
int nvmlDeviceGetMemoryInfo(Device* device, nvmlMemory_t* memory) {
    if (fails("lost") && device == &devices[1]) {
        return 15;
    }
    *memory = {device->total, device->total - device->used, device->used};
    return 0;
}
int nvmlDeviceGetUtilizationRates(Device* device, nvmlUtilization_t* rates) {
    *rates = {device->busy, 5};
    return is_slice(device) ? 3 : 0;
}
int nvmlDeviceGetComputeMode(Device* device, int* mode) {
    *mode = device->mode;
    return 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(Device* device, unsigned* count, nvmlProcessInfo_t* infos) {
    if (*count < device->processes) {
        return 7;
    }
    *count = device->processes;
    for (unsigned index = 0; index < device->processes; ++index) {
        // The second one's memory is not known.
        infos[index] = {100 + index, index == 0 ? 20 * gibibyte : ~0ULL, 0, 0};
    }
    return 0;
}
int nvmlDeviceGetMigMode(Device* device, unsigned* now, unsigned* next) {
    *now = *next = device->slices > 0 ? 1 : 0;
    return 0;
}
int nvmlDeviceGetMaxMigDeviceCount(Device* device, unsigned* count) {
    *count = device->slices;
    return 0;
}
int nvmlDeviceGetMigDeviceHandleByIndex(Device*, unsigned index, Device** slice) {
    *slice = &slices[index];
    return index == 1 ? 6 : 0;
}
}
#pragma GCC visibility pop
