// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/sample_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/problem.hpp"
#include "core/text.hpp"
#include "image/geometry.hpp"
#include "target/kind.hpp"
#include "train/losses.hpp"

namespace graft::train {
namespace {

namespace column = insight::column;
using insight::AnswerSchema;

constexpr float unknown = std::numeric_limits<float>::quiet_NaN();

bool is_recorded(TargetKind kind) {
    return kind == TargetKind::category || kind == TargetKind::labels || kind == TargetKind::scalar ||
           kind == TargetKind::points;
}

std::vector<std::string> point_names(const TargetSchema& schema) {
    std::vector<std::string> names = schema.point_names;
    for (auto point = static_cast<std::int64_t>(names.size()); point < schema.point_count; ++point) {
        names.push_back(std::to_string(point));
    }
    return names;
}

/// float [N, all numbers of a sample], on the CPU.
at::Tensor flat(const at::Tensor& values) {
    const at::Tensor numbers = values.detach().to(at::kCPU, at::kFloat);
    return numbers.reshape({numbers.size(0), -1}).contiguous();
}

/// Places of input pixels, float [N, 2 * P], moved into the pictures as seen.
at::Tensor in_pictures(at::Tensor places, const std::vector<target::Motion>& motions) {
    places = places.clone();
    float* numbers = places.mutable_data_ptr<float>();
    const std::int64_t count = places.size(1);
    for (const target::Motion& motion : motions) {
        const image::Matrix back = image::inverse(motion.matrix);
        for (std::int64_t place = 0; place + 1 < count; place += 2) {
            const Point seen = image::apply(back, {numbers[place], numbers[place + 1]});
            numbers[place] = static_cast<float>(seen.x);
            numbers[place + 1] = static_cast<float>(seen.y);
        }
        numbers += count;
    }
    return places;
}

/// Probabilities float [N, K] of more classes than have columns: the best one and its probability, [N, 2].
at::Tensor best_of(const at::Tensor& probabilities) {
    const auto [value, index] = probabilities.max(1);
    return at::stack({index.to(at::kFloat), value}, 1);
}

at::Tensor joined(const std::vector<at::Tensor>& parts) {
    return parts.empty() ? at::empty({0, 0}) : at::cat(parts);
}

std::string number(double value) {
    return std::isfinite(value) ? fmt::format("{:.6g}", value) : "";
}

/// Numbers of one sample of a table.
struct Numbers {
    explicit Numbers(const at::Tensor& table)
        : first(table.const_data_ptr<float>()), count(static_cast<std::size_t>(table.size(1))) {}

    std::span<const float> row(std::size_t sample) const { return {first + sample * count, count}; }

    const float* first;
    std::size_t count;
};

/// One sample's numbers of one compared prediction.
struct Sample {
    std::span<const float> values;
    std::span<const float> truth;
    std::span<const float> present;

    bool is_present(std::size_t index) const {
        return present[present.size() == 1 ? 0 : std::min(index, present.size() - 1)] != 0;
    }
};

using Cells = std::vector<std::string>;

/// The columns of one kind: what a person looks for first, and what programs need besides.
struct Columns {
    Cells names;
    Cells more_names;
    void (*fill)(const AnswerSchema& answer, const Sample& sample, Cells& cells, Cells& more);
};

std::string class_named(const AnswerSchema& answer, float index) {
    const auto number = static_cast<std::size_t>(index);
    return index >= 0 && number < answer.classes.size() ? answer.classes[number] : "";
}

void fill_category(const AnswerSchema& answer, const Sample& sample, Cells& cells, Cells& more) {
    cells.push_back(sample.is_present(0) ? class_named(answer, sample.truth[0]) : "");
    if (!answer.has_all_probabilities()) {
        cells.push_back(class_named(answer, sample.values[0]));
        cells.push_back(number(sample.values[1]));
        return;
    }
    const auto best = std::max_element(sample.values.begin(), sample.values.end());
    cells.push_back(class_named(answer, static_cast<float>(best - sample.values.begin())));
    cells.push_back(number(*best));
    for (const float probability : sample.values) {
        more.push_back(number(probability));
    }
}

void fill_labels(const AnswerSchema& answer, const Sample& sample, Cells&, Cells& more) {
    for (std::size_t label = 0; label < answer.classes.size(); ++label) {
        more.push_back(sample.is_present(label) ? number(sample.truth[label]) : "");
        more.push_back(number(sample.values[label]));
    }
}

void fill_scalar(const AnswerSchema&, const Sample& sample, Cells& cells, Cells&) {
    const bool known = sample.is_present(0);
    cells.push_back(known ? number(sample.truth[0]) : "");
    cells.push_back(number(sample.values[0]));
    cells.push_back(known ? number(sample.values[0] - sample.truth[0]) : "");
}

void fill_points(const AnswerSchema& answer, const Sample& sample, Cells& cells, Cells& more) {
    double sum = 0;
    int known = 0;
    for (std::size_t point = 0; point < answer.points.size(); ++point) {
        const std::size_t x = 2 * point;
        const bool is_known = sample.is_present(point);
        if (is_known) {
            sum += std::hypot(sample.values[x] - sample.truth[x], sample.values[x + 1] - sample.truth[x + 1]);
            ++known;
        }
        for (const std::size_t axis : {x, x + 1}) {
            more.push_back(is_known ? number(sample.truth[axis]) : "");
            more.push_back(number(sample.values[axis]));
        }
    }
    cells.push_back(known > 0 ? number(sum / known) : "");
}

Columns columns_of(const AnswerSchema& answer) {
    Columns columns;
    if (answer.kind == "category") {
        columns = {{column::truth(answer), column::prediction(answer), column::probability(answer)},
                   {},
                   fill_category};
        for (std::size_t index = 0; answer.has_all_probabilities() && index < answer.classes.size();
             ++index) {
            columns.more_names.push_back(column::probability_of(answer, index));
        }
    } else if (answer.kind == "labels") {
        columns.fill = fill_labels;
        for (std::size_t index = 0; index < answer.classes.size(); ++index) {
            columns.more_names.push_back(column::truth_of(answer, index));
            columns.more_names.push_back(column::probability_of(answer, index));
        }
    } else if (answer.kind == "scalar") {
        columns = {
            {column::truth(answer), column::prediction(answer), column::error(answer)}, {}, fill_scalar};
    } else {
        columns = {{column::error(answer)}, {}, fill_points};
        for (std::size_t point = 0; point < answer.points.size(); ++point) {
            for (const char axis : {'x', 'y'}) {
                columns.more_names.push_back(column::truth_of_point(answer, point, axis));
                columns.more_names.push_back(column::prediction_of_point(answer, point, axis));
            }
        }
    }
    return columns;
}

/// Names of any bytes as one tensor: the lengths, then the bytes.
at::Tensor packed(const std::vector<std::string>& names, at::Tensor& lengths) {
    std::string bytes;
    lengths = at::empty({static_cast<std::int64_t>(names.size())}, at::kLong);
    for (std::size_t index = 0; index < names.size(); ++index) {
        lengths.mutable_data_ptr<std::int64_t>()[index] = static_cast<std::int64_t>(names[index].size());
        bytes += names[index];
    }
    at::Tensor packed = at::empty({static_cast<std::int64_t>(bytes.size())}, at::kByte);
    std::copy(bytes.begin(), bytes.end(), packed.mutable_data_ptr<std::uint8_t>());
    return packed;
}

std::vector<std::string> unpacked(const at::Tensor& bytes, const at::Tensor& lengths) {
    std::vector<std::string> names;
    const auto* next = reinterpret_cast<const char*>(bytes.const_data_ptr<std::uint8_t>());
    for (std::int64_t index = 0; index < lengths.size(0); ++index) {
        const auto length = static_cast<std::size_t>(lengths.const_data_ptr<std::int64_t>()[index]);
        names.emplace_back(next, length);
        next += length;
    }
    return names;
}

/// float [N, heads]: the weighted sum of a head's losses; NaN where none of them counts the sample.
at::Tensor losses_by_head(const model::Model& model, const std::vector<LossValue>& losses,
                          std::int64_t samples) {
    std::vector<at::Tensor> by_head;
    std::size_t next = 0;
    for (const model::HeadPart& head : model.heads()) {
        at::Tensor sum = at::zeros({samples});
        at::Tensor counts = at::zeros({samples}, at::kBool);
        for (const model::LossPart& part : head.losses) {
            if (next >= losses.size()) {
                break;
            }
            const LossValue& loss = losses[next++];
            const at::Tensor counted = loss.weight.detach().to(at::kCPU) != 0;
            const at::Tensor value = loss.loss.detach().to(at::kCPU, at::kFloat) * part.weight;
            sum = at::where(counted, sum + value, sum);
            counts = counts.logical_or(counted);
        }
        by_head.push_back(at::where(counts, sum, at::full_like(sum, unknown)));
    }
    return at::stack(by_head, 1);
}

}  // namespace

std::vector<Compared> compared_predictions(const model::Model& model) {
    std::vector<Compared> compared;
    for (std::size_t index = 0; index < model.heads().size(); ++index) {
        const model::HeadPart& head = model.heads()[index];
        const bool several = head.ports.targets.size() > 1;
        for (std::size_t port = 0; port < head.ports.targets.size(); ++port) {
            const auto beside = model::prediction_beside(head, port);
            if (!beside || !is_recorded(head.predictions[*beside].kind)) {
                continue;
            }
            const TargetSchema& schema = model.schema()[head.targets[port]];
            AnswerSchema answer{head.name + (several ? "/" + head.ports.targets[port].name : ""),
                                head.name,
                                target::kind_name(schema.kind),
                                schema.classes,
                                schema.unit,
                                point_names(schema)};
            compared.push_back({std::move(answer), schema.kind, index, *beside, head.targets[port]});
        }
    }
    return compared;
}

SampleTable::SampleTable(const model::Model& model)
    : model_(model), compared_(compared_predictions(model)), parts_(compared_.size()) {}

void SampleTable::add(const data::Batch& batch, const std::vector<std::vector<at::Tensor>>& predictions,
                      const std::vector<LossValue>& losses) {
    for (std::size_t index = 0; index < compared_.size(); ++index) {
        const Compared& compared = compared_[index];
        const Column& column = batch.targets.at(compared.target);
        at::Tensor values = flat(predictions.at(compared.head).at(compared.prediction));
        at::Tensor truth = flat(column.values);
        if (compared.kind == TargetKind::points) {
            values = in_pictures(values, batch.motions);
            truth = in_pictures(truth, batch.motions);
        } else if (compared.kind == TargetKind::category && !compared.answer.has_all_probabilities()) {
            values = best_of(values);
        }
        parts_[index].values.push_back(values);
        parts_[index].truth.push_back(truth);
        parts_[index].present.push_back(flat(column.present));
    }
    const auto samples = static_cast<std::int64_t>(batch.ids.size());
    losses_.push_back(losses_by_head(model_, losses, samples));
    ids_.insert(ids_.end(), batch.ids.begin(), batch.ids.end());
}

MetricState SampleTable::state() const {
    at::Tensor lengths;
    const at::Tensor names = packed(ids_, lengths);
    MetricState state{names, lengths, joined(losses_)};
    for (const Parts& parts : parts_) {
        state.insert(state.end(), {joined(parts.values), joined(parts.truth), joined(parts.present)});
    }
    return state;
}

void SampleTable::merge(const MetricState& state) {
    if (state.size() != 3 + 3 * parts_.size()) {
        throw core::Failure(core::Category::internal, "rows of another model's samples cannot be merged");
    }
    const std::vector<std::string> names = unpacked(state[0], state[1]);
    if (names.empty()) {
        return;
    }
    ids_.insert(ids_.end(), names.begin(), names.end());
    losses_.push_back(state[2]);
    for (std::size_t index = 0; index < parts_.size(); ++index) {
        parts_[index].values.push_back(state[3 * index + 3]);
        parts_[index].truth.push_back(state[3 * index + 4]);
        parts_[index].present.push_back(state[3 * index + 5]);
    }
}

std::string SampleTable::csv() const {
    Cells header = {column::id};
    Cells more_header;
    std::vector<Columns> columns;
    const MetricState all = state();
    std::vector<Numbers> numbers;
    for (std::size_t index = 0; index < compared_.size(); ++index) {
        columns.push_back(columns_of(compared_[index].answer));
        header.insert(header.end(), columns.back().names.begin(), columns.back().names.end());
        more_header.insert(more_header.end(), columns.back().more_names.begin(),
                           columns.back().more_names.end());
        for (const std::size_t part : {3 * index + 3, 3 * index + 4, 3 * index + 5}) {
            numbers.emplace_back(all[part]);
        }
    }
    for (const model::HeadPart& head : model_.heads()) {
        header.push_back(column::loss(head.name));
    }
    header.insert(header.end(), more_header.begin(), more_header.end());
    std::string text = core::csv_row(header);
    const Numbers losses(all[2]);
    for (std::size_t sample = 0; sample < ids_.size(); ++sample) {
        Cells cells = {ids_[sample]};
        Cells more;
        for (std::size_t index = 0; index < compared_.size(); ++index) {
            columns[index].fill(compared_[index].answer,
                                {numbers[3 * index].row(sample), numbers[3 * index + 1].row(sample),
                                 numbers[3 * index + 2].row(sample)},
                                cells, more);
        }
        for (const float loss : losses.row(sample)) {
            cells.push_back(number(loss));
        }
        cells.insert(cells.end(), more.begin(), more.end());
        text += core::csv_row(cells);
    }
    return text;
}

}  // namespace graft::train
