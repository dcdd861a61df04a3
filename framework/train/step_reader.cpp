// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/step_reader.hpp"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>

namespace graft::train {
namespace {

template <class Value>
void append(std::vector<Value>& values, const std::vector<Value>& more) {
    values.insert(values.end(), more.begin(), more.end());
}

/// Both tensors' rows; of what neither batch has, none.
at::Tensor rows_of(const at::Tensor& first, const at::Tensor& second) {
    return first.defined() ? at::cat({first, second}) : at::Tensor();
}

std::int64_t size_of(const data::Batch& batch) {
    return static_cast<std::int64_t>(batch.ids.size());
}

}  // namespace

std::int64_t StepBatches::samples() const {
    std::int64_t sum = 0;
    for (const BatchPointer& part : parts) {
        sum += size_of(*part);
    }
    return sum;
}

std::vector<std::string> StepBatches::ids() const {
    std::vector<std::string> all;
    for (const BatchPointer& part : parts) {
        append(all, part->ids);
    }
    return all;
}

data::Batch joined(const data::Batch& first, const data::Batch& second) {
    data::Batch both;
    both.images = rows_of(first.images, second.images);
    if (first.stored) {
        both.stored.emplace();
        for (const auto& [tap, feature] : first.stored->taps) {
            both.stored->taps[tap] = rows_of(feature, second.stored->taps.at(tap));
        }
        both.stored->cut = {first.stored->cut.stages,
                            rows_of(first.stored->cut.feature, second.stored->cut.feature)};
    }
    for (std::size_t index = 0; index < first.targets.size(); ++index) {
        both.targets.push_back(target::joined(first.targets[index], second.targets[index]));
    }
    both.ids = first.ids;
    both.motions = first.motions;
    append(both.ids, second.ids);
    append(both.motions, second.motions);
    return both;
}

StepReader::StepReader(FetchBatch source, std::int64_t batches_a_step, bool join_single, StepRange range)
    : source_(std::move(source)), batches_a_step_(batches_a_step), join_single_(join_single), range_(range) {}

FetchBatch batches_of(data::BatchSource& source) {
    return [&source] {
        Fetched fetched;
        fetched.batch = source.next();
        fetched.position = source.position();
        return fetched;
    };
}

const data::Batch* StepReader::peek() {
    if (waiting_.batch == nullptr && !ended_) {
        waiting_ = source_();
        ended_ = waiting_.batch == nullptr;
    }
    return waiting_.batch.get();
}

std::optional<StepBatches> StepReader::next() {
    if (range_.taken >= range_.all) {
        return std::nullopt;
    }
    ++range_.taken;
    StepBatches step;
    while (const data::Batch* batch = peek()) {
        const bool own = range_.taken == range_.all || waiting_.position <= range_.taken * batches_a_step_;
        const bool joins =
            join_single_ && !step.parts.empty() && (size_of(*batch) == 1 || size_of(*step.parts.back()) == 1);
        if (!own && !joins) {
            break;
        }
        BatchPointer taken = std::exchange(waiting_.batch, nullptr);
        step.position = waiting_.position;
        if (joins) {
            step.parts.back() = std::make_unique<data::Batch>(joined(*step.parts.back(), *taken));
        } else {
            step.parts.push_back(std::move(taken));
        }
    }
    return step;
}

std::int64_t steps_per_epoch(std::int64_t samples, std::int64_t batch, std::int64_t batches_a_step) {
    std::int64_t batches = (samples + batch - 1) / batch;
    if (batch > 1 && batches > 1 && samples % batch == 1) {
        --batches;
    }
    return std::max<std::int64_t>(1, (batches + batches_a_step - 1) / batches_a_step);
}

}  // namespace graft::train
