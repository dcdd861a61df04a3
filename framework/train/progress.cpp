// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/progress.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "core/json_text.hpp"
#include "core/problem.hpp"

namespace graft::train {
namespace {

using core::Json;

/// JSON has no NaN and no infinity: they are written as text.
Json number_to_json(const std::optional<double>& value) {
    if (!value) {
        return nullptr;
    }
    return std::isfinite(*value) ? Json(*value) : Json(fmt::format("{}", *value));
}

std::optional<double> optional_number(const Json& value) {
    if (value.is_null()) {
        return std::nullopt;
    }
    return value.is_string() ? std::strtod(value.get_ref<const std::string&>().c_str(), nullptr)
                             : value.get<double>();
}

/// Where there is no number, NaN.
double number(const Json& value) {
    return optional_number(value).value_or(std::numeric_limits<double>::quiet_NaN());
}

/// Every score by its parts, so that nobody takes a key apart.
Json saved(const std::vector<NamedScore>& scores) {
    Json list = Json::array();
    for (const NamedScore& score : scores) {
        list.push_back({{"head", score.name.head},
                        {"target", score.name.target},
                        {"metric", score.name.metric},
                        {"value", number_to_json(score.value)},
                        {"unit", score.unit},
                        {"higher_is_better", score.direction == Direction::higher_is_better}});
    }
    return list;
}

Json saved(const EpochScores& epoch) {
    return {{"epoch", epoch.epoch}, {"scores", saved(epoch.scores)}};
}

std::vector<NamedScore> scores_from(const Json& json) {
    std::vector<NamedScore> scores;
    for (const Json& score : json) {
        scores.push_back({{score.at("head").get<std::string>(), score.at("target").get<std::string>(),
                           score.at("metric").get<std::string>()},
                          number(score.at("value")),
                          score.at("unit").get<std::string>(),
                          score.at("higher_is_better").get<bool>() ? Direction::higher_is_better
                                                                   : Direction::lower_is_better});
    }
    return scores;
}

EpochScores epoch_scores(const Json& json) {
    EpochScores epoch{json.value("epoch", std::int64_t{0}), scores_from(json.value("scores", Json::array()))};
    // Records of earlier versions have whole keys; as the name of a metric a key is written as it was.
    const Json metrics = json.value("metrics", Json::object());
    for (const auto& [key, value] : metrics.items()) {
        epoch.scores.push_back({{"", "", key}, number(value), "", Direction::higher_is_better});
    }
    return epoch;
}

Json saved(const NamedTable& named) {
    Json values = Json::array();
    for (const std::vector<double>& row : named.table.values) {
        Json numbers = Json::array();
        for (const double value : row) {
            numbers.push_back(number_to_json(value));
        }
        values.push_back(std::move(numbers));
    }
    return {{"owner", named.owner},
            {"name", named.table.name},
            {"columns", named.table.columns},
            {"rows", named.table.rows},
            {"values", std::move(values)}};
}

NamedTable table_from(const Json& json) {
    NamedTable named{json.at("owner").get<std::string>(),
                     {json.at("name").get<std::string>(),
                      json.at("columns").get<std::vector<std::string>>(),
                      json.at("rows").get<std::vector<std::string>>(),
                      {}}};
    for (const Json& row : json.at("values")) {
        std::vector<double>& numbers = named.table.values.emplace_back();
        for (const Json& value : row) {
            numbers.push_back(number(value));
        }
    }
    return named;
}

[[noreturn]] void fail(const std::string& source, const char* section, const Json::exception& error) {
    throw core::Failure(core::Category::data,
                        fmt::format("checkpoint {} has a section '{}' that cannot be read: {}", source,
                                    section, error.what()));
}

}  // namespace

core::Json to_json(const std::vector<FreezeProof>& proofs) {
    Json list = Json::array();
    for (const FreezeProof& proof : proofs) {
        list.push_back({{"phase", proof.phase},
                        {"tensors", proof.tensors},
                        {"before", proof.before},
                        {"after", proof.after}});
    }
    return list;
}

void Progress::end_epoch() {
    ++epoch;
    ++phase_epoch;
    step = batches = samples = 0;
    seconds = 0;
    sums.clear();
}

void Progress::next_phase(std::int64_t from_epoch) {
    ++phase;
    start_epoch = from_epoch;
    phase_best_epoch = 0;
    phase_best_value.reset();
    phase_over = false;
    phase_epoch = 0;
    patience = {};
    frozen_before.clear();
    frozen_file.clear();
}

void Progress::reopen_phase() {
    phase_over = false;
    patience.waited = 0;
    freeze_proof.pop_back();
}

std::string to_text(const Progress& progress) {
    const Json json = {
        {"course", progress.course},
        {"train_samples", progress.train_samples},
        {"val_samples", progress.val_samples},
        {"phase", progress.phase},
        {"phase_over", progress.phase_over},
        {"phase_epoch", progress.phase_epoch},
        {"epoch", progress.epoch},
        {"step", progress.step},
        {"batches", progress.batches},
        {"samples", progress.samples},
        {"seconds", progress.seconds},
        {"sums", progress.sums},
        {"best", saved(progress.best)},
        {"best_value", number_to_json(progress.best_value)},
        {"phase_best_epoch", progress.phase_best_epoch},
        {"phase_best_value", number_to_json(progress.phase_best_value)},
        {"start_epoch", progress.start_epoch},
        {"solved", progress.solved},
        {"final", saved(progress.final_epoch)},
        {"patience_best", number_to_json(progress.patience.best)},
        {"patience_waited", progress.patience.waited},
        {"frozen_before", progress.frozen_before},
        {"freeze_proof", to_json(progress.freeze_proof)},
        {"frozen_file", progress.frozen_file},
    };
    return core::json_text(json);
}

Progress progress_from_text(const std::string& text, const std::string& source) {
    try {
        const Json json = core::parse_json(text);
        Progress progress;
        // Checkpoints of format 1 have neither of these five but the second.
        progress.course = json.value("course", Json());
        json.at("train_samples").get_to(progress.train_samples);
        progress.val_samples = json.value("val_samples", std::int64_t{-1});
        progress.phase_over = json.value("phase_over", false);
        progress.frozen_file = json.value("frozen_file", "");
        json.at("phase").get_to(progress.phase);
        json.at("phase_epoch").get_to(progress.phase_epoch);
        json.at("epoch").get_to(progress.epoch);
        json.at("step").get_to(progress.step);
        json.at("batches").get_to(progress.batches);
        json.at("samples").get_to(progress.samples);
        json.at("seconds").get_to(progress.seconds);
        json.at("sums").get_to(progress.sums);
        progress.best = epoch_scores(json.at("best"));
        progress.best_value = optional_number(json.at("best_value"));
        // Nor are these in checkpoints of versions that solved nothing.
        progress.phase_best_epoch = json.value("phase_best_epoch", std::int64_t{0});
        progress.phase_best_value = optional_number(json.value("phase_best_value", Json()));
        progress.start_epoch = json.value("start_epoch", std::int64_t{0});
        progress.solved = json.value("solved", Json::array());
        progress.final_epoch = epoch_scores(json.at("final"));
        progress.patience.best = optional_number(json.at("patience_best"));
        json.at("patience_waited").get_to(progress.patience.waited);
        json.at("frozen_before").get_to(progress.frozen_before);
        for (const Json& proof : json.at("freeze_proof")) {
            progress.freeze_proof.push_back(
                {proof.at("phase").get<std::size_t>(), proof.at("tensors").get<std::size_t>(),
                 proof.at("before").get<std::string>(), proof.at("after").get<std::string>()});
        }
        return progress;
    } catch (const Json::exception& error) {
        fail(source, "progress", error);
    }
}

std::string to_text(const Evaluation& evaluation) {
    Json tables = Json::array();
    for (const NamedTable& table : evaluation.tables) {
        tables.push_back(saved(table));
    }
    return Json{
        {"samples", evaluation.samples}, {"scores", saved(evaluation.scores)}, {"tables", std::move(tables)}}
        .dump();
}

Evaluation evaluation_from_text(const std::string& text, const std::string& source) {
    try {
        const Json json = core::parse_json(text);
        Evaluation evaluation;
        evaluation.samples = json.at("samples").get<std::int64_t>();
        evaluation.scores = scores_from(json.at("scores"));
        for (const Json& table : json.at("tables")) {
            evaluation.tables.push_back(table_from(table));
        }
        return evaluation;
    } catch (const Json::exception& error) {
        fail(source, "best", error);
    }
}

}  // namespace graft::train
