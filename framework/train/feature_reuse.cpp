// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/feature_reuse.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Version.h>

#include "catalog/catalog.hpp"
#include "core/hash.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "image/pixel_version.hpp"
#include "model/frozen_copy.hpp"
#include "model/record.hpp"

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

std::string key_of(const Json& about) {
    core::Hasher hasher;
    hasher.add(core::json_text(about));
    return hasher.hex();
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
            {"pixels", image::pixel_version()},
            {"precision", precision_},
            {"computed_in", c10::toString(model_.computing_type())},
            {"arithmetic", model::frozen_arithmetic},
            {"device", at::DeviceTypeName(device_.type(), true)},
            {"instructions", at::get_cpu_capability()},
            {"stamp", catalog::host_stamp()}};
}

FeatureReuse::Prefix FeatureReuse::prefix_of(std::size_t stages) const {
    if (stages == 0) {
        return {};
    }
    const auto& preprocess = model_.preprocess();
    const at::Tensor blank = at::zeros({1, preprocess.height, preprocess.width, 3}, at::kByte);
    const at::ScalarType type = precision_ == "float16" ? at::kHalf : at::kFloat;
    return {layout_of(model_.prefix(model_.normalized(blank, device_), stages), type), description(stages)};
}

/// A generation of views has a table of its own: what nobody reads any more goes when room is needed.
OpenRows FeatureReuse::open(const Json& augmentation, std::int64_t generation) {
    if (!prefix_.layout) {
        return {};
    }
    Json about = prefix_.about;
    if (!augmentation.is_null()) {
        about["views"] = {{"augmentation", augmentation}, {"generation", generation}};
    }
    try {
        const OpenRows rows{store_.open(key_of(about), about, prefix_.layout->bytes()), *prefix_.layout};
        events_.emit({"features",
                      {{"stages", about.at("stages")},
                       {"folder", rows.table->folder().string()},
                       {"views", !augmentation.is_null()},
                       {"rows", rows.table->size()},
                       {"row_bytes", rows.table->row_bytes()}}});
        return rows;
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::system) {
            throw;
        }
        events_.emit({"warning",
                      {{"text",
                        "features of the frozen stages cannot be kept, so they are worked out anew "
                        "in every epoch: " +
                            std::string(failure.what())}}});
        return {};
    }
}

bool FeatureReuse::has_table(std::size_t stages) const {
    return store_.has(key_of(description(stages)));
}

void FeatureReuse::begin(const model::Freezing& freezing) {
    prefix_ = prefix_of(freezing.frozen_stages);
    const bool is_plain_read = std::any_of(sources_.begin(), sources_.end(),
                                           [](const Source& each) { return each.augmentation.is_null(); });
    plain_ = is_plain_read ? open(nullptr, 0) : OpenRows();
    for (const Source& each : sources_) {
        each.source->use([this, &each](std::int64_t generation) {
            return each.augmentation.is_null() ? plain_ : open(each.augmentation, generation);
        });
    }
}

}  // namespace graft::train
