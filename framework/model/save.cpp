// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The folder `model/` of a run.
#include "model/save.hpp"

#include <filesystem>

#include <fmt/format.h>

#include <ATen/ATen.h>

#include "core/files.hpp"
#include "core/json_text.hpp"
#include "jobs/run_files.hpp"
#include "model/backbone_part.hpp"
#include "model/head_part.hpp"
#include "model/record.hpp"
#include "model/weights.hpp"

namespace graft::model {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;
using core::Json;

constexpr int format_version = 1;

Json backbone_json(const Model& model) {
    return {{"use", model.backbone_id()},
            {"version", model.backbone_version()},
            {"options", to_json(model.backbone_options())},
            {"weights", model.weights()},
            {"until", model.backbone().stages().at(model.kept_stages() - 1).name}};
}

Json loss_json(const LossPart& loss) {
    return {{"name", loss.name},
            {"use", loss.id},
            {"options", to_json(loss.options)},
            {"outputs", loss.outputs},
            {"weight", loss.weight}};
}

Json head_json(const Model& model, const HeadPart& part) {
    Json json = {{"name", part.name},       {"use", part.id},
                 {"version", part.version}, {"options", to_json(part.options)},
                 {"from", Json::array()},   {"targets", Json::array()},
                 {"losses", Json::array()}};
    for (const std::size_t stage : part.stages) {
        json["from"].push_back(model.backbone().stages().at(stage).name);
    }
    for (const std::size_t target : part.targets) {
        json["targets"].push_back(model.schema().at(target).name);
    }
    for (const LossPart& loss : part.losses) {
        json["losses"].push_back(loss_json(loss));
    }
    return json;
}

/// Builds the model that a model.json describes.
class ModelReader {
public:
    explicit ModelReader(plugin::Registry& registry) : registry_(registry) {}

    Model read(const Json& json) {
        const int version = json.at("graft_model").get<int>();
        if (version != format_version) {
            throw Failure(
                Category::data,
                core::Problems{{{},
                                fmt::format("its format is {}, this graft reads {}", version, format_version),
                                version > format_version ? "use a newer graft, or train again"
                                                         : "use an older graft, or train again"}});
        }
        for (const Json& schema : json.at("schema")) {
            model_.schema.push_back(schema_from_json(schema));
        }
        model_.preprocess = preprocess_from_json(json.at("preprocess"));
        read_backbone(json.at("backbone"));
        for (const Json& head : json.at("heads")) {
            read_head(head);
        }
        return Model(std::move(model_));
    }

private:
    plugin::ComponentHandle component(const std::string& kind, const Json& json) {
        core::Problems problems;
        const auto found = registry_.find(kind, json.at("use").get<std::string>(), {}, problems);
        core::throw_if_any(Category::plugin, problems);
        return found;
    }

    void read_backbone(const Json& json) {
        const plugin::ComponentHandle found = component("backbone", json);
        model_.backbone_id = found.id();
        model_.backbone_version = found.version();
        model_.backbone_options = options_from_json(json.at("options"), found.options());
        model_.weights = json.at("weights").get<std::string>();
        create_backbone(model_, found, {});
        model_.kept_stages = stage(json.at("until").get<std::string>(), model_.backbone.stages().size()) + 1;
        grids_ = measure_stages(model_);
    }

    std::size_t stage(const std::string& name, std::size_t count) const {
        for (std::size_t index = 0; index < count; ++index) {
            if (model_.backbone.stages()[index].name == name) {
                return index;
            }
        }
        throw Failure(Category::data, fmt::format("{} has no stage '{}' any more", model_.backbone_id, name));
    }

    std::size_t target(const std::string& name) const {
        for (std::size_t index = 0; index < model_.schema.size(); ++index) {
            if (model_.schema[index].name == name) {
                return index;
            }
        }
        throw Failure(Category::data,
                      fmt::format("a head reads the target '{}', which its schema lacks", name));
    }

    void read_head(const Json& json) {
        const plugin::ComponentHandle found = component("head", json);
        HeadPart part;
        part.name = json.at("name").get<std::string>();
        part.id = found.id();
        part.version = found.version();
        part.options = options_from_json(json.at("options"), found.options());
        std::vector<TargetKind> kinds;
        for (const Json& name : json.at("targets")) {
            part.targets.push_back(target(name.get<std::string>()));
            part.context.targets.push_back(model_.schema[part.targets.back()]);
            kinds.push_back(part.context.targets.back().kind);
        }
        part.ports = found.head_ports(part.options, kinds);
        const Json& from = json.at("from");
        const bool fits =
            from.size() == part.ports.inputs.size() || (!from.empty() && joins_stages(part.ports.inputs));
        if (!fits || kinds.size() != part.ports.targets.size()) {
            throw Failure(Category::data,
                          fmt::format("head '{}' has other ports than when it was saved", part.name));
        }
        for (const Json& name : from) {
            part.stages.push_back(stage(name.get<std::string>(), model_.kept_stages));
        }
        part.context.inputs = port_shapes(part.ports.inputs, part.stages, grids_);
        part.context.height = model_.preprocess.height;
        part.context.width = model_.preprocess.width;
        create_head(part, found, {});
        for (const Json& loss : json.at("losses")) {
            read_loss(part, loss);
        }
        model_.heads.push_back(std::move(part));
    }

    /// A loss whose plugin is not there is left out: predicting does not need it.
    void read_loss(HeadPart& part, const Json& json) {
        if (registry_.catalog().find("loss", json.at("use").get<std::string>()) == nullptr) {
            model_.absent_losses.push_back(json.at("name").get<std::string>());
            return;
        }
        const plugin::ComponentHandle found = component("loss", json);
        LossPart loss;
        loss.name = json.at("name").get<std::string>();
        loss.id = found.id();
        loss.version = found.version();
        loss.options = options_from_json(json.at("options"), found.options());
        loss.outputs = json.at("outputs").get<std::vector<std::size_t>>();
        loss.weight = json.at("weight").get<double>();
        for (const std::size_t output : loss.outputs) {
            if (output >= part.ports.outputs.size()) {
                throw Failure(Category::data,
                              fmt::format("loss '{}' joins an output that its head lacks", loss.name));
            }
        }
        create_loss(loss, part, found, {});
        part.losses.push_back(std::move(loss));
    }

    plugin::Registry& registry_;
    ModelParts model_;
    std::vector<FeatureShape> grids_;
};

}  // namespace

fs::path weights_below(const fs::path& folder) {
    for (const fs::path& below : {folder / jobs::run_files::model, folder}) {
        if (fs::exists(below / weights_file)) {
            return below / weights_file;
        }
    }
    return {};
}

std::string model_record(const Model& model) {
    Json json = {{"graft_model", format_version},
                 {"backbone", backbone_json(model)},
                 {"heads", Json::array()},
                 {"schema", Json::array()},
                 {"preprocess", to_json(model.preprocess())}};
    for (const HeadPart& part : model.heads()) {
        json["heads"].push_back(head_json(model, part));
    }
    for (const TargetSchema& schema : model.schema()) {
        json["schema"].push_back(to_json(schema));
    }
    return core::json_text(json, 2) + "\n";
}

void save_model(const Model& model, const std::string& folder) {
    std::vector<std::pair<std::string, at::Tensor>> tensors;
    for (const NamedTensor& tensor : model.tensors()) {
        tensors.emplace_back(tensor.path, tensor.tensor);
    }
    core::make_folder(folder);
    core::write_atomically(
        fs::path(folder) / weights_file,
        to_safetensors(tensors, {{preprocess_key, core::json_text(to_json(model.preprocess()))}}));
    core::write_atomically(fs::path(folder) / record_file, model_record(model));
}

Model model_from_record(const std::string& record, const std::string& source, plugin::Registry& registry) {
    try {
        return ModelReader(registry).read(core::parse_json(record));
    } catch (const Json::exception& error) {
        throw Failure(Category::data, fmt::format("'{}' cannot be read: {}", source, error.what()),
                      "train again, or name another run");
    } catch (const Failure& failure) {
        if (failure.category() != Category::data) {
            throw;
        }
        const core::Problem& first = failure.problems().front();
        throw Failure(Category::data, fmt::format("'{}' cannot be used: {}", source, first.message),
                      first.remedy.empty() ? "use the plugins that the run was made with, or train again"
                                           : first.remedy);
    }
}

Model load_model(const std::string& folder, plugin::Registry& registry) {
    const fs::path record = fs::path(folder) / record_file;
    const fs::path weights = fs::path(folder) / weights_file;
    Model model = model_from_record(core::read_file(record), record.string(), registry);
    load_tensors(model, from_safetensors(core::read_file(weights), weights.string()), weights.string());
    model.to(at::kCPU);
    return model;
}

}  // namespace graft::model
