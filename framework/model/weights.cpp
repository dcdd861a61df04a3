// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Values from files into a model's tensors. All that is wrong with a file is said at once.
#include "model/weights.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ATen/ATen.h>

#include "model/backbone_part.hpp"
#include "model/mismatch.hpp"
#include "model/rename_hint.hpp"
#include "model/save.hpp"
#include "model/weight_names.hpp"
#include "pipeline/needs.hpp"
#include "weights/published.hpp"
#include "weights/weight_file.hpp"

namespace graft::model {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;
/// Which tensor gets which of the file's values, once all fit.
using Assignments = std::vector<std::pair<at::Tensor, const weights::Tensor*>>;

/// Pairs a tensor with the value of its name.
void pair_up(const std::string& name, const at::Tensor& target, const weights::WeightFile& file,
             const weights::Tensor& value, Mismatch& mismatch, Assignments& assignments) {
    mismatch.compare(name, target, value.shape, scalar_type(file.storages[value.storage].type));
    assignments.emplace_back(target, &value);
}

void assign(const at::Tensor& target, const at::Tensor& value) {
    const at::NoGradGuard no_gradients;
    target.copy_(value);
}

/// Older files of torchvision's carry no count of batches; it only matters to a BatchNorm without momentum.
bool may_be_missing(const std::string& name) {
    return name.ends_with("num_batches_tracked");
}

/// A tensor's name below the backbone.
std::string backbone_name(const NamedTensor& tensor) {
    return tensor.path.substr(std::string("backbone.").size());
}

/// Stages that make a vector and of which the file knows nothing: an original classifier that was cut off.
/// `values`: a map of theirs by name.
template <typename Values>
std::set<std::string> cut_classifiers(const Model& model, const std::vector<NamedTensor>& tensors,
                                      const Values& values) {
    std::set<std::string> absent;
    for (std::size_t index = 0; index < model.kept_stages(); ++index) {
        const plugin::StageInfo& stage = model.backbone().stages()[index];
        const bool known = std::any_of(tensors.begin(), tensors.end(), [&](const NamedTensor& tensor) {
            return tensor.stage == stage.name && values.contains(backbone_name(tensor));
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

/// Every name that the backbone knows, those of stages that are not kept among them.
std::set<std::string> known_names(const torch::nn::Module& backbone) {
    std::set<std::string> known;
    for (const auto& parameter : backbone.named_parameters()) {
        known.insert(parameter.key());
    }
    for (const auto& buffer : backbone.named_buffers()) {
        known.insert(buffer.key());
    }
    return known;
}

/// The kept stages must be whole; names that no stage owns are a classifier that was not asked for, but one
/// below a stage's own modules belongs to another network (resnet34 has more blocks in layer1).
Mismatch match_backbone(const Model& model, const weights::WeightFile& file, const BackboneNames& values,
                        LoadReport& report, Assignments& assignments) {
    const std::vector<NamedTensor> tensors = backbone_tensors(model);
    const std::set<std::string> cut = cut_classifiers(model, tensors, values.tensors);
    const std::set<std::string> known = known_names(model.backbone().module());
    std::set<std::string> unused;
    Mismatch mismatch;
    for (const auto& [name, value] : values.tensors) {
        unused.insert(name);
        if (!known.contains(name) && owning_stage(model.backbone(), name)) {
            mismatch.unexpected.push_back(name);
        }
    }
    for (const NamedTensor& tensor : tensors) {
        const std::string name = backbone_name(tensor);
        const auto value = values.tensors.find(name);
        if (value != values.tensors.end()) {
            pair_up(name, tensor.tensor, file, *value->second, mismatch, assignments);
            unused.erase(name);
        } else if (cut.contains(tensor.stage)) {
            report.missing.push_back(name);
        } else if (!may_be_missing(name)) {
            mismatch.missing.push_back(name);
        }
    }
    report.left_out.insert(report.left_out.end(), unused.begin(), unused.end());
    for (const auto& [name, type] : file.unread) {
        mismatch.unread.push_back(fmt::format("{} ({})", name, type));
    }
    return mismatch;
}

/// What the backbone wants, in the order of its modules.
std::vector<NamedShape> wanted_names(const Model& model) {
    std::vector<NamedShape> wanted;
    for (const NamedTensor& tensor : backbone_tensors(model)) {
        const std::string name = backbone_name(tensor);
        if (!may_be_missing(name)) {
            wanted.push_back({name, tensor.tensor.sizes().vec()});
        }
    }
    return wanted;
}

/// The `rename` with which the file would fit, if its names differ by a pattern only; "" otherwise. A guess
/// counts only when all fits with it.
std::string rename_hint(const Model& model, const weights::WeightFile& file,
                        const pipeline::Backbone& backbone, const std::vector<NamedShape>& wanted) {
    for (const RenameRules& rules : guess_renames(changed_names(file, backbone), wanted)) {
        pipeline::Backbone renamed = backbone;
        renamed.weights_rename.insert(renamed.weights_rename.end(), rules.begin(), rules.end());
        try {
            LoadReport report;
            Assignments assignments;
            const BackboneNames names = backbone_names(file, renamed, wanted, "");
            if (match_backbone(model, file, names, report, assignments).empty()) {
                return fmt::format(
                    "the names differ by a pattern only; beside the file's name under weights, this "
                    "makes all fit:\n  {}",
                    rename_text(rules));
            }
        } catch (const Failure&) {  // two names became one, or a rule found nothing: no pattern
        }
    }
    return "";
}

/// Pairs all that the backbone wants with the file's values, and gives these their names. Throws
/// Failure(data) where something does not fit.
BackboneNames fit_backbone(const Model& model, const weights::WeightFile& file,
                           const pipeline::Backbone& backbone, LoadReport& report, Assignments& assignments) {
    const std::vector<NamedShape> wanted = wanted_names(model);
    const BackboneNames names = backbone_names(file, backbone, wanted, report.file);
    report.steps = names.steps;
    report.left_out = names.left_out;
    const Mismatch mismatch = match_backbone(model, file, names, report, assignments);
    if (!mismatch.empty()) {
        const std::string hint = rename_hint(model, file, backbone, wanted);
        mismatch.throw_if_any(
            report.file, fmt::format("the backbone {}", model.backbone_id()),
            !hint.empty() ? hint
                          : "name weights of this very network, with torchvision's names; where only names "
                            "differ, weights: {file: ..., strip: ..., rename: ...} mends them");
    }
    return names;
}

/// "heads.NAME." of a tensor's path below it.
std::string head_prefix(const std::string& path) {
    return path.substr(0, path.find('.', std::string("heads.").size()) + 1);
}

/// A head that the run has by the same name must fit whole; one that it does not know keeps its own values.
void match_heads(const Model& model, const weights::WeightFile& file, const BackboneNames& values,
                 LoadReport& report, Assignments& assignments) {
    std::vector<NamedTensor> tensors = model.tensors();
    std::erase_if(tensors, [](const NamedTensor& tensor) { return !tensor.path.starts_with("heads."); });
    std::set<std::string> known;
    std::set<std::string> asked;
    for (const auto& [name, value] : values.heads) {
        known.insert(head_prefix(name));
    }
    Mismatch mismatch;
    for (const NamedTensor& tensor : tensors) {
        asked.insert(tensor.path);
        asked.insert(head_prefix(tensor.path));
        const auto value = values.heads.find(tensor.path);
        if (value != values.heads.end()) {
            pair_up(tensor.path, tensor.tensor, file, *value->second, mismatch, assignments);
        } else {
            const bool is_known = known.contains(head_prefix(tensor.path));
            (is_known ? mismatch.missing : report.missing).push_back(tensor.path);
        }
    }
    for (const auto& [name, value] : values.heads) {
        if (!asked.contains(name)) {
            const bool is_here = asked.contains(head_prefix(name));
            (is_here ? mismatch.unexpected : report.left_out).push_back(name);
        }
    }
    mismatch.throw_if_any(
        report.file, "the heads",
        "give them the options that the run's pipeline.yaml has, or leave weights.heads out");
}

fs::path run_weights(const std::string& weights) {
    const fs::path file = weights_below(weights);
    if (file.empty()) {
        throw Failure(Category::data,
                      fmt::format("the folder '{}' is no run: it has no model/{}", weights, weights_file),
                      "name a run's folder, a weight file, or none");
    }
    return file;
}

/// The file that `weights:` means.
fs::path weight_path(const Model& model, const pipeline::Backbone& backbone,
                     const weights::FetchControl& control) {
    const std::string& weights = backbone.weights;
    const auto entry = std::find_if(model.catalogue().begin(), model.catalogue().end(),
                                    [&](const WeightEntry& known) { return known.id == weights; });
    if (entry != model.catalogue().end()) {
        return weights::find_or_fetch({entry->file_name, entry->url, entry->sha256_prefix}, control);
    }
    if (fs::is_directory(weights)) {
        return run_weights(weights);
    }
    if (pipeline::names_job(weights)) {
        throw Failure(
            Category::pipeline,
            core::Problems{{backbone.weights_place,
                            fmt::format("{} is what another job of one `graft run` trains, and here "
                                        "is none",
                                        weights),
                            "name the folder of its run"}});
    }
    if (!fs::exists(weights)) {
        throw Failure(
            Category::data,
            core::Problems{{backbone.weights_place,
                            fmt::format("the weight file '{}' does not exist", weights),
                            "correct the path, or write none; docs/data.md has those of configs/"}});
    }
    return weights;
}

}  // namespace

LoadReport load_weights(Model& model, const pipeline::Backbone& backbone,
                        const weights::FetchControl& control) {
    LoadReport report;
    if (backbone.weights == "none") {
        return report;
    }
    report.file = weight_path(model, backbone, control).string();
    const weights::WeightFile file =
        weights::read_weights(report.file, {backbone.weights_key, backbone.weights_key_place});
    weights::verify(file, report.file);
    report.container = file.container;
    report.foreign = file.foreign;
    Assignments assignments;
    const BackboneNames names = fit_backbone(model, file, backbone, report, assignments);
    if (backbone.weights_heads) {
        match_heads(model, file, names, report, assignments);
    }
    for (const auto& [target, value] : assignments) {
        assign(target, to_tensor(file, *value));
    }
    report.loaded = static_cast<std::int64_t>(assignments.size());
    return report;
}

BackboneShapes backbone_shapes(const Model& model) {
    BackboneShapes shapes;
    for (const NamedTensor& tensor : backbone_tensors(model)) {
        shapes[backbone_name(tensor)] = tensor.tensor.sizes().vec();
    }
    return shapes;
}

void check_weights_of_job(const Model& model, const pipeline::Backbone& backbone,
                          const BackboneShapes& trained, core::Problems& problems) {
    if (!backbone.weights_strip.empty() || !backbone.weights_rename.empty()) {
        return;
    }
    const std::vector<NamedTensor> tensors = backbone_tensors(model);
    const std::set<std::string> cut = cut_classifiers(model, tensors, trained);
    std::vector<std::string> unfit;
    for (const NamedTensor& tensor : tensors) {
        const std::string name = backbone_name(tensor);
        const auto found = trained.find(name);
        if (found == trained.end() && !cut.contains(tensor.stage)) {
            unfit.push_back(name + " is missing there");
        } else if (found != trained.end() && found->second != tensor.tensor.sizes().vec()) {
            unfit.push_back(fmt::format("{} is [{}] there and [{}] here", name,
                                        fmt::join(found->second, ", "),
                                        fmt::join(tensor.tensor.sizes(), ", ")));
        }
    }
    if (!unfit.empty()) {
        problems.push_back(
            {backbone.weights_place,
             fmt::format("{} does not train this backbone ({}): {}{}", backbone.weights, model.backbone_id(),
                         unfit.front(),
                         unfit.size() > 1 ? fmt::format(", and {} more tensors", unfit.size() - 1) : ""),
             "give both pipelines the same backbone with the same options, and this one no later `until`"});
    }
}

core::Json to_json(const LoadReport& report) {
    return {{"file", report.file},      {"container", report.container}, {"steps", report.steps},
            {"loaded", report.loaded},  {"missing", report.missing},     {"left_out", report.left_out},
            {"foreign", report.foreign}};
}

void load_tensors(Model& model, const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                  const std::string& source) {
    const std::map<std::string, at::Tensor> values(tensors.begin(), tensors.end());
    Mismatch mismatch;
    std::set<std::string> known;
    const std::vector<NamedTensor> targets = model.tensors();
    for (const NamedTensor& target : targets) {
        known.insert(target.path);
        const auto value = values.find(target.path);
        if (value == values.end()) {
            mismatch.missing.push_back(target.path);
        } else {
            mismatch.compare(target.path, target.tensor, value->second.sizes(), value->second.scalar_type());
        }
    }
    const auto is_absent = [&](const std::string& name) {
        return std::any_of(model.absent_losses().begin(), model.absent_losses().end(),
                           [&](const std::string& loss) { return name.starts_with("losses." + loss + "."); });
    };
    for (const auto& [name, value] : values) {
        if (!known.contains(name) && !is_absent(name)) {
            mismatch.unexpected.push_back(name);
        }
    }
    mismatch.throw_if_any(source, "the model", "the plugins that made it may have changed since");
    for (const NamedTensor& target : targets) {
        assign(target.tensor, values.at(target.path));
    }
}

}  // namespace graft::model
