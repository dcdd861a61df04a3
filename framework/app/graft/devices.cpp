// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cstddef>
#include <string>

#include <fmt/format.h>

#include "command.hpp"
#include "jobs.hpp"
#include "jobs/machine.hpp"
#include "report/formatting.hpp"

namespace graft::app {
namespace {

const Usage& devices_usage() {
    static const Usage usage = {
        "devices",
        "",
        0,
        "What `graft run` may use: cores and memory, and the GPUs that the driver finds and "
        "CUDA_VISIBLE_DEVICES leaves,\n"
        "by the names that --device and --devices take. MIG slices stand in place of their GPU.",
        {json_option()},
        "graft devices --json"};
    return usage;
}

std::string table_of(const jobs::Machine& machine) {
    report::Rows rows = {{"device", "name", "memory", "free", "busy", "processes", "id"}};
    rows.push_back({"cpu", report::counted(static_cast<std::int64_t>(machine.cores), "core"),
                    report::size_text(machine.memory), report::size_text(machine.free_memory), "-", "-",
                    "-"});
    for (std::size_t number = 0; number < machine.gpus.size(); ++number) {
        const jobs::Gpu& gpu = machine.gpus[number];
        rows.push_back({fmt::format("cuda:{}", number), report::printable(gpu.name),
                        report::size_text(gpu.memory), report::size_text(gpu.memory - gpu.used),
                        gpu.is_slice ? "-" : fmt::format("{} %", gpu.busy),
                        std::to_string(gpu.processes.size()), report::printable(gpu.id)});
    }
    return report::table(rows, {2, 3, 4, 5}, 0);
}

}  // namespace

int list_devices(const Words& words) {
    const auto arguments = parse(devices_usage(), words);
    if (!arguments) {
        return 0;
    }
    const Console console = console_for(*arguments);
    const jobs::Machine machine = jobs::this_machine();
    if (console.json()) {
        console.print(to_json(machine));
        return 0;
    }
    if (!machine.problem.empty()) {
        console.err().out << "warning: " << machine.problem << "\n" << std::flush;
    }
    console.print(table_of(machine));
    return 0;
}

}  // namespace graft::app
