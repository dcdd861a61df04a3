// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
// A one-stage detector with a fixed grid: each cell of a map says whether the middle of a thing lies in it,
// of which class it is, and where its sides are; with its loss, and a metric that looks at the whole head.
#include <ATen/ATen.h>
#include <torch/nn/modules/conv.h>

#include "graft/error.hpp"
#include "graft/plugin.hpp"

/// The mean over classes of average precision at an overlap of one half, from the host's own metric.
class ToyMeanPrecision : public graft::Metric {
public:
    explicit ToyMeanPrecision(const graft::TargetSchema& schema) {
        judge_ = std::move(graft::default_metrics(schema).front());
    }
    void update(const std::vector<graft::Column>& predictions,
                const std::vector<graft::Column>& targets) override {
        judge_->update(predictions, targets);
    }
    graft::MetricState state() const override { return judge_->state(); }
    void merge(const graft::MetricState& state) override { judge_->merge(state); }
    graft::MetricResult compute() const override {
        graft::MetricResult result;
        for (const graft::Score& score : judge_->compute().scores) {
            if (score.name == "average_precision_50") {
                result.scores.push_back({"map_50", score.value, "", score.direction});
            }
        }
        return result;
    }

private:
    std::unique_ptr<graft::Metric> judge_;
};

class ToyGrid : public graft::Head {
public:
    static graft::HeadPorts ports(const graft::Options&, const std::vector<graft::TargetKind>&) {
        return {{{graft::Layout::map, 2}},
                {{"boxes", {graft::TargetKind::boxes}}},
                {{"cells", "grid_cells", "toy_grid"}}};
    }
    ToyGrid(const graft::Options&, const graft::HeadContext& context)
        : schema_(context.targets[0]),
          classes_(static_cast<std::int64_t>(schema_.classes.size())),
          rows_(context.inputs[0].height),
          columns_(context.inputs[0].width),
          cell_{double(context.width) / double(columns_), double(context.height) / double(rows_)},
          cells_(register_module("cells", torch::nn::Conv2d(torch::nn::Conv2dOptions(
                                              context.inputs[0].layout.channels, 5 + classes_, 1)))) {}

    /// [N, cells, 5 + classes]: there or not, the middle and the logarithm of the size in cells, classes.
    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        return {cells_->forward(features[0]).flatten(2).transpose(1, 2)};
    }

    /// The same shape, a class as its index; `present` by cell: not where an ignored box has its middle.
    std::vector<graft::Column> encode(const std::vector<graft::Column>& targets) const override {
        const at::Tensor boxes = targets[0].values.cpu();
        at::Tensor cells = at::zeros({boxes.size(0), rows_ * columns_, 6});
        at::Tensor present =
            targets[0].present.cpu().unsqueeze(1).expand({boxes.size(0), rows_ * columns_}).clone();
        for (std::int64_t sample = 0; sample < boxes.size(0); ++sample) {
            for (std::int64_t row = 0; row < boxes.size(1); ++row) {
                const float* box =
                    boxes.const_data_ptr<float>() + (sample * boxes.size(1) + row) * graft::box::numbers;
                if (box[graft::box::state] < 0) {
                    continue;
                }
                const double x = (box[0] + box[2]) / 2 / cell_[0];
                const double y = (box[1] + box[3]) / 2 / cell_[1];
                const std::int64_t cell =
                    std::min<std::int64_t>(y, rows_ - 1) * columns_ + std::min<std::int64_t>(x, columns_ - 1);
                if (box[graft::box::state] == 0) {
                    present[sample][cell].fill_(false);
                    continue;
                }
                cells[sample][cell] =
                    at::tensor({1.0F, float(x - cell % columns_), float(y - cell / columns_),
                                std::log((box[2] - box[0]) / float(cell_[0])),
                                std::log((box[3] - box[1]) / float(cell_[1])), box[graft::box::class_index]});
            }
        }
        return {{cells.to(targets[0].values.device()), present.to(targets[0].values.device())}};
    }

    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        const at::Tensor& cells = outputs[0];
        const at::Tensor index = at::arange(rows_ * columns_, cells.options());
        const at::Tensor x = (index.remainder(columns_) + cells.select(2, 1)) * cell_[0];
        const at::Tensor y = (at::floor(index / double(columns_)) + cells.select(2, 2)) * cell_[1];
        const at::Tensor half_width = at::exp(cells.select(2, 3).clamp(-4, 4)) * (cell_[0] / 2);
        const at::Tensor half_height = at::exp(cells.select(2, 4).clamp(-4, 4)) * (cell_[1] / 2);
        const auto [chance, chosen] = at::max(at::softmax(cells.slice(2, 5), 2), 2);
        return {at::stack({x - half_width, y - half_height, x + half_width, y + half_height,
                           chosen.to(x.scalar_type()), at::sigmoid(cells.select(2, 0)) * chance},
                          2)};
    }
    std::vector<std::unique_ptr<graft::Metric>> head_metrics() const override {
        std::vector<std::unique_ptr<graft::Metric>> metrics;
        metrics.push_back(std::make_unique<ToyMeanPrecision>(schema_));
        return metrics;
    }

private:
    graft::TargetSchema schema_;
    std::int64_t classes_;
    std::int64_t rows_;
    std::int64_t columns_;
    std::array<double, 2> cell_;
    torch::nn::Conv2d cells_;
};

class ToyGridLoss : public graft::Loss {
public:
    static std::vector<graft::LossPort> ports(const graft::Options&) { return {{"cells", {"grid_cells"}}}; }
    ToyGridLoss(const graft::Options&, const graft::LossContext&) {}

    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        const at::Tensor& truth = targets[0].values;
        if (truth.dim() != 3) {
            throw graft::Error(graft::ErrorKind::internal, "toy_grid: an encoded target is [N, cells, 6]");
        }
        graft::require_same_shape(outputs[0].slice(2, 0, 5), truth.slice(2, 0, 5), "toy_grid");
        const at::Tensor counts = targets[0].present.to(at::kFloat);
        const at::Tensor there = truth.select(2, 0);
        const at::Tensor seen =
            at::binary_cross_entropy_with_logits(outputs[0].select(2, 0), there, {}, {}, at::Reduction::None);
        const at::Tensor place = (outputs[0].slice(2, 1, 5) - truth.slice(2, 1, 5)).square().sum(2);
        const at::Tensor kind = -at::log_softmax(outputs[0].slice(2, 5), 2)
                                     .gather(2, truth.slice(2, 5, 6).to(at::kLong))
                                     .squeeze(2);
        return {((seen + there * (place + kind)) * counts).sum(1), counts.amax(1)};
    }
};

GRAFT_HEAD(ToyGrid, "toy_grid", "1.0.0", "Boxes from the cells of a map")
GRAFT_LOSS(ToyGridLoss, "toy_grid", "1.0.0", "Whether, where and which, cell by cell")
GRAFT_PLUGIN("graft toys", "BSD-3-Clause", "")
