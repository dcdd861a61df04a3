// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "embedding.hpp"

#include <algorithm>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/names.hpp"
#include "core/problem.hpp"
#include "target/kind.hpp"

namespace graft::engine {
namespace {

/// All samples of parts that may differ in how many boxes they have room for.
at::Tensor joined(const std::vector<at::Tensor>& parts) {
    std::int64_t most = 0;
    for (const at::Tensor& part : parts) {
        most = part.dim() == 3 ? std::max(most, part.size(1)) : most;
    }
    std::vector<at::Tensor> even;
    for (const at::Tensor& part : parts) {
        const bool is_short = part.dim() == 3 && part.size(1) < most;
        even.push_back(is_short ? at::constant_pad_nd(part, {0, 0, 0, most - part.size(1)}, -1) : part);
    }
    return at::cat(even).contiguous();
}

at::Tensor matrices_of(const data::Batch& batch) {
    at::Tensor matrices = at::empty({static_cast<std::int64_t>(batch.motions.size()), 3, 3}, at::kDouble);
    double* to = matrices.mutable_data_ptr<double>();
    for (const target::Motion& motion : batch.motions) {
        to = std::copy(motion.matrix.begin(), motion.matrix.end(), to);
    }
    return matrices;
}

}  // namespace

EmbeddedStage place_of(const model::Model& model, const std::string& stage, bool pooled) {
    if (stage.empty()) {
        return {model.taps().back().stage, pooled};
    }
    std::vector<std::string> names;
    for (std::size_t index = 0; index < model.kept_stages(); ++index) {
        names.push_back(model.backbone().stages()[index].name);
        if (names.back() == stage) {
            return {index, pooled};
        }
    }
    throw core::Failure(core::Category::pipeline, fmt::format("the backbone has no stage '{}'", stage),
                        core::suggest(stage, names));
}

bool serves(const model::Model& model, const EmbeddedStage& place, std::size_t stages) {
    const std::vector<model::Tap> taps = model.taps();
    return stages <= place.stage || std::any_of(taps.begin(), taps.end(), [&](const model::Tap& tap) {
               return tap.stage == place.stage && (place.pooled || !tap.pooled);
           });
}

at::Tensor Embedding::feature_of(const data::Batch& batch, const model::Taps& read) const {
    if (const auto found = read.find({place_.stage, place_.pooled}); found != read.end()) {
        return found->second;
    }
    at::Tensor feature;
    if (const auto found = read.find({place_.stage, false}); found != read.end()) {
        feature = found->second;
    } else {
        const data::Cut cut =
            batch.stored ? batch.stored->cut : data::Cut{0, model_.normalized(batch.images, device_)};
        feature = cut.feature.to(device_);
        for (std::size_t stage = cut.stages; stage <= place_.stage; ++stage) {
            feature = model_.backbone().forward(stage, feature);
        }
    }
    return place_.pooled ? model_.backbone().pool(place_.stage, feature) : feature;
}

void Embedding::add_part(const std::string& name, const TargetSchema& schema, const at::Tensor& values) {
    auto found =
        std::find_if(parts_.begin(), parts_.end(), [&](const Parts& each) { return each.name == name; });
    if (found == parts_.end()) {
        parts_.push_back({name, schema, {}});
        found = parts_.end() - 1;
    }
    found->parts.push_back(values.cpu());
}

void Embedding::add_targets(const data::Batch& batch) {
    for (std::size_t target = 0; target < targets_.size(); ++target) {
        add_part("targets." + targets_[target].name, targets_[target], batch.targets[target].values);
        add_part("present." + targets_[target].name, {}, batch.targets[target].present);
    }
}

void Embedding::add_predictions(const model::Taps& read) {
    const model::Outputs outputs = model_.outputs(read);
    for (std::size_t index = 0; index < model_.heads().size(); ++index) {
        const model::HeadPart& head = model_.heads()[index];
        const std::vector<at::Tensor> decoded = head.head.decode(outputs[index]);
        for (std::size_t each = 0; each < decoded.size(); ++each) {
            const TargetSchema& schema = head.predictions[each];
            const std::string name = decoded.size() == 1 ? head.name : head.name + "." + schema.name;
            add_part("predictions." + name, schema,
                     schema.kind == TargetKind::mask ? decoded[each].argmax(1).to(at::kByte) : decoded[each]);
        }
    }
}

void Embedding::add(data::Batch& batch, const std::string& split) {
    const at::NoGradGuard no_gradients;
    const model::Taps read = model_.read(batch, device_);
    add_part("features", {}, feature_of(batch, read).to(at::kFloat));
    add_targets(batch);
    if (with_predictions_) {
        add_predictions(read);
    }
    add_part("matrices", {}, matrices_of(batch));
    motions_.insert(motions_.end(), batch.motions.begin(), batch.motions.end());
    ids_.insert(ids_.end(), batch.ids.begin(), batch.ids.end());
    splits_.insert(splits_.end(), batch.ids.size(), split);
}

std::vector<NamedArray> Embedding::arrays() const {
    std::vector<NamedArray> arrays;
    for (const Parts& each : parts_) {
        arrays.push_back({each.name, each.schema, joined(each.parts)});
    }
    return arrays;
}

}  // namespace graft::engine
