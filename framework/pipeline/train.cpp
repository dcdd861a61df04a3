// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `train:` as a whole; phases.cpp reads what stands in a phase.
#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "core/names.hpp"
#include "pipeline/parts.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/section.hpp"
#include "pipeline/value_words.hpp"
#include "pipeline/values.hpp"

namespace graft::pipeline {

bool is_device(const std::string& text) {
    if (text == "auto" || text == "cpu" || text == "cuda") {
        return true;
    }
    constexpr std::size_t before = 5;  // "cuda:"
    const std::string number = text.compare(0, before, "cuda:") == 0 ? text.substr(before) : "";
    return !number.empty() && number.size() <= 3 &&
           std::all_of(number.begin(), number.end(), [](char digit) { return digit >= '0' && digit <= '9'; });
}

namespace {

std::string read_device(const Section& section) {
    const std::string device = section.values().text("device");
    if (is_device(device)) {
        return device;
    }
    std::string near = core::nearest(device, {"auto", "cpu", "cuda"});
    near = device == "gpu" || device == "GPU" ? "cuda" : near;
    section.refuse("device",
                   fmt::format("{} is {}; must be auto, cpu, cuda, or cuda: with a number",
                               section.label("device"), got(*section.find("device"))),
                   near.empty() ? "" : "did you mean '" + near + "'?");
    return "auto";
}

std::vector<std::string> monitor_levels(const std::string& path) {
    std::vector<std::string> levels;
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t slash = std::min(path.find('/', begin), path.size());
        levels.push_back(path.substr(begin, slash - begin));
        begin = slash + 1;
    }
    return levels;
}

std::string read_monitor(const Section& section, const std::vector<Head>& heads) {
    const std::string monitor = section.values().text("monitor");
    const std::vector<std::string> levels = monitor_levels(monitor);
    const bool gap = std::find(levels.begin(), levels.end(), "") != levels.end();
    const bool loss =
        levels.size() == 2 && levels[1] == "loss" && (levels[0] == "val" || levels[0] == "train");
    const bool metric = (levels.size() == 3 || levels.size() == 4) && levels[0] == "val" && !gap;
    const std::vector<std::string> names = names_of(heads);
    if (loss || (metric && std::find(names.begin(), names.end(), levels[1]) != names.end())) {
        return monitor;
    }
    if (metric && !names.empty()) {
        section.refuse("monitor",
                       fmt::format("{} is {}; there is no head '{}'", section.label("monitor"),
                                   got(*section.find("monitor")), levels[1]),
                       core::suggest(levels[1], names));
    } else if (!metric) {
        section.refuse("monitor",
                       fmt::format("{} is {}; must be val/loss, train/loss, or val/HEAD/METRIC",
                                   section.label("monitor"), got(*section.find("monitor"))),
                       names.empty() ? "" : "for example val/" + names.front() + "/accuracy");
    }
    return "val/loss";
}

SamplerRule read_sampler(const Section& train, std::int64_t batch) {
    const Node* node = train.find("sampler");
    if (node == nullptr) {
        return {};
    }
    const Node map = long_form(*node);
    const Section section(map, train.below("sampler"), {"sampler"}, train.problems());
    SamplerRule sampler;
    sampler.use = section.values().text("use");
    sampler.target = section.values().has("target") ? section.values().text("target") : "";
    sampler.place = node->place;
    if (sampler.use == "classes") {
        sampler.classes = section.values().integer("classes");
        sampler.samples = section.values().integer("samples");
        if (sampler.classes * sampler.samples != batch) {
            train.refuse(
                "sampler",
                fmt::format("{} makes batches of {} x {} samples, but {} is {}", train.label("sampler"),
                            sampler.classes, sampler.samples, train.label("batch"), batch),
                fmt::format("set {} to {}", train.label("batch"), sampler.classes * sampler.samples));
        }
    }
    return sampler;
}

/// Before the first phase there is none.
void refuse_start(const Section& phase) {
    if (phase.find("start") != nullptr) {
        phase.problems().push_back(
            {phase.node().key_place("start"),
             fmt::format("{} has no meaning: no phase comes before the first", phase.label("start")),
             "remove it; backbone.weights says what a run begins with"});
    }
}

std::vector<Phase> read_phases(const Section& section, const std::vector<Head>& heads) {
    const Node* list = section.find("phases");
    if (list == nullptr) {
        refuse_start(section);
        return {read_phase(section, {}, heads)};
    }
    for (const std::string key : {"epochs", "freeze", "solve", "start"}) {
        if (section.find(key) != nullptr) {
            section.problems().push_back(
                {section.node().key_place(key),
                 fmt::format("{} stands beside train.phases; each phase has its own", section.label(key)),
                 "move it into the phases"});
        }
    }
    Phase defaults;
    read_phase_parts(section, defaults);
    if (!list->is_list() || list->items.empty()) {
        section.refuse("phases",
                       fmt::format("train.phases is {}; must be a list with at least one phase",
                                   list->is_list() ? "empty" : got(*list)),
                       "for example [{epochs: 5, freeze: [backbone]}, {epochs: 5}]");
        return {defaults};
    }
    std::vector<Phase> phases;
    for (std::size_t index = 0; index < list->items.size(); ++index) {
        const Node& item = list->items[index];
        const Section phase(item, {fmt::format("train.phases.{}", index), item.place}, {"phase"},
                            section.problems());
        phases.push_back(read_phase(phase, defaults, heads));
        if (index == 0) {
            refuse_start(phase);
        }
    }
    return phases;
}

}  // namespace

Train read_train(const Section& top, const std::vector<Head>& heads) {
    Node empty;
    empty.kind = Node::Kind::map;
    empty.place = top.place();
    const Node* node = top.find("train");
    const Section section(node != nullptr ? *node : empty, top.below("train"), {"train", "phase"},
                          top.problems());
    Train train;
    train.monitor_place =
        section.find("monitor") != nullptr ? section.find("monitor")->place : section.place();
    train.device = read_device(section);
    train.batch = section.values().integer("batch");
    train.accumulate = section.values().integer("accumulate");
    train.monitor = read_monitor(section, heads);
    train.threads = section.values().integer("threads");
    train.precision = section.values().text("precision");
    train.precision_place =
        section.find("precision") != nullptr ? section.find("precision")->place : section.place();
    train.recompute = section.values().boolean("recompute");
    train.deterministic = section.values().boolean("deterministic");
    train.sampler = read_sampler(section, train.batch);
    train.phases = read_phases(section, heads);
    return train;
}

}  // namespace graft::pipeline
