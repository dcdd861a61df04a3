// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "captions.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace graft::engine {
namespace {

void add_category(const TargetPrediction& prediction, const TargetValue* truth, std::size_t classes,
                  std::vector<Caption>& lines) {
    std::vector<std::size_t> order(prediction.numbers.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
        return prediction.numbers[left] > prediction.numbers[right];
    });
    const auto* index = std::get_if<std::int64_t>(truth);
    for (std::size_t rank = 0; rank < std::min(classes, order.size()); ++rank) {
        const double probability = prediction.numbers[order[rank]];
        Caption line{fmt::format("{} {:.0f} %", prediction.schema.classes[order[rank]], 100 * probability),
                     rank == 0 ? Mood::claim : Mood::faint, probability};
        if (rank == 0 && index != nullptr) {
            const auto known = static_cast<std::size_t>(*index);
            line.mood = known == order[rank] ? Mood::right : Mood::wrong;
            line.text += known == order[rank] ? "" : ", truth: " + prediction.schema.classes.at(known);
        }
        lines.push_back(std::move(line));
    }
}

void add_labels(const TargetPrediction& prediction, const TargetValue* truth, std::vector<Caption>& lines) {
    std::string claimed;
    std::string known;
    const auto add = [&](std::string& list, std::size_t index) {
        list += (list.empty() ? "" : ", ") + prediction.schema.classes[index];
    };
    const auto* labels = std::get_if<Labels>(truth);
    bool right = true;
    for (std::size_t index = 0; index < prediction.numbers.size(); ++index) {
        const bool claims = prediction.numbers[index] >= 0.5;
        if (claims) {
            add(claimed, index);
        }
        const std::optional<bool> value = labels == nullptr ? std::nullopt : labels->at(index);
        if (value.value_or(false)) {
            add(known, index);
        }
        right = right && value.value_or(claims) == claims;
    }
    Caption line{claimed.empty() ? "no " + prediction.schema.name : claimed, Mood::claim, -1};
    if (labels != nullptr) {
        line.mood = right ? Mood::right : Mood::wrong;
        line.text += right ? "" : ", truth: " + (known.empty() ? "none" : known);
    }
    lines.push_back(std::move(line));
}

void add_scalar(const TargetPrediction& prediction, const TargetValue* truth, std::vector<Caption>& lines) {
    Caption line{fmt::format("{} {:.1f} {}", prediction.schema.name, prediction.numbers.front(),
                             prediction.schema.unit),
                 Mood::plain, -1};
    if (const auto* value = std::get_if<double>(truth)) {
        line.text += fmt::format(", truth: {:.1f}", *value);
    }
    lines.push_back(std::move(line));
}

void add_points(const TargetPrediction& prediction, const TargetValue* truth, std::vector<Caption>& lines) {
    const auto* known = std::get_if<Points>(truth);
    if (known == nullptr) {
        return;  // the points are in the picture
    }
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t index = 0; index < prediction.points.size(); ++index) {
        if (known->at(index) && prediction.points[index]) {
            sum += std::hypot(known->at(index)->x - prediction.points[index]->x,
                              known->at(index)->y - prediction.points[index]->y);
            ++count;
        }
    }
    if (count > 0) {
        lines.push_back(
            {fmt::format("{} off by {:.1f} pixels", prediction.schema.name, sum / static_cast<double>(count)),
             Mood::plain, -1});
    }
}

}  // namespace

const TargetValue* truth_of(const Tile& tile, std::size_t target) {
    return target < tile.truth.size() && tile.truth[target] ? &*tile.truth[target] : nullptr;
}

std::vector<Caption> captions_of(const Tile& tile, std::size_t classes) {
    std::vector<Caption> lines;
    for (std::size_t index = 0; index < tile.prediction.size(); ++index) {
        const TargetPrediction& prediction = tile.prediction[index];
        const TargetValue* truth = truth_of(tile, index);
        switch (prediction.schema.kind) {
            case TargetKind::category:
                add_category(prediction, truth, classes, lines);
                break;
            case TargetKind::labels:
                add_labels(prediction, truth, lines);
                break;
            case TargetKind::scalar:
                add_scalar(prediction, truth, lines);
                break;
            case TargetKind::points:
                add_points(prediction, truth, lines);
                break;
            case TargetKind::tensor:
                lines.push_back(
                    {fmt::format("{}: {} numbers", prediction.schema.name, prediction.numbers.size()),
                     Mood::faint, -1});
        }
    }
    return lines;
}

}  // namespace graft::engine
