// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "data/batch.hpp"

namespace graft::model {

class FusedGraph;
class Model;

/// Names the arithmetic of a FrozenCopy: features that are kept on a disk are of one arithmetic alone.
inline constexpr const char* frozen_arithmetic = "folded and fused, 2";

/// The frozen prefix of a model as a FusedGraph: made when it is first asked for, and again when a tensor of
/// the prefix, the number of stages, the size or device of the input, or the model's computing type is
/// another. Where it cannot be made, or gives something else than the modules, the modules run. Host thread
/// only.
class FrozenCopy {
public:
    /// As Model::prefix; results do not depend on how many pictures are asked for at a time.
    data::StoredFeatures run(const Model& model, const at::Tensor& input, std::size_t stages);

    /// Whether the last run was the copy's, and not that of the modules.
    bool is_fused() const { return graph_ != nullptr; }

private:
    /// A tensor and what it was when the copy was made.
    struct Seen {
        at::Tensor live;
        at::Tensor then;
        std::int64_t version;
    };

    bool is_of(const Model& model, const at::Tensor& input, std::size_t stages) const;
    std::vector<at::Tensor> outputs(const at::Tensor& input) const;
    void make(const Model& model, const at::Tensor& input, std::size_t stages);

    std::shared_ptr<FusedGraph> graph_;  ///< null: the modules run
    std::size_t stages_ = 0;
    std::vector<std::int64_t> sizes_;  ///< of an input
    at::Device device_{at::kCPU};
    at::ScalarType type_ = at::kFloat;  ///< that it computes in
    std::vector<Seen> seen_;
    std::vector<data::Tap> taps_;  ///< in the order of the graph's outputs; the cut comes behind them
};

}  // namespace graft::model
