// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Values from files into a model's tensors. All that is wrong with a file is said at once.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include <ATen/ATen.h>

#include "core/files.hpp"
#include "core/names.hpp"
#include "model/model.hpp"
#include "model/parts.hpp"

namespace graft::model {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;
using Values = std::map<std::string, at::Tensor>;

constexpr std::size_t names_shown = 8;

std::string shortened(const std::vector<std::string>& names) {
    if (names.size() <= names_shown) {
        return core::listed(names);
    }
    return fmt::format("{} and {} more", core::listed({names.begin(), names.begin() + names_shown}),
                       names.size() - names_shown);
}

std::string shape_text(const at::Tensor& tensor) {
    std::ostringstream text;
    text << tensor.sizes();
    return text.str();
}

/// What keeps values from being copied, gathered before the first one is.
struct Mismatch {
    std::vector<std::string> missing;
    std::vector<std::string> unexpected;
    std::vector<std::string> wrong;

    void compare(const std::string& name, const at::Tensor& target, const at::Tensor& value) {
        if (target.sizes() != value.sizes()) {
            wrong.push_back(fmt::format("{} is {}, must be {}", name, shape_text(value), shape_text(target)));
        } else if (target.is_floating_point() != value.is_floating_point()) {
            wrong.push_back(fmt::format("{} is {}, must be {}", name, at::toString(value.scalar_type()),
                                        at::toString(target.scalar_type())));
        }
    }

    void throw_if_any(const std::string& source, const std::string& what, const std::string& remedy) const {
        std::string text;
        const auto add = [&](const char* label, const std::vector<std::string>& names) {
            if (!names.empty()) {
                text += fmt::format("\n  - {}: {}", label, shortened(names));
            }
        };
        add("missing", missing);
        add("unexpected", unexpected);
        add("of another shape or type", wrong);
        if (!text.empty()) {
            throw Failure(Category::data, fmt::format("'{}' does not fit {}:{}", source, what, text), remedy);
        }
    }
};

Values by_name(std::vector<std::pair<std::string, at::Tensor>> tensors) {
    return {std::make_move_iterator(tensors.begin()), std::make_move_iterator(tensors.end())};
}

void assign(at::Tensor target, const at::Tensor& value) {
    const at::NoGradGuard no_gradients;
    target.copy_(value);
}

/// Older files of torchvision's carry no count of batches; it only matters to a BatchNorm without momentum.
bool may_be_missing(const std::string& name) {
    return name.ends_with("num_batches_tracked");
}

/// Stages that make a vector and of which the file knows nothing: an original classifier that was cut off.
std::set<std::string> cut_classifiers(const Model& model, const std::vector<NamedTensor>& tensors,
                                      const Values& values, std::size_t prefix) {
    std::set<std::string> absent;
    for (std::size_t index = 0; index < model.kept_stages; ++index) {
        const Stage& stage = model.backbone->stages()[index];
        const bool known = std::any_of(tensors.begin(), tensors.end(), [&](const NamedTensor& tensor) {
            return tensor.stage == stage.name && values.contains(tensor.path.substr(prefix));
        });
        if (index > 0 && stage.output.layout == Layout::vector && !known) {
            absent.insert(stage.name);
        }
    }
    return absent;
}

std::vector<NamedTensor> backbone_tensors(const Model& model) {
    std::vector<NamedTensor> tensors = model.tensors();
    std::erase_if(tensors, [](const NamedTensor& tensor) { return tensor.stage.empty(); });
    return tensors;
}

/// The kept stages must be whole; names that no stage owns are a classifier that was not asked for, but one
/// below a stage's own modules belongs to another network (resnet34 has more blocks in layer1).
void fill_backbone(Model& model, const Values& values, const std::string& source) {
    const std::size_t prefix = std::string("backbone.").size();
    const std::vector<NamedTensor> tensors = backbone_tensors(model);
    const std::set<std::string> cut = cut_classifiers(model, tensors, values, prefix);
    std::set<std::string> known;
    for (const auto& parameter : model.backbone->named_parameters()) {
        known.insert(parameter.key());
    }
    for (const auto& buffer : model.backbone->named_buffers()) {
        known.insert(buffer.key());
    }
    Mismatch mismatch;
    for (const NamedTensor& tensor : tensors) {
        const std::string name = tensor.path.substr(prefix);
        const auto value = values.find(name);
        if (value != values.end()) {
            mismatch.compare(name, tensor.tensor, value->second);
        } else if (!may_be_missing(name) && !cut.contains(tensor.stage)) {
            mismatch.missing.push_back(name);
        }
    }
    for (const auto& [name, value] : values) {
        if (!known.contains(name) && owning_stage(*model.backbone, name)) {
            mismatch.unexpected.push_back(name);
        }
    }
    mismatch.throw_if_any(source, fmt::format("the backbone {}", model.backbone_id),
                          "name weights of this very network, with torchvision's names");
    for (const NamedTensor& tensor : tensors) {
        const auto value = values.find(tensor.path.substr(prefix));
        if (value != values.end()) {
            assign(tensor.tensor, value->second);
        }
    }
}

/// A run's own weights name all that it trained; its backbone's part is what counts here.
Values backbone_part(const Values& values) {
    const std::string prefix = "backbone.";
    Values part;
    for (const auto& [name, value] : values) {
        if (name.starts_with(prefix)) {
            part.emplace(name.substr(prefix.size()), value);
        }
    }
    return part;
}

fs::path run_weights(const std::string& weights) {
    for (const char* below : {"model/weights.safetensors", "weights.safetensors"}) {
        const fs::path file = fs::path(weights) / below;
        if (fs::exists(file)) {
            return file;
        }
    }
    throw Failure(Category::data,
                  fmt::format("the folder '{}' is no run: it has no model/weights.safetensors", weights),
                  "name a run's folder, a .safetensors file, or none");
}

}  // namespace

void load_weights(Model& model, const pipeline::Backbone& backbone) {
    const std::string& weights = backbone.weights;
    if (weights == "none") {
        return;
    }
    const auto refuse = [&](const std::string& message, const std::string& remedy) {
        return Failure(Category::data, core::Problems{{backbone.weights_place, message, remedy}});
    };
    if (std::find(model.weight_ids.begin(), model.weight_ids.end(), weights) != model.weight_ids.end()) {
        throw refuse(
            fmt::format("weights '{}' cannot be fetched in this version: it reads .safetensors files only",
                        weights),
            "convert the published file to safetensors and name it with its path, or write weights: none");
    }
    if (fs::is_directory(weights)) {
        const fs::path file = run_weights(weights);
        fill_backbone(model, backbone_part(by_name(from_safetensors(core::read_file(file), file.string()))),
                      file.string());
        return;
    }
    if (!fs::exists(weights)) {
        throw refuse(fmt::format("the weight file '{}' does not exist", weights),
                     "correct the path, or write none");
    }
    if (!weights.ends_with(".safetensors")) {
        throw refuse(
            fmt::format(
                "the weight file '{}' is no .safetensors file, the one format that this version reads",
                weights),
            "convert it to safetensors");
    }
    fill_backbone(model, by_name(from_safetensors(core::read_file(weights), weights)), weights);
}

void load_tensors(Model& model, const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                  const std::string& source) {
    const Values values = by_name(tensors);
    Mismatch mismatch;
    std::set<std::string> known;
    const std::vector<NamedTensor> targets = model.tensors();
    for (const NamedTensor& target : targets) {
        known.insert(target.path);
        const auto value = values.find(target.path);
        if (value == values.end()) {
            mismatch.missing.push_back(target.path);
        } else {
            mismatch.compare(target.path, target.tensor, value->second);
        }
    }
    for (const auto& [name, value] : values) {
        if (!known.contains(name)) {
            mismatch.unexpected.push_back(name);
        }
    }
    mismatch.throw_if_any(source, "the model", "the plugins that made it may have changed since");
    for (const NamedTensor& target : targets) {
        assign(target.tensor, values.at(target.path));
    }
}

}  // namespace graft::model
