// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/machine.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <sched.h>
#include <sys/sysinfo.h>

#include "core/control_groups.hpp"
#include "core/environment.hpp"
#include "core/files.hpp"
#include "core/free_memory.hpp"
#include "core/json_text.hpp"
#include "core/number_text.hpp"
#include "core/problem.hpp"
#include "jobs/nvml.hpp"

namespace graft::jobs {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name, const char* otherwise) {
    const std::string value = core::environment_variable(name);
    return value.empty() ? otherwise : value;
}

std::size_t usable_cores() {
    cpu_set_t set;
    const std::size_t cores =
        ::sched_getaffinity(0, sizeof(set), &set) == 0 ? static_cast<std::size_t>(CPU_COUNT(&set)) : 1;
    const auto quota = core_quota();
    return quota ? std::clamp<std::size_t>(static_cast<std::size_t>(*quota), 1, cores) : cores;
}

std::uint64_t whole_memory() {
    struct sysinfo machine = {};
    ::sysinfo(&machine);
    return std::uint64_t{machine.totalram} * machine.mem_unit;
}

/// A file's first two numbers, microseconds of a period that may be used and those of the period; nothing for
/// "max", -1, or where there is none.
std::optional<double> quota_in(std::istream&& used, std::istream&& period) {
    double most = 0;
    double whole = 0;
    return used >> most && period >> whole && most > 0 && whole > 0 ? std::optional(most / whole)
                                                                    : std::nullopt;
}

Machine read_machine(const std::string& file) {
    const core::Json json = core::parse_json_or_discard(core::read_file(file));
    if (json.is_discarded()) {
        throw core::Failure(core::Category::data, file + " is no JSON");
    }
    return machine_from_json(json);
}

/// The GPU that an entry of CUDA_VISIBLE_DEVICES means; the end where it means none, or more than one.
std::vector<Gpu>::const_iterator meant(const std::vector<Gpu>& gpus, const std::string& entry) {
    if (const auto number = core::number_of_text<std::size_t>(entry)) {
        return *number < gpus.size() ? gpus.begin() + static_cast<std::ptrdiff_t>(*number) : gpus.end();
    }
    const auto has_it = [&](const Gpu& gpu) { return gpu.id.starts_with(entry); };
    const auto found = std::find_if(gpus.begin(), gpus.end(), has_it);
    const bool is_only = !entry.empty() && std::count_if(gpus.begin(), gpus.end(), has_it) == 1;
    return is_only ? found : gpus.end();
}

}  // namespace

std::optional<double> core_quota(const std::string& root) {
    std::optional<double> least;
    for (const core::ControlGroup& group : core::control_groups("cpu", root)) {
        std::optional<double> quota;
        if (group.version == 1) {
            quota = quota_in(std::ifstream(group.folder / "cpu.cfs_quota_us"),
                             std::ifstream(group.folder / "cpu.cfs_period_us"));
        } else {
            std::ifstream stream(group.folder / "cpu.max");
            std::string most;
            std::string period;
            stream >> most >> period;
            quota = quota_in(std::istringstream(most), std::istringstream(period));
        }
        least = quota && (!least || *quota < *least) ? quota : least;
    }
    return least;
}

std::vector<Gpu> visible_gpus(const std::vector<Gpu>& gpus, const std::string& value) {
    std::vector<Gpu> visible;
    std::istringstream entries(value);
    for (std::string entry; std::getline(entries, entry, ',');) {
        entry.erase(0, std::min(entry.find_first_not_of(" \t"), entry.size()));
        entry.erase(entry.find_last_not_of(" \t") + 1);
        const auto found = meant(gpus, entry);
        if (found == gpus.end()) {
            break;
        }
        visible.push_back(*found);
    }
    return visible;
}

Machine this_machine() {
    Machine machine;
    if (const std::string file = variable("GRAFT_MACHINE", ""); !file.empty()) {
        machine = read_machine(file);
    } else {
        GpusFound found = gpus_of_driver(variable("GRAFT_NVML", "libnvidia-ml.so.1"));
        machine.cores = usable_cores();
        machine.memory = whole_memory();
        machine.free_memory = core::free_memory();
        machine.gpus = std::move(found.gpus);
        machine.problem = found.problem;
    }
    if (const char* visible = std::getenv("CUDA_VISIBLE_DEVICES"); visible != nullptr) {
        machine.gpus = visible_gpus(machine.gpus, visible);
    }
    return machine;
}

}  // namespace graft::jobs
