// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The devices of a machine as the jobs of a queue get them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jobs/job.hpp"
#include "jobs/machine.hpp"
#include "jobs/placement.hpp"

namespace graft::jobs {

/// How a queue uses the machine.
struct QueueOptions {
    std::optional<std::size_t> at_once = {};  ///< jobs; absent: as the devices allow
    std::vector<std::string> devices = {};    ///< "cpu", "cuda", "cuda:1"; empty: all
};

struct Device {
    std::string name;          ///< "cpu", "cuda:1"
    std::string id;            ///< the driver's; empty: the CPU
    std::uint64_t memory = 0;  ///< bytes of the whole device
    Capacity capacity;         ///< for jobs
};

/// What so many jobs get. On the CPU a job a core, but no more than there is memory for at 2 GiB each, with
/// equal parts of the memory that is free; on a GPU up to four, fewer where cores are few, each with three
/// quarters of the memory until it is known what jobs like it take, a lone one with an eighth at least.
/// `at_once` goes before cores and memory. An exclusive GPU has one place. Throws Failure(pipeline) for names
/// of devices that are not there.
std::vector<Device> devices_for(const Machine& machine, std::size_t jobs, const QueueOptions& options);

/// The numbers of the devices that a job may have by what it says itself (Job::device). Where it says nothing
/// they are the GPUs, and the CPU where there are none or `options` name it; where it says what is not there,
/// the CPU: its engine tells what is missing. Throws Failure(pipeline) where --devices leaves none.
std::vector<std::size_t> allowed_devices(const Job& job, const std::vector<Device>& devices,
                                         const QueueOptions& options);

/// A process of this queue on a GPU.
struct OwnProcess {
    std::int64_t pid = 0;
    std::uint64_t memory = 0;  ///< bytes that it was given
};

/// Bytes of a GPU that others hold: what is in use without that of our processes, as the driver lists it;
/// where it does not list them (in a container), without what they were given.
std::uint64_t memory_of_others(const Gpu& gpu, const std::vector<OwnProcess>& own);

}  // namespace graft::jobs
