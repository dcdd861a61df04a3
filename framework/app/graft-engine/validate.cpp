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

/// All that a run does before it makes its folder. Weights of one description are read once.
void prepare(const CommandContext& context, const Json& request, std::set<std::string>& known_weights) {
    Composition made = compose(context, asked_pipeline(request));
    take_device(context.resources, made.pipeline.train.device);
    const Loaders loaders = open_loaders(made, 1);
    balance_losses(made, loaders, nullptr);
    if (known_weights.insert(pipeline::emit(made.pipeline.backbone.use.section)).second) {
        model::load_weights(made.model, made.pipeline.backbone, fetch_control(context));
    }
}

}  // namespace

int validate(CommandContext& context) {
    Json problems = Json::array();
    std::set<std::string> known_weights;
    const Json pipelines = context.request.value("pipelines", Json::array());
    for (std::size_t index = 0; index < pipelines.size() && !context.stop; ++index) {
        try {
            prepare(context, pipelines[index], known_weights);
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
