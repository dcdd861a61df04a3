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
Json saved(const EpochScores& epoch) {
    Json scores = Json::array();
    for (const NamedScore& score : epoch.scores) {
        scores.push_back({{"head", score.name.head},
                          {"target", score.name.target},
                          {"metric", score.name.metric},
                          {"value", number_to_json(score.value)},
                          {"unit", score.unit},
                          {"higher_is_better", score.direction == Direction::higher_is_better}});
    }
    return {{"epoch", epoch.epoch}, {"scores", scores}};
}

EpochScores epoch_scores(const Json& json) {
    EpochScores epoch;
    epoch.epoch = json.value("epoch", std::int64_t{0});
    // Records of earlier versions have whole keys; as the name of a metric a key is written as it was.
    const Json metrics = json.value("metrics", Json::object());
    for (const auto& [key, value] : metrics.items()) {
        epoch.scores.push_back({{"", "", key}, number(value), "", Direction::higher_is_better});
    }
    const Json scores = json.value("scores", Json::array());
    for (const Json& score : scores) {
        epoch.scores.push_back({{score.at("head").get<std::string>(), score.at("target").get<std::string>(),
                                 score.at("metric").get<std::string>()},
                                number(score.at("value")),
                                score.at("unit").get<std::string>(),
                                score.at("higher_is_better").get<bool>() ? Direction::higher_is_better
                                                                         : Direction::lower_is_better});
    }
    return epoch;
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

void Progress::end_phase() {
    ++phase;
    phase_epoch = 0;
    patience = {};
    frozen_before.clear();
}

std::string to_text(const Progress& progress) {
    const RunIdentity& identity = progress.identity;
    const Json json = {
        {"seed", identity.seed},
        {"train_samples", identity.samples},
        {"batch", identity.batch},
        {"accumulate", identity.accumulate},
        {"phases", identity.phases},
        {"sampler", identity.sampler},
        {"phase", progress.phase},
        {"phase_epoch", progress.phase_epoch},
        {"epoch", progress.epoch},
        {"step", progress.step},
        {"batches", progress.batches},
        {"samples", progress.samples},
        {"seconds", progress.seconds},
        {"sums", progress.sums},
        {"best", saved(progress.best)},
        {"best_value", number_to_json(progress.best_value)},
        {"final", saved(progress.final_epoch)},
        {"patience_best", number_to_json(progress.patience.best)},
        {"patience_waited", progress.patience.waited},
        {"frozen_before", progress.frozen_before},
        {"freeze_proof", to_json(progress.freeze_proof)},
    };
    return core::json_text(json);
}

Progress progress_from_text(const std::string& text, const std::string& source) {
    try {
        const Json json = Json::parse(text);
        Progress progress;
        progress.identity = {json.at("seed").get<std::uint64_t>(),
                             json.at("train_samples").get<std::int64_t>(),
                             json.at("batch").get<std::int64_t>(),
                             json.at("accumulate").get<std::int64_t>(),
                             json.at("phases").get<std::int64_t>(),
                             json.value("sampler", "random")};  // absent in records of earlier versions
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
        throw core::Failure(core::Category::data,
                            fmt::format("checkpoint {} has a section 'progress' that cannot be read: {}",
                                        source, error.what()));
    }
}

void require_same_run(const RunIdentity& saved, const RunIdentity& now, const std::string& source) {
    core::Problems problems;
    const auto compare = [&](const char* what, auto before, auto after) {
        if (before != after) {
            problems.push_back(
                {{},
                 fmt::format("{} was saved by a run with {} {}; now it is {}", source, what, before, after),
                 "a run goes on with the data and pipeline it began with; begin a new one for others"});
        }
    };
    compare("seed", saved.seed, now.seed);
    compare("a training set of size", saved.samples, now.samples);
    compare("train.batch", saved.batch, now.batch);
    compare("train.accumulate", saved.accumulate, now.accumulate);
    compare("a number of phases of", saved.phases, now.phases);
    compare("train.sampler", saved.sampler, now.sampler);
    core::throw_if_any(core::Category::pipeline, problems);
}

}  // namespace graft::train
