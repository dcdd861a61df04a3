// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <limits>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "cells.hpp"
#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "spaces.hpp"

namespace graft::dense {
namespace {

/// The focal loss of middles (Law and Deng 2018, with their 2 and 4): cells near a middle cost less than
/// those far from any. Heat and its truth [N, K, rows, columns].
at::Tensor heat_loss(const at::Tensor& logits, const at::Tensor& truth) {
    const at::Tensor sure = at::sigmoid(logits);
    const at::Tensor middle = truth.eq(1).to(logits.scalar_type());
    const at::Tensor missed = (1 - sure).square() * at::log_sigmoid(logits);
    const at::Tensor wrong = (1 - truth).square().square() * sure.square() * at::log_sigmoid(-logits);
    return -(middle * missed + (1 - middle) * wrong);
}

/// 1 - generalised overlap (Rezatofighi et al. 2019) of two boxes around one place, by the distances of their
/// sides; [N, 4, rows, columns] to [N, rows, columns].
at::Tensor overlap_loss(const at::Tensor& given, const at::Tensor& truth) {
    const auto area = [](const at::Tensor& distances) {
        return (distances.select(1, 0) + distances.select(1, 2)) *
               (distances.select(1, 1) + distances.select(1, 3));
    };
    const at::Tensor both = area(at::minimum(given, truth));
    const at::Tensor either = area(given) + area(truth) - both;
    const at::Tensor around = area(at::maximum(given, truth));
    return 1 - both / either + (around - either) / around;
}

/// Whether and where, over the cells that count: the focal loss of middles and, per thing, `sides` times one
/// minus the overlap. A sample's loss is the mean over its things, its weight how many they are (1 where
/// there is none), so that every thing counts alike in the host's mean.
class BoxCells : public Loss {
public:
    static OptionTable options() {
        return {option::real("sides", 2.0, "weight of where a thing is, beside whether it is there")
                    .above(0, std::numeric_limits<double>::infinity())};
    }

    static std::vector<LossPort> ports(const Options&) { return {{"cells", {box_cells}}}; }

    static std::string example() { return "use: box_cells\nsides: 2\n"; }

    BoxCells(const Options& options, const LossContext&) : sides_weight_(options.real("sides")) {}

    LossValue forward(const std::vector<at::Tensor>& outputs, const std::vector<Column>& targets) override {
        const at::Tensor& cells = outputs.front();
        const at::Tensor& truth = targets.front().values;
        if (cells.dim() != 4 || truth.dim() != 4 || cells.size(1) <= sides) {
            throw Error(
                ErrorKind::internal,
                "box_cells: outputs must be [N, K + 4, rows, columns], targets [N, K + 5, rows, columns]");
        }
        const std::int64_t classes = cells.size(1) - sides;
        require_same_shape(cells, truth.narrow(1, 0, truth.size(1) - 1),
                           "box_cells, cells and targets but the last");
        require_same_shape(truth.select(1, 0), targets.front().present,
                           "box_cells, targets and their presence");
        const at::Tensor counts = targets.front().present.to(cells.scalar_type());
        const at::Tensor heat = truth.narrow(1, 0, classes);
        const at::Tensor whether =
            (heat_loss(cells.narrow(1, 0, classes), heat) * counts.unsqueeze(1)).sum({1, 2, 3});
        const at::Tensor weight = truth.select(1, classes + sides) * counts;
        // Where no thing is, both boxes are the one that the network gives.
        const at::Tensor given = distances_of(cells);
        const at::Tensor true_sides =
            at::where(weight.gt(0).unsqueeze(1), truth.narrow(1, classes, sides), given.detach());
        const at::Tensor where = (overlap_loss(given, true_sides) * weight).sum({1, 2});
        const at::Tensor things = (weight.sum({1, 2})).clamp_min(1);
        return {(whether + sides_weight_ * where) / things,
                things * targets.front().present.flatten(1).any(1).to(cells.scalar_type())};
    }

private:
    double sides_weight_;
};

}  // namespace
}  // namespace graft::dense

GRAFT_LOSS(graft::dense::BoxCells, "box_cells", "1.0.0", "Whether, where and which, cell by cell")
