// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <map>
#include <set>
#include <string>

#include "command.hpp"
#include "composition.hpp"
#include "core/problem.hpp"
#include "device.hpp"
#include "fetching.hpp"
#include "loaders.hpp"
#include "model/weights.hpp"
#include "train/backend.hpp"

namespace graft::engine {
namespace {

using core::Json;

/// What was looked at for one pipeline and serves the others.
struct Known {
    std::map<std::string, at::Device> devices;
    std::set<std::string> weights;  ///< by the backbone's section
};

/// All that a run does before it makes its folder.
void prepare(const CommandContext& context, const Json& request, Known& known) {
    Composition made = compose(context, asked_pipeline(request));
    const std::string& device = made.pipeline.train.device;
    if (!known.devices.contains(device)) {
        known.devices.emplace(device, take_device(context.resources, device));
    }
    train::check_precision(known.devices.at(device), made.pipeline.train);
    const Loaders loaders = open_loaders(made, 1);
    balance_losses(made, loaders, nullptr);
    const std::string weights = pipeline::emit(made.pipeline.backbone.use.section);
    if (!known.weights.contains(weights)) {
        model::load_weights(made.model, made.pipeline.backbone, fetch_control(context));
        known.weights.insert(weights);
    }
}

}  // namespace

int validate(CommandContext& context) {
    Json problems = Json::array();
    Known known;
    const Json pipelines = context.request.value("pipelines", Json::array());
    for (std::size_t index = 0; index < pipelines.size() && !context.stop; ++index) {
        try {
            prepare(context, pipelines[index], known);
        } catch (const core::Failure& failure) {
            problems.push_back({{"pipeline", index},
                                {"category", static_cast<int>(failure.category())},
                                {"text", failure.what()}});
        }
    }
    if (context.stop) {
        return core::exit_interrupted;
    }
    context.events.emit({"result", {{"problems", problems}}});
    return 0;
}

}  // namespace graft::engine
