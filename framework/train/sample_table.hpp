// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "data/batch.hpp"
#include "graft/loss.hpp"
#include "graft/metric.hpp"
#include "insight/answer.hpp"
#include "model/model.hpp"

namespace graft::train {

/// A prediction of a model that is compared with a target, and where both are.
struct Compared {
    insight::AnswerSchema answer;
    TargetKind kind = TargetKind::category;
    std::size_t head = 0;        ///< index into the model's
    std::size_t prediction = 0;  ///< index into the head's
    std::size_t target = 0;      ///< index into the schema
};

/// All of a model that are a number or some a sample; masks, boxes and vectors are left out.
std::vector<Compared> compared_predictions(const model::Model& model);

/// What a model says of each sample of a set, beside what is true: gathered while an evaluation goes on,
/// whose batches hold both. Places are in pixels of the picture as seen. One thread per object.
class SampleTable {
public:
    explicit SampleTable(const model::Model& model);

    /// `predictions`: as heads decode them, on the CPU; `losses`: of every loss, in the order of loss_names.
    void add(const data::Batch& batch, const std::vector<std::vector<at::Tensor>>& predictions,
             const std::vector<LossValue>& losses);

    /// All rows so far, as an evaluation that is broken off keeps them.
    MetricState state() const;

    /// Adds rows that another table of the same model had before. Throws Failure(internal) for states of
    /// another model.
    void merge(const MetricState& state);

    /// predictions.csv: a row a sample in the order seen, see insight/answer.hpp. A cell is empty where
    /// nobody knows.
    std::string csv() const;

private:
    /// Numbers of a prediction, one part a batch, each float [N, ...] without further sides.
    struct Parts {
        std::vector<at::Tensor> values;
        std::vector<at::Tensor> truth;
        std::vector<at::Tensor> present;
    };

    const model::Model& model_;
    std::vector<Compared> compared_;
    std::vector<Parts> parts_;        ///< one a compared prediction
    std::vector<at::Tensor> losses_;  ///< float [N, heads], one part a batch; NaN: does not count
    std::vector<std::string> ids_;
};

}  // namespace graft::train
