// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <utility>

#include <fmt/format.h>

#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "jobs/machine.hpp"

namespace graft::jobs {
namespace {

using core::Json;

[[noreturn]] void refuse_description(const std::string& key, const Json& value, const std::string& expected) {
    throw core::Failure(core::Category::data, fmt::format("a machine's {} is {}; must be {}", key,
                                                          core::json_text(value), expected));
}

void take(const std::string& key, const Json& value, std::string& text) {
    if (!value.is_string()) {
        refuse_description(key, value, "a text");
    }
    text = value.get<std::string>();
}

void take(const std::string& key, const Json& value, bool& flag) {
    if (!value.is_boolean()) {
        refuse_description(key, value, "true or false");
    }
    flag = value.get<bool>();
}

template <typename Number>
void take(const std::string& key, const Json& value, Number& number) {
    if (!value.is_number_integer() || value.get<std::int64_t>() < 0) {
        refuse_description(key, value, "a whole number from 0");
    }
    number = value.get<Number>();
}

GpuProcess process_from_json(const Json& json) {
    GpuProcess process;
    for (const auto& [key, value] : json.items()) {
        if (key == "pid") {
            take("gpus.processes.pid", value, process.pid);
        } else if (key == "memory") {
            take("gpus.processes.memory", value, process.memory);
        } else {
            refuse_description("gpus.processes." + key, value, "left out: there is no such key");
        }
    }
    return process;
}

Gpu gpu_from_json(const Json& json) {
    Gpu gpu;
    for (const auto& [key, value] : json.items()) {
        const std::string name = "gpus." + key;
        if (key == "id") {
            take(name, value, gpu.id);
        } else if (key == "name") {
            take(name, value, gpu.name);
        } else if (key == "memory") {
            take(name, value, gpu.memory);
        } else if (key == "used") {
            take(name, value, gpu.used);
        } else if (key == "busy") {
            take(name, value, gpu.busy);
        } else if (key == "is_slice") {
            take(name, value, gpu.is_slice);
        } else if (key == "is_exclusive") {
            take(name, value, gpu.is_exclusive);
        } else if (key == "processes" && value.is_array()) {
            for (const Json& each : value) {
                gpu.processes.push_back(process_from_json(each));
            }
        } else {
            refuse_description(name, value, "left out: there is no such key");
        }
    }
    if (gpu.used > gpu.memory) {
        refuse_description("gpus.used", gpu.used, "at most its memory");
    }
    return gpu;
}

}  // namespace

Machine machine_from_json(const Json& json) {
    Machine machine;
    if (!json.is_object()) {
        refuse_description("description", json, "an object");
    }
    for (const auto& [key, value] : json.items()) {
        if (key == "cores") {
            take(key, value, machine.cores);
        } else if (key == "memory") {
            take(key, value, machine.memory);
        } else if (key == "free_memory") {
            take(key, value, machine.free_memory);
        } else if (key == "problem") {
            take(key, value, machine.problem);
        } else if (key == "gpus" && value.is_array()) {
            for (const Json& each : value) {
                machine.gpus.push_back(gpu_from_json(each));
            }
        } else {
            refuse_description(key, value, key == "gpus" ? "a list" : "left out: there is no such key");
        }
    }
    return machine;
}

Json to_json(const Machine& machine) {
    Json gpus = Json::array();
    for (const Gpu& gpu : machine.gpus) {
        Json processes = Json::array();
        for (const GpuProcess& process : gpu.processes) {
            processes.push_back({{"pid", process.pid}, {"memory", process.memory}});
        }
        gpus.push_back({{"id", gpu.id},
                        {"name", gpu.name},
                        {"memory", gpu.memory},
                        {"used", gpu.used},
                        {"busy", gpu.busy},
                        {"is_slice", gpu.is_slice},
                        {"is_exclusive", gpu.is_exclusive},
                        {"processes", std::move(processes)}});
    }
    return {{"cores", machine.cores},
            {"memory", machine.memory},
            {"free_memory", machine.free_memory},
            {"gpus", std::move(gpus)},
            {"problem", machine.problem}};
}

}  // namespace graft::jobs
