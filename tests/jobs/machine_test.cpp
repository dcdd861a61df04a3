// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a machine has: the driver's library here is a fake one (nvml/fake_nvml.cpp).
#include "jobs/machine.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "jobs/nvml.hpp"
#include "support/temporary_folder.hpp"

namespace {

using graft::core::Json;
using graft::jobs::core_quota;
using graft::jobs::Gpu;
using graft::jobs::gpus_of_driver;
using graft::jobs::GpusFound;
using graft::jobs::machine_from_json;
using graft::jobs::this_machine;
using graft::jobs::visible_gpus;
using graft::tests::ScopedVariable;
using graft::tests::TemporaryFolder;

constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;
const std::string fake = GRAFT_TEST_BINARY "/tests/jobs/libgraft_fake_nvml.so";
const std::string old = GRAFT_TEST_BINARY "/tests/jobs/libgraft_old_nvml.so";

std::string ids(const std::vector<Gpu>& gpus) {
    std::string text;
    for (const Gpu& gpu : gpus) {
        text += (text.empty() ? "" : " ") + gpu.id;
    }
    return text;
}

// Proves: everything that is known of a GPU is read as the driver says it; slices stand in place of their
// GPU, a slice that is missing is passed over, and so is a GPU on which nobody may compute.
TEST_CASE("GPUs are read from the driver's library") {
    const GpusFound found = gpus_of_driver(fake);
    CHECK(found.problem == "");
    REQUIRE(ids(found.gpus) == "GPU-aaaa-1 GPU-aabb-2 MIG-1111 MIG-3333 GPU-eeee-5");
    const Gpu& first = found.gpus[0];
    CHECK(first.name == "Fake A");
    CHECK(first.memory == 80 * gibibyte);
    CHECK(first.used == 30 * gibibyte);
    CHECK(first.busy == 97);
    CHECK_FALSE(first.is_slice);
    CHECK_FALSE(first.is_exclusive);
    REQUIRE(first.processes.size() == 2);
    CHECK(first.processes[0].pid == 100);
    CHECK(first.processes[0].memory == 20 * gibibyte);
    CHECK(first.processes[1].memory == 0);
    CHECK(found.gpus[1].is_exclusive);
    CHECK(found.gpus[3].is_slice);
    CHECK(found.gpus[3].memory == 20 * gibibyte);
    CHECK(found.gpus[3].busy == 0);
}

// Proves: no driver is no problem; a library that fails is one, told with the driver's words, and what can
// still be read is.
TEST_CASE("a driver's library that is not there, old, damaged or failing") {
    const TemporaryFolder folder;
    const GpusFound none = gpus_of_driver(folder / "libnvidia-ml.so.1");
    CHECK(none.gpus.empty());
    CHECK(none.problem == "");
    const GpusFound too_old = gpus_of_driver(old);
    CHECK(too_old.gpus.empty());
    CHECK(too_old.problem == old + " is too old: " + old + ": undefined symbol: nvmlDeviceGetCount_v2");
    const auto damaged = folder.write("damaged.so", "no library");
    CHECK(gpus_of_driver(damaged).problem == damaged.string() + ": file too short");
    const auto with_fault = [](const char* fault) {
        const ScopedVariable variable("FAKE_NVML", fault);
        return gpus_of_driver(fake);
    };
    CHECK(with_fault("init").problem == "the driver's NVML does not start: Driver Not Loaded");
    CHECK(with_fault("count").problem == "the driver's NVML cannot count GPUs: Unknown Error");
    const GpusFound lost = with_fault("lost");
    CHECK(lost.problem == "GPU 1 cannot be read: GPU is lost");
    CHECK(ids(lost.gpus) == "GPU-aaaa-1 MIG-1111 MIG-3333 GPU-eeee-5");
}

// Proves: by CUDA's rules: numbers and beginnings of ids in the order given; an entry that means none, or
// more than one, hides what follows.
TEST_CASE("CUDA_VISIBLE_DEVICES of the caller is kept to") {
    const std::vector<Gpu> gpus = gpus_of_driver(fake).gpus;
    const auto visible = [&](const std::string& value) { return ids(visible_gpus(gpus, value)); };
    CHECK(visible("1,0") == "GPU-aabb-2 GPU-aaaa-1");
    CHECK(visible(" MIG-3333 , GPU-e") == "MIG-3333 GPU-eeee-5");
    CHECK(visible("0,-1,1") == "GPU-aaaa-1");
    CHECK(visible("0,5,1") == "GPU-aaaa-1");
    CHECK(visible("GPU-aa,0") == "");
    CHECK(visible("") == "");
    const ScopedVariable library("GRAFT_NVML", fake.c_str());
    const ScopedVariable value("CUDA_VISIBLE_DEVICES", "GPU-eeee-5");
    CHECK(ids(this_machine().gpus) == "GPU-eeee-5");
}

// Proves: a machine's description goes through JSON whole, and a wrong one is refused by its key.
TEST_CASE("a machine as data") {
    const ScopedVariable library("GRAFT_NVML", fake.c_str());
    const ScopedVariable all("CUDA_VISIBLE_DEVICES", nullptr);
    const Json json = to_json(this_machine());
    CHECK(json["cores"] > 0);
    CHECK(json["memory"] >= json["free_memory"]);
    CHECK(json["gpus"].size() == 5);
    CHECK(to_json(machine_from_json(json)) == json);
    const auto refusal = [](const Json& wrong) -> std::string {
        try {
            machine_from_json(wrong);
        } catch (const graft::core::Failure& failure) {
            return failure.what();
        }
        return "";
    };
    CHECK(refusal({{"cores", "two"}}) == "a machine's cores is \"two\"; must be a whole number from 0");
    CHECK(refusal({{"gpus", {{{"id", 7}}}}}) == "a machine's gpus.id is 7; must be a text");
    CHECK(refusal({{"gpus", {{{"used", 2}, {"memory", 1}}}}}) ==
          "a machine's gpus.used is 2; must be at most its memory");
    CHECK(refusal({{"gpu", 1}}) == "a machine's gpu is 1; must be left out: there is no such key");
}

// Proves: the least quota of the groups above counts, of both versions; "max" and -1 are none.
TEST_CASE("the quota of control groups") {
    const TemporaryFolder second;
    second.write("proc/self/cgroup", "0::/a/b\n");
    CHECK_FALSE(core_quota(second.path().string()));
    second.write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
    CHECK_FALSE(core_quota(second.path().string()));
    second.write("sys/fs/cgroup/a/cpu.max", "350000 100000\n");
    CHECK(core_quota(second.path().string()) == 3.5);
    second.write("sys/fs/cgroup/a/b/cpu.max", "50000 100000\n");
    CHECK(core_quota(second.path().string()) == 0.5);
    const TemporaryFolder first;
    first.write("proc/self/cgroup", "3:cpu,cpuacct:/job\n2:memory:/job\n");
    first.write("sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "-1\n");
    first.write("sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
    CHECK_FALSE(core_quota(first.path().string()));
    first.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "200000\n");
    first.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    CHECK(core_quota(first.path().string()) == 2);
}

}  // namespace
