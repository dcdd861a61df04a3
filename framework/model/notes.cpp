// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/notes.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "core/names.hpp"
#include "pipeline/needs.hpp"

namespace graft::model {

core::Problems notes_on_stages(const Model& model, const pipeline::Pipeline& pipeline,
                               const std::vector<Freezing>& freezing) {
    std::size_t read = 0;
    core::Place place = pipeline.backbone.use.place;
    for (std::size_t head = 0; head < model.heads().size(); ++head) {
        for (const std::size_t stage : model.heads()[head].stages) {
            if (stage + 1 > read) {
                read = stage + 1;
                place = pipeline.heads.at(head).from_place;
            }
        }
    }
    std::vector<std::string> unread;
    std::int64_t parameters = 0;
    for (std::size_t stage = read; stage < model.kept_stages(); ++stage) {
        unread.push_back(model.stages()[stage].name);
        parameters += model.stages()[stage].parameters;
    }
    const bool trained = std::any_of(freezing.begin(), freezing.end(), [&](const Freezing& phase) {
        return phase.frozen_stages < model.kept_stages();
    });
    if (unread.empty() || parameters == 0 || !trained) {
        return {};
    }
    return {{place,
             fmt::format("no head reads the stage{} {}: {} parameters are counted and saved, and never learn",
                         unread.size() == 1 ? "" : "s", core::listed(unread), parameters),
             fmt::format("backbone.until: {} cuts them off", model.stages()[read - 1].name)}};
}

core::Problems notes_on_weights(const Model& model, const pipeline::Backbone& backbone) {
    const bool published =
        std::any_of(model.catalogue().begin(), model.catalogue().end(),
                    [&](const WeightEntry& entry) { return entry.id == backbone.weights; });
    std::error_code error;
    if (backbone.weights == "none" || published || pipeline::names_job(backbone.weights) ||
        std::filesystem::exists(backbone.weights, error)) {
        return {};
    }
    return {{backbone.weights_place,
             fmt::format("the weight file '{}' does not exist, so a run would stop", backbone.weights),
             "correct the path, or write none; docs/data.md has those of configs/"}};
}

}  // namespace graft::model
