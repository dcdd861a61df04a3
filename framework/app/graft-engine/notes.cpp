// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "notes.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "model/notes.hpp"
#include "pipeline/notes.hpp"
#include "target/kind.hpp"

namespace graft::engine {
namespace {

/// Options of a component that do nothing, where the pipeline gives them.
void add_idle(const Composition& made, const std::string& kind, const pipeline::Use& use,
              core::Problems& problems) {
    const plugin::ComponentHandle component = made.registry->find(kind, use.id, use.place, problems);
    if (!component) {
        return;
    }
    core::Problems ignored;  // composition has told them
    const Options options = pipeline::read_options(use, kind, component.options(use.place), ignored);
    for (const ability::IdleOption& option : component.idle_options(options, use.place)) {
        if (const pipeline::Node* node = use.section.find(option.name)) {
            problems.push_back({node->place,
                                fmt::format("{}.{} has no effect: {}", use.path, option.name, option.reason),
                                ""});
        }
    }
}

core::Problems idle_options(const Composition& made) {
    core::Problems problems;
    add_idle(made, "dataset", made.pipeline.data.use, problems);
    add_idle(made, "backbone", made.pipeline.backbone.use, problems);
    for (const pipeline::Head& head : made.pipeline.heads) {
        add_idle(made, "head", head.use, problems);
        for (const pipeline::Loss& loss : head.losses) {
            if (loss.use) {
                add_idle(made, "loss", *loss.use, problems);
            }
        }
    }
    return problems;
}

/// What moves with a picture and is easily forgotten.
std::vector<std::string> notes_on_motion(const Composition& made) {
    const bool crops = made.model.preprocess().resize == pipeline::Resize::crop;
    const auto& augment = made.pipeline.data.augment;
    const bool moves = std::any_of(augment.begin(), augment.end(),
                                   [](const pipeline::Augment& entry) { return entry.name != "color"; });
    const bool flips = std::any_of(augment.begin(), augment.end(), [](const pipeline::Augment& entry) {
        return entry.name == "flip" && entry.values.at(0) > 0;
    });
    std::vector<std::string> notes;
    for (const TargetSchema& target : used_targets(made.model)) {
        const target::Kind& kind = target::kind_of(target);
        for (const std::string& note : {moves || crops ? kind.note_when_moved(target) : "",
                                        flips ? kind.note_when_flipped(target) : ""}) {
            if (!note.empty()) {
                notes.push_back(note);
            }
        }
    }
    return notes;
}

/// Each as one text, without the line it stands on: nothing there must be mended.
void append(std::vector<std::string>& texts, const core::Problems& problems) {
    for (core::Problem problem : problems) {
        problem.place.source_line.clear();
        texts.push_back(core::render(problem));
    }
}

/// Where no stage is frozen, nothing is kept or changed.
core::Problems idle_features(const Composition& made) {
    core::Problems problems;
    const bool freezes = std::any_of(made.freezing.begin(), made.freezing.end(),
                                     [](const auto& freezing) { return freezing.frozen_stages > 0; });
    const pipeline::Node* section = made.pipeline.document.find("features");
    for (const char* key : {"views", "augment", "precision"}) {
        const pipeline::Node* node = section != nullptr && !freezes ? section->find(key) : nullptr;
        if (node != nullptr) {
            problems.push_back(
                {node->place,
                 fmt::format("features.{} has no effect: no phase freezes the backbone's first stage", key),
                 ""});
        }
    }
    return problems;
}

/// The last kept stage is never run twice, and frozen ones keep nothing.
core::Problems idle_recompute(const Composition& made) {
    core::Problems problems;
    const bool helps = std::any_of(made.freezing.begin(), made.freezing.end(), [&](const auto& freezing) {
        return freezing.frozen_stages + 1 < made.model.kept_stages();
    });
    const pipeline::Node* section = made.pipeline.document.find("train");
    const pipeline::Node* node = section != nullptr && !helps ? section->find("recompute") : nullptr;
    if (node != nullptr) {
        problems.push_back(
            {node->place, "train.recompute has no effect: no phase trains a stage before the last", ""});
    }
    return problems;
}

/// Frozen stages that nothing has filled.
bool freezes_noise(const Composition& made) {
    core::Problems ignored;
    const pipeline::Use& use = made.pipeline.backbone.use;
    return made.pipeline.backbone.weights == "none" && made.freezing.front().frozen_stages > 0 &&
           !made.registry->find("backbone", use.id, use.place, ignored).has_own_weights();
}

}  // namespace

std::vector<TargetSchema> used_targets(const model::Model& model) {
    std::vector<TargetSchema> used;
    for (std::size_t index = 0; index < model.schema().size(); ++index) {
        if (std::any_of(model.heads().begin(), model.heads().end(), [&](const model::HeadPart& head) {
                return std::find(head.targets.begin(), head.targets.end(), index) != head.targets.end();
            })) {
            used.push_back(model.schema()[index]);
        }
    }
    return used;
}

std::vector<std::string> notes_of(const Composition& made) {
    std::vector<std::string> notes = made.split_notes;
    append(notes, pipeline::notes(made.pipeline));
    append(notes, idle_options(made));
    append(notes, idle_features(made));
    append(notes, idle_recompute(made));
    append(notes, model::notes_on_stages(made.model, made.pipeline, made.freezing));
    for (std::string& note : notes_on_motion(made)) {
        notes.push_back(std::move(note));
    }
    if (freezes_noise(made)) {
        notes.push_back(
            "the frozen stages of the backbone have random weights (weights: none): features of "
            "noise; name weights, or freeze nothing");
    }
    return notes;
}

std::vector<std::string> notes_on_absent(const Composition& made) {
    std::vector<std::string> notes;
    const pipeline::Use& use = made.pipeline.data.use;
    const pipeline::Node* root = use.section.find("root");
    std::error_code error;
    if (!made.without_data.empty()) {
        notes.push_back(
            "the data could not be looked at, so classes are placeholders, and so is all that "
            "depends on their number\n  " +
            made.without_data);
    } else if (root != nullptr && made.dataset_options.has("root") &&
               !std::filesystem::exists(made.dataset_options.text("root"), error)) {
        append(notes, {{root->place,
                        fmt::format("{}.root: there is no folder '{}', so a run would stop", use.path,
                                    made.dataset_options.text("root")),
                        ""}});
    }
    append(notes, model::notes_on_weights(made.model, made.pipeline.backbone));
    return notes;
}

}  // namespace graft::engine
