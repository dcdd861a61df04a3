// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "graft/metric.hpp"

namespace graft::train {

/// What a number of an evaluation is of. Keys are made of it in one place, and nowhere taken apart.
struct ScoreName {
    std::string head;    ///< empty: of the whole model
    std::string target;  ///< empty: of the head as a whole, or of its only target
    std::string metric;  ///< "loss", "accuracy", "recall/ants"

    bool operator==(const ScoreName&) const = default;

    /// "loss", "species/accuracy", "person/age/mae": as in files and in `train.monitor`.
    std::string key() const;
};

/// A number with all that is known of it.
struct NamedScore {
    ScoreName name;
    double value = 0;
    std::string unit;
    Direction direction = Direction::higher_is_better;
};

/// A table of one target of a head.
struct NamedTable {
    std::string owner;  ///< HEAD, or HEAD/TARGET
    Table table;
};

/// Metrics and loss over a whole set.
struct Evaluation {
    std::int64_t samples = 0;
    std::vector<NamedScore>
        scores;  ///< the loss first: weighted sum over heads' losses, NaN without any target
    std::vector<NamedTable> tables;

    /// The score of that name, or null.
    const NamedScore* find(const ScoreName& name) const;
};

/// What a model was worth when an epoch ended.
struct EpochScores {
    std::int64_t epoch = 0;  ///< of the run, from 1; 0: none has ended
    std::vector<NamedScore> scores;
};

/// {"loss":..,"species/accuracy":..}: the one writer of scores.
core::Json scores_to_json(const std::vector<NamedScore>& scores);

/// {"person/mae": "years"} where there is a unit.
core::Json units_to_json(const std::vector<NamedScore>& scores);

/// {"epoch":..,"metrics":{..}}; {} where no epoch has ended.
core::Json to_json(const EpochScores& scores);

/// {"samples":..,"metrics":{..},"units":{..},"tables":{"species": [{"name","columns","rows","values"}]}}.
core::Json to_json(const Evaluation& evaluation);

}  // namespace graft::train
