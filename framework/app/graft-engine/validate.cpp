// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <set>
#include <string>

#include "command.hpp"
#include "composition.hpp"
#include "core/problem.hpp"
#include "device.hpp"
#include "fetching.hpp"
#include "loaders.hpp"
#include "model/weights.hpp"

namespace graft::engine {
namespace {

using core::Json;

/// What was looked at for one pipeline and serves the others.
struct Known {
    std::set<std::string> devices;
    std::set<std::string> weights;  ///< by the backbone's section
};

/// All that a run does before it makes its folder.
void prepare(const CommandContext& context, const Json& request, Known& known) {
    Composition made = compose(context, asked_pipeline(request));
    if (!known.devices.contains(made.pipeline.train.device)) {
        take_device(context.resources, made.pipeline.train.device);
        known.devices.insert(made.pipeline.train.device);
    }
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
