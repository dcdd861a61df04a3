// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// To add one: a function that looks at its section, and a line in notes().
#include "pipeline/notes.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace graft::pipeline {
namespace {

using core::Place;
using core::Problems;

/// The node of a path like train.phases.0.schedule, or null.
const Node* node_at(const Node& document, const std::string& path) {
    const Node* node = &document;
    for (std::size_t begin = 0; node != nullptr && begin <= path.size();) {
        const std::size_t dot = std::min(path.find('.', begin), path.size());
        const std::string step = path.substr(begin, dot - begin);
        if (node->is_list()) {
            const auto index = static_cast<std::size_t>(std::stoul(step));
            node = index < node->items.size() ? &node->items[index] : nullptr;
        } else {
            node = node->is_map() ? node->find(step) : nullptr;
        }
        begin = dot + 1;
    }
    return node;
}

/// What a section of `train` asks of phases: it is without effect when it is so in each that has it.
struct Verdict {
    std::string path;  ///< of the key, or of the section where it is not given
    std::string key;
    std::string message;
    std::string remedy;
    bool idle = true;
};

/// Looks at the phases, whose sections may be their own or those of `train`.
class PhaseNotes {
public:
    PhaseNotes(const Pipeline& pipeline, Problems& problems) : pipeline_(pipeline), problems_(problems) {}

    void look() {
        const auto& phases = pipeline_.train.phases;
        for (std::size_t index = 0; index < phases.size(); ++index) {
            if (!phases[index].solve) {
                look_at_schedule(index, phases[index]);
                look_at_early_stop(index, phases[index]);
            }
            look_at_freeze(phases[index]);
        }
        look_at_defaults();
        for (const Verdict& verdict : verdicts_) {
            if (verdict.idle) {
                add(verdict.path, verdict.message, verdict.remedy);
            }
        }
    }

private:
    bool has(const std::string& path) const { return node_at(pipeline_.document, path) != nullptr; }

    void add(const std::string& path, const std::string& message, const std::string& remedy) {
        problems_.push_back({node_at(pipeline_.document, path)->place, message, remedy});
    }

    /// Where a phase has a section from: itself or `train`; empty: nowhere.
    std::string section_of(std::size_t phase, const std::string& name) const {
        for (const std::string& path : {fmt::format("train.phases.{}.{}", phase, name), "train." + name}) {
            if (has(path)) {
                return path;
            }
        }
        return "";
    }

    /// One phase's word on a key: a single effect in any of them makes it worth its place.
    void judge(const std::string& section, const std::string& key, bool idle, std::string message,
               std::string remedy) {
        const std::string path = has(section + "." + key) ? section + "." + key : section;
        for (Verdict& verdict : verdicts_) {
            if (verdict.path == path && verdict.key == key) {
                verdict.idle = verdict.idle && idle;
                return;
            }
        }
        verdicts_.push_back({path, key, fmt::format("{}: {}", path, message), std::move(remedy), idle});
    }

    void look_at_schedule(std::size_t index, const Phase& phase) {
        const std::string section = section_of(index, "schedule");
        const Schedule& schedule = phase.schedule;
        if (section.empty()) {
            return;
        }
        if (schedule.use == "step") {
            judge(section, "every", schedule.every >= phase.epochs,
                  fmt::format("the learning rate drops after epoch {}, and the phase ends with epoch {}",
                              schedule.every, phase.epochs),
                  "a smaller `every` makes it drop; use: constant says what happens now");
            judge(section, "factor", schedule.factor == 1, "a drop by the factor 1 changes nothing",
                  "0.1 is usual");
        }
        if (schedule.use == "cosine") {
            judge(section, "minimum", schedule.minimum == 1,
                  "the learning rate ends as it began: nothing moves it",
                  "a smaller `minimum`, or use: constant");
        }
    }

    void look_at_early_stop(std::size_t index, const Phase& phase) {
        const std::string section = section_of(index, "early_stop");
        const EarlyStop& stop = phase.early_stop;
        if (section.empty()) {
            return;
        }
        if (stop.patience > 0) {
            // The first epoch is always the best so far, so the phase may end after `patience` more.
            judge(section, "patience", stop.patience + 1 >= phase.epochs,
                  fmt::format("it stops after epoch {} at the soonest, and the phase ends with epoch {}",
                              stop.patience + 1, phase.epochs),
                  phase.epochs > 2 ? fmt::format("at most {} can end it early", phase.epochs - 2)
                                   : "so short a phase cannot end early");
        } else if (stop.minimum_change > 0) {
            judge(section, "minimum_change", true,
                  "with patience 0 nothing stops early, so nothing is compared", "give a patience above 0");
        }
    }

    /// Entries that another entry holds already.
    void look_at_freeze(const Phase& phase) {
        for (std::size_t entry = 0; entry < phase.freeze.size(); ++entry) {
            const std::string& name = phase.freeze[entry];
            for (std::size_t other = 0; other < phase.freeze.size(); ++other) {
                const bool again = name == phase.freeze[other] && other < entry;
                if (again || name.starts_with(phase.freeze[other] + ".")) {
                    problems_.push_back(
                        {phase.freeze_places[entry],
                         fmt::format("freeze entry '{}': '{}' freezes it already", name, phase.freeze[other]),
                         "keep one of them"});
                    break;
                }
            }
        }
    }

    /// Sections beside the phases that every phase has, too.
    void look_at_defaults() {
        const auto& phases = pipeline_.train.phases;
        for (const std::string name : {"optimizer", "schedule", "early_stop"}) {
            bool used = !has("train.phases");
            for (std::size_t index = 0; index < phases.size(); ++index) {
                used = used || (!phases[index].solve && !has(fmt::format("train.phases.{}.{}", index, name)));
            }
            if (!used && has("train." + name)) {
                add("train." + name,
                    fmt::format("train.{}: every phase has its own, so no phase takes it", name),
                    "remove it, or those of the phases");
            }
        }
    }

    const Pipeline& pipeline_;
    Problems& problems_;
    std::vector<Verdict> verdicts_;
};

void look_at_augment(const Data& data, Problems& problems) {
    for (const Augment& entry : data.augment) {
        if (entry.name == "flip" && entry.values.front() == 0) {
            problems.push_back({entry.place, "data.augment: flip: 0 never mirrors a picture",
                                "0.5 mirrors every second one"});
        }
        if (entry.name == "scale" && entry.values.front() == 1 && entry.values.back() == 1) {
            problems.push_back({entry.place, "data.augment: scale: [1, 1] leaves every picture as it is",
                                "for example [0.8, 1.2]"});
        }
    }
}

void look_at_split(const Pipeline& pipeline, Problems& problems) {
    const SplitRule& split = pipeline.data.split;
    if (!split.by_fraction || split.val_fraction + split.test_fraction > 0) {
        return;
    }
    for (const std::string key : {"seed", "stratify", "group"}) {
        if (const Node* node = node_at(pipeline.document, "data.split." + key)) {
            problems.push_back(
                {node->place,
                 fmt::format("data.split.{}: with fractions of 0 there is nothing to divide", key),
                 "val: 0.2 takes a fifth for validation"});
        }
    }
}

void look_at_losses(const Pipeline& pipeline, Problems& problems) {
    for (const Head& head : pipeline.heads) {
        for (const Loss& loss : head.losses) {
            if (loss.weight == 0) {
                problems.push_back(
                    {loss.place,
                     fmt::format("heads.{}: a loss of weight 0 is measured, and nothing learns "
                                 "from it",
                                 head.name),
                     "a weight above 0, unless that is meant"});
            }
        }
    }
}

void look_at_plugins(const Pipeline& pipeline, Problems& problems) {
    for (std::size_t index = 0; index < pipeline.plugins.size(); ++index) {
        std::error_code error;
        const std::string path = fmt::format("plugins.{}", index);
        const Node* node = node_at(pipeline.document, path);
        if (node != nullptr && !std::filesystem::is_directory(pipeline.plugins[index], error)) {
            problems.push_back({node->place,
                                fmt::format("{}: there is no folder '{}', so no plugin was looked for in it",
                                            path, pipeline.plugins[index]),
                                "a relative path begins at the working directory"});
        }
    }
}

}  // namespace

core::Problems notes(const Pipeline& pipeline) {
    Problems problems;
    look_at_plugins(pipeline, problems);
    look_at_split(pipeline, problems);
    look_at_augment(pipeline.data, problems);
    look_at_losses(pipeline, problems);
    PhaseNotes(pipeline, problems).look();
    return problems;
}

}  // namespace graft::pipeline
