// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/score.hpp"

namespace graft::train {

std::string ScoreName::key() const {
    std::string key;
    for (const std::string* part : {&head, &target}) {
        key += part->empty() ? "" : *part + "/";
    }
    return key + metric;
}

const NamedScore* Evaluation::find(const ScoreName& name) const {
    for (const NamedScore& score : scores) {
        if (score.name == name) {
            return &score;
        }
    }
    return nullptr;
}

core::Json scores_to_json(const std::vector<NamedScore>& scores) {
    core::Json json = core::Json::object();
    for (const NamedScore& score : scores) {
        json[score.name.key()] = score.value;
    }
    return json;
}

core::Json units_to_json(const std::vector<NamedScore>& scores) {
    core::Json json = core::Json::object();
    for (const NamedScore& score : scores) {
        if (!score.unit.empty()) {
            json[score.name.key()] = score.unit;
        }
    }
    return json;
}

core::Json to_json(const EpochScores& scores) {
    if (scores.epoch == 0) {
        return core::Json::object();
    }
    return {{"epoch", scores.epoch}, {"metrics", scores_to_json(scores.scores)}};
}

core::Json to_json(const Evaluation& evaluation) {
    core::Json tables = core::Json::object();
    for (const auto& [owner, table] : evaluation.tables) {
        tables[owner].push_back({{"name", table.name},
                                 {"columns", table.columns},
                                 {"rows", table.rows},
                                 {"values", table.values}});
    }
    return {{"samples", evaluation.samples},
            {"metrics", scores_to_json(evaluation.scores)},
            {"units", units_to_json(evaluation.scores)},
            {"tables", tables}};
}

}  // namespace graft::train
