// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <torch/nn/init.h>

#include "cells.hpp"
#include "graft/plugin.hpp"
#include "joined_maps.hpp"
#include "spaces.hpp"

namespace graft::dense {
namespace {

/// A box in cells of the grid.
struct GridBox {
    double left = 0;
    double top = 0;
    double right = 0;
    double bottom = 0;
    std::int64_t class_index = 0;
    bool ignored = false;

    double width() const { return right - left; }
    double height() const { return bottom - top; }
    double x() const { return (left + right) / 2; }
    double y() const { return (top + bottom) / 2; }
};

/// What one picture's boxes make of the grid: the encoded target of `box_cells`.
class GridWriter {
public:
    GridWriter(const at::Tensor& values, const at::Tensor& present, std::int64_t classes)
        : values_(values.accessor<float, 3>()), present_(present.accessor<bool, 2>()), classes_(classes) {}

    /// The large ones first, so that where middles fall together the smallest stays.
    void write(std::vector<GridBox> boxes) {
        std::stable_sort(boxes.begin(), boxes.end(), [](const GridBox& one, const GridBox& other) {
            return one.width() * one.height() > other.width() * other.height();
        });
        for (const GridBox& box : boxes) {
            if (!box.ignored) {
                write_heat(box);
                write_sides(box);
            }
        }
        for (const GridBox& box : boxes) {
            if (box.ignored) {
                leave_out(box);
            }
        }
    }

private:
    std::int64_t rows() const { return values_.size(1); }
    std::int64_t columns() const { return values_.size(2); }
    std::int64_t row_of(const GridBox& box) const {
        return std::clamp<std::int64_t>(static_cast<std::int64_t>(box.y()), 0, rows() - 1);
    }
    std::int64_t column_of(const GridBox& box) const {
        return std::clamp<std::int64_t>(static_cast<std::int64_t>(box.x()), 0, columns() - 1);
    }

    /// A bell of a tenth of the box's sides (about as in TTFNet, Liu et al. 2020), 1 in the middle's cell.
    void write_heat(const GridBox& box) {
        constexpr double spread = 0.1;
        const double wide = spread * std::max(box.width(), 1.0);
        const double high = spread * std::max(box.height(), 1.0);
        auto heat = values_[box.class_index];
        for (std::int64_t row = 0; row < rows(); ++row) {
            for (std::int64_t column = 0; column < columns(); ++column) {
                const double x = static_cast<double>(column - column_of(box)) / wide;
                const double y = static_cast<double>(row - row_of(box)) / high;
                heat[row][column] =
                    std::max(heat[row][column], static_cast<float>(std::exp(-0.5 * (x * x + y * y))));
            }
        }
    }

    /// The cells that tell where the sides are: those around the box's middle.
    void write_sides(const GridBox& box) {
        constexpr double reach = 0.15;  // of the box's sides
        const auto is_central = [&](std::int64_t row, std::int64_t column) {
            return (row == row_of(box) && column == column_of(box)) ||
                   (std::abs(static_cast<double>(column) + 0.5 - box.x()) <= reach * box.width() &&
                    std::abs(static_cast<double>(row) + 0.5 - box.y()) <= reach * box.height());
        };
        float count = 0;
        for (std::int64_t cell = 0; cell < rows() * columns(); ++cell) {
            count += is_central(cell / columns(), cell % columns()) ? 1.0F : 0.0F;
        }
        for (std::int64_t row = 0; row < rows(); ++row) {
            for (std::int64_t column = 0; column < columns(); ++column) {
                if (is_central(row, column)) {
                    write_cell(box, row, column, 1 / count);
                }
            }
        }
    }

    void write_cell(const GridBox& box, std::int64_t row, std::int64_t column, float weight) {
        constexpr double least = 0.01;  // cells: a tiny box may lie beside its cell's middle
        const double x = static_cast<double>(column) + 0.5;
        const double y = static_cast<double>(row) + 0.5;
        const double distances[sides] = {x - box.left, y - box.top, box.right - x, box.bottom - y};
        for (std::int64_t side = 0; side < sides; ++side) {
            values_[classes_ + side][row][column] = static_cast<float>(std::max(distances[side], least));
        }
        values_[classes_ + sides][row][column] = weight;
    }

    /// Cells in an ignored box count neither for nor against, unless another box has them.
    void leave_out(const GridBox& box) {
        for (std::int64_t row = 0; row < rows(); ++row) {
            for (std::int64_t column = 0; column < columns(); ++column) {
                const double x = static_cast<double>(column) + 0.5;
                const double y = static_cast<double>(row) + 0.5;
                if (x > box.left && x < box.right && y > box.top && y < box.bottom &&
                    values_[classes_ + sides][row][column] == 0) {
                    present_[row][column] = false;
                }
            }
        }
    }

    at::TensorAccessor<float, 3> values_;
    at::TensorAccessor<bool, 2> present_;
    std::int64_t classes_;
};

/// Boxes without anchors, by the middles of things (Zhou et al. 2019, "Objects as Points"): each cell of the
/// finest map says for each class whether the middle of such a thing lies in it, and where the thing's sides
/// are. Only a cell that is surer than the eight around it is an answer, which does what elsewhere
/// non-maximum suppression does.
class BoxesHead : public Head {
public:
    static OptionTable options() {
        OptionTable table = JoinedMaps::options(64);
        table.push_back(
            option::real("least_score", 0.05, "score below which a cell is no answer").below(0, 1));
        return table;
    }

    static HeadPorts ports(const Options& options, const std::vector<TargetKind>&) {
        return {JoinedMaps::ports(options),
                {{"boxes", {TargetKind::boxes}}},
                {{"cells", box_cells, "box_cells"}}};
    }

    static std::string example() {
        return "use: boxes\n"
               "maps: 2\n"
               "from: [layer2, layer3]        # the finest decides how near two things may lie: a cell\n"
               "loss: {use: box_cells, sides: 2}\n";
    }

    BoxesHead(const Options& options, const HeadContext& context)
        : classes_(static_cast<std::int64_t>(context.targets.front().classes.size())),
          width_(context.width),
          height_(context.height),
          least_score_(options.real("least_score")),
          maps_(register_module("maps", std::make_shared<JoinedMaps>(context.inputs, options))),
          cells_(register_module(
              "cells", torch::nn::Conv2d(torch::nn::Conv2dOptions(maps_->channels(), classes_ + sides, 1)))) {
        constexpr double rare = -2.19;  // the logit of 0.1: most cells have no middle (Lin et al. 2017)
        const at::NoGradGuard no_gradients;
        torch::nn::init::normal_(cells_->weight, 0, 0.01);
        cells_->bias.zero_();
        cells_->bias.slice(0, 0, classes_).fill_(rare);
        const at::Tensor x = (at::arange(maps_->columns(), at::kFloat) + 0.5) * cell_width();
        const at::Tensor y = (at::arange(maps_->rows(), at::kFloat) + 0.5) * cell_height();
        x_ = register_buffer("x", x.repeat({maps_->rows()}));
        y_ = register_buffer("y", y.repeat_interleave(maps_->columns()));
    }

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        return {cells_->forward(maps_->forward(features))};
    }

    std::vector<Column> encode(const std::vector<Column>& targets) const override {
        const Column& target = targets.front();
        const at::Tensor boxes = target.values.cpu();
        const at::Tensor values =
            at::zeros({boxes.size(0), classes_ + sides + 1, maps_->rows(), maps_->columns()});
        const at::Tensor present = target.present.cpu()
                                       .view({-1, 1, 1})
                                       .expand({boxes.size(0), maps_->rows(), maps_->columns()})
                                       .contiguous();
        for (std::int64_t sample = 0; sample < boxes.size(0); ++sample) {
            GridWriter(values[sample], present[sample], classes_).write(on_grid(boxes[sample]));
        }
        return {{values.to(target.values.device()), present.to(target.values.device())}};
    }

    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        const at::Tensor& cells = outputs.front();
        const at::Tensor heat = at::sigmoid(cells.narrow(1, 0, classes_));
        const at::Tensor best = likeliest(heat);
        const at::Tensor around = at::max_pool2d(best, {3, 3}, {1, 1}, {1, 1});
        // Below 0 is no answer: a cell that is less sure than one beside it, or not sure enough.
        constexpr double far_below = 1e6;
        const at::Tensor score = best - (around - best + at::rsub(best, least_score_).relu()) * far_below;
        const at::Tensor chosen = at::argmax(heat.flatten(2), 1, /*keepdim=*/true).to(heat.scalar_type());
        // [N, 1, cells] each; the places come last in sums, as OpenCV wants constants.
        const at::Tensor distances = distances_of(cells).flatten(2);
        const auto width = static_cast<double>(width_);
        const auto height = static_cast<double>(height_);
        const at::Tensor left = (distances.narrow(1, 0, 1) * -cell_width() + x_).relu();
        const at::Tensor top = (distances.narrow(1, 1, 1) * -cell_height() + y_).relu();
        const at::Tensor right = at::rsub(distances.narrow(1, 2, 1) * cell_width() + x_, width).relu();
        const at::Tensor bottom = at::rsub(distances.narrow(1, 3, 1) * cell_height() + y_, height).relu();
        return {
            at::cat({left, top, at::rsub(right, width), at::rsub(bottom, height), chosen, score.flatten(2)},
                    1)
                .transpose(1, 2)};
    }

private:
    /// The largest of the classes' numbers, [N, 1, rows, columns]. As a pooling it is what every program can
    /// run.
    at::Tensor likeliest(const at::Tensor& heat) const {
        const std::int64_t cells = maps_->rows() * maps_->columns();
        return at::max_pool2d(heat.reshape({-1, 1, classes_, cells}), {classes_, 1}, {classes_, 1})
            .reshape({-1, 1, maps_->rows(), maps_->columns()});
    }

    double cell_width() const { return static_cast<double>(width_) / static_cast<double>(maps_->columns()); }
    double cell_height() const { return static_cast<double>(height_) / static_cast<double>(maps_->rows()); }

    /// The boxes of one sample, [B, 6].
    std::vector<GridBox> on_grid(const at::Tensor& boxes) const {
        const auto numbers = boxes.accessor<float, 2>();
        std::vector<GridBox> made;
        for (std::int64_t row = 0; row < numbers.size(0); ++row) {
            if (numbers[row][box::state] >= 0) {
                made.push_back(
                    {numbers[row][box::left] / cell_width(), numbers[row][box::top] / cell_height(),
                     numbers[row][box::right] / cell_width(), numbers[row][box::bottom] / cell_height(),
                     static_cast<std::int64_t>(numbers[row][box::class_index]),
                     numbers[row][box::state] == 0});
            }
        }
        return made;
    }

    std::int64_t classes_;
    std::int64_t width_;
    std::int64_t height_;
    double least_score_;
    std::shared_ptr<JoinedMaps> maps_;
    torch::nn::Conv2d cells_;
    at::Tensor x_;  ///< of the cells' middles, in pixels: [rows * columns]
    at::Tensor y_;
};

}  // namespace
}  // namespace graft::dense

GRAFT_HEAD(graft::dense::BoxesHead, "boxes", "1.0.0",
           "Boxes of things, by the cells in which their middles lie")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
