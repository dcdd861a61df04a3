// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "joined_maps.hpp"

#include <algorithm>
#include <string>

#include <ATen/ATen.h>

namespace graft::dense {

OptionTable JoinedMaps::options(std::int64_t channels) {
    return {option::integer(
                "maps", 1,
                "how many stages are read, which `from` names; finer ones show where edges are, later "
                "ones what a thing is")
                .between(1, 8),
            option::integer("channels", channels, "of the joined map").between(1, 4096),
            option::real("dropout", 0.0, "probability of dropping a channel of the joined map").below(0, 1)};
}

std::vector<InputPort> JoinedMaps::ports(const Options& options) {
    return std::vector<InputPort>(static_cast<std::size_t>(options.integer("maps")), {Layout::map, 1});
}

JoinedMaps::JoinedMaps(const std::vector<FeatureShape>& maps, const Options& options)
    : channels_(options.integer("channels")),
      join_(torch::nn::Conv2dOptions(channels_, channels_, 3).padding(1).bias(false)),
      norm_(channels_),
      dropout_(options.real("dropout")) {
    for (const FeatureShape& map : maps) {
        rows_ = std::max(rows_, map.height);
        columns_ = std::max(columns_, map.width);
    }
    for (std::size_t index = 0; index < maps.size(); ++index) {
        is_coarse_.push_back(maps[index].height != rows_ || maps[index].width != columns_);
        narrow_.push_back(register_module(
            "narrow" + std::to_string(index),
            torch::nn::Conv2d(torch::nn::Conv2dOptions(maps[index].layout.channels, channels_, 1))));
    }
    register_module("join", join_);
    register_module("norm", norm_);
    register_module("dropout", dropout_);
}

at::Tensor JoinedMaps::forward(const std::vector<at::Tensor>& maps) {
    at::Tensor sum;
    for (std::size_t index = 0; index < maps.size(); ++index) {
        at::Tensor map = narrow_[index]->forward(maps[index]);
        if (is_coarse_[index]) {
            map = at::upsample_bilinear2d(map, {rows_, columns_}, /*align_corners=*/false);
        }
        sum = index == 0 ? map : sum + map;
    }
    return dropout_->forward(norm_->forward(join_->forward(sum)).relu());
}

}  // namespace graft::dense
