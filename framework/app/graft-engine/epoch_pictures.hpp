// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "composition.hpp"
#include "core/event.hpp"
#include "data/batch.hpp"
#include "data/subset.hpp"
#include "lettering/lettering.hpp"
#include "picture.hpp"
#include "report/tensorboard.hpp"

namespace graft::engine {

/// Draws for TensorBoard what a network says of a few validation pictures as its epochs end: of the first
/// one, of at most about twenty evenly spaced over the run, and of the last one of each phase. The
/// predictions are those that the epoch's evaluation has made anyway; pictures are read once and kept small.
/// Host thread only.
class EpochPictures : public core::EventSink {
public:
    /// All three must outlive it.
    EpochPictures(const Composition& made, const data::Subset& val, report::TensorBoard& board);

    /// A batch of an evaluation, as train::PredictionListener.
    void hear(const data::Batch& batch, const std::vector<std::vector<at::Tensor>>& predictions);

    /// Draws at `epoch`, or at the `phase` behind it. Throws Failure(system).
    void emit(const core::Event& event) override;

private:
    /// A sample that is shown.
    struct Shown {
        std::int64_t index = 0;  ///< in the data set
        target::Motion motion;
        bool was_read = false;  ///< or was tried to
        Tile tile;              ///< without a picture where it cannot be read
    };

    void read(Shown& shown);
    void draw();

    const Composition& made_;
    const data::Subset& val_;
    report::TensorBoard& board_;
    lettering::Lettering lettering_;
    std::map<std::string, Shown> shown_;  ///< by ids
    std::int64_t epoch_ = 0;              ///< whose predictions are there; 0: none, or it is drawn
};

}  // namespace graft::engine
