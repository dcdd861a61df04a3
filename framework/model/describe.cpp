// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/describe.hpp"

#include <set>

namespace graft::model {
namespace {

using core::Json;

/// Parameters of a part and whether all its tensors are frozen.
struct Count {
    std::int64_t parameters = 0;
    bool frozen = true;
    bool any = false;
};

Count count_below(const std::vector<NamedTensor>& tensors, const std::set<std::string>& frozen,
                  const std::string& prefix, const std::string& stage) {
    Count count;
    for (const NamedTensor& tensor : tensors) {
        if (!tensor.path.starts_with(prefix) || tensor.stage != stage) {
            continue;
        }
        count.any = true;
        count.frozen = count.frozen && frozen.contains(tensor.path);
        count.parameters += tensor.is_buffer ? 0 : tensor.tensor.numel();
    }
    count.frozen = count.frozen && count.any;
    return count;
}

Json head_json(const Model& model, const HeadPart& part, const Count& count) {
    Json reads = Json::array();
    for (const std::size_t stage : part.stages) {
        reads.push_back(model.stages().at(stage).name);
    }
    Json targets = Json::array();
    for (const std::size_t target : part.targets) {
        targets.push_back(model.schema().at(target).name);
    }
    Json outputs = Json::array();
    for (std::size_t port = 0; port < part.ports.outputs.size(); ++port) {
        outputs.push_back({{"name", part.ports.outputs[port].name}, {"shape", part.output_shapes.at(port)}});
    }
    Json losses = Json::array();
    for (const LossPart& loss : part.losses) {
        losses.push_back({{"name", loss.name}, {"use", loss.id}, {"weight", loss.weight}});
    }
    return {{"name", part.name},
            {"use", part.id},
            {"reads", reads},
            {"targets", targets},
            {"parameters", count.parameters},
            {"frozen", count.frozen},
            {"outputs", outputs},
            {"losses", losses}};
}

}  // namespace

Json parameters_json(const std::vector<Freezing>& phases) {
    const Freezing& first = phases.front();
    Json json = {{"total", first.total_parameters},
                 {"trainable", first.trainable_parameters},
                 {"phases", Json::array()}};
    for (std::size_t index = 0; index < phases.size(); ++index) {
        json["phases"].push_back({{"phase", index + 1}, {"trainable", phases[index].trainable_parameters}});
    }
    return json;
}

Json describe(const Model& model, const std::vector<Freezing>& phases, const std::string& name) {
    const Freezing& freezing = phases.front();
    const std::vector<NamedTensor> tensors = model.tensors();
    const std::set<std::string> frozen(freezing.frozen.begin(), freezing.frozen.end());
    Json stages = Json::array();
    for (const StageReport& stage : model.stages()) {
        const Count count = count_below(tensors, frozen, "backbone.", stage.name);
        stages.push_back({{"name", stage.name},
                          {"output", stage.output},
                          {"parameters", stage.parameters},
                          {"frozen", count.frozen}});
    }
    Json heads = Json::array();
    for (const HeadPart& part : model.heads()) {
        heads.push_back(head_json(model, part, count_below(tensors, frozen, "heads." + part.name + ".", "")));
    }
    return {{"name", name}, {"parameters", parameters_json(phases)}, {"stages", stages}, {"heads", heads}};
}

}  // namespace graft::model
