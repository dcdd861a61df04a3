// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/feature_reuse.hpp"

#include <set>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Version.h>

#include "core/hash.hpp"
#include "core/problem.hpp"
#include "model/record.hpp"
#include "plugin/registry.hpp"

namespace graft::train {
namespace {

using core::Json;

std::vector<std::string> stage_names(const model::Model& model, std::size_t stages) {
    std::vector<std::string> names;
    for (std::size_t stage = 0; stage < stages; ++stage) {
        names.push_back(model.backbone().stages()[stage].name);
    }
    return names;
}

std::string hash_of_stages(const model::Model& model, const std::vector<std::string>& stages) {
    const std::set<std::string> names(stages.begin(), stages.end());
    model::Freezing prefix;
    for (const model::NamedTensor& tensor : model.tensors()) {
        if (names.contains(tensor.stage)) {
            prefix.frozen.push_back(tensor.path);
        }
    }
    return model::frozen_hash(model, prefix);
}

}  // namespace

/// Everything that determines a feature besides the picture.
Json FeatureReuse::description(std::size_t stages) const {
    const std::vector<std::string> names = stage_names(model_, stages);
    Json taps = Json::array();
    for (const model::Tap& tap : model_.taps()) {
        if (tap.stage < stages) {
            taps.push_back({{"stage", model_.backbone().stages()[tap.stage].name}, {"pooled", tap.pooled}});
        }
    }
    return {{"backbone", model_.backbone_id()},
            {"version", model_.backbone_version()},
            {"options", model::to_json(model_.backbone_options())},
            {"stages", names},
            {"whole", stages == model_.kept_stages()},
            {"taps", taps},
            {"tensors", hash_of_stages(model_, names)},
            {"code", code_},
            {"image", model::to_json(model_.preprocess())},
            {"device", at::DeviceTypeName(device_.type(), true)},
            {"instructions", at::get_cpu_capability()},
            {"stamp", plugin::host_stamp()}};
}

OpenRows FeatureReuse::open(std::size_t stages) {
    const auto& preprocess = model_.preprocess();
    const at::Tensor blank = at::zeros({1, preprocess.height, preprocess.width, 3}, at::kByte);
    const auto layout = layout_of(model_.prefix(model_.normalized(blank, device_), stages));
    if (!layout) {
        return {};
    }
    const Json about = description(stages);
    core::Hasher hasher;
    hasher.add(about.dump());
    return {store_.open(hasher.hex(), about, layout->bytes()), *layout};
}

void FeatureReuse::begin(const model::Freezing& freezing) {
    OpenRows rows;
    if (freezing.frozen_stages > 0) {
        try {
            rows = open(freezing.frozen_stages);
        } catch (const core::Failure& failure) {
            if (failure.category() != core::Category::system) {
                throw;
            }
            events_.emit({"warning",
                          {{"text",
                            "features of the frozen stages cannot be kept, so they are worked out anew "
                            "in every epoch: " +
                                std::string(failure.what())}}});
        }
    }
    for (StoredSource* source : sources_) {
        source->use(rows);
    }
    if (rows.table != nullptr) {
        events_.emit({"features",
                      {{"stages", stage_names(model_, freezing.frozen_stages)},
                       {"folder", rows.table->folder().string()},
                       {"rows", rows.table->size()},
                       {"row_bytes", rows.table->row_bytes()}}});
    }
}

}  // namespace graft::train
