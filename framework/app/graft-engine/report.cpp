// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What the page of `graft report` needs of an engine: small pictures of samples, where their answers came
// from, and the network's stages.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "command.hpp"
#include "composition.hpp"
#include "core/text.hpp"
#include "data_survey.hpp"
#include "device.hpp"
#include "drawn_pictures.hpp"
#include "explanations.hpp"
#include "jobs/run_files.hpp"
#include "model/describe.hpp"
#include "model/freeze.hpp"
#include "model/gradcam.hpp"
#include "run_data.hpp"
#include "sample_map.hpp"
#include "small_picture.hpp"
#include "trained_model.hpp"

namespace graft::engine {
namespace {

using core::Json;

/// Pixels of a picture's longer side: of one that is looked at, and of one among many.
constexpr int picture_side = 176;
constexpr int small_picture_side = 80;

Json data_of(const RunData& chosen, const model::Model& model) {
    std::set<std::size_t> targets;
    for (const model::HeadPart& head : model.heads()) {
        targets.insert(head.targets.begin(), head.targets.end());
    }
    return survey_data(open_splits(chosen.pipeline, chosen.component, chosen.options, model), model.schema(),
                       {targets.begin(), targets.end()});
}

Json map_of(CommandContext& context, const Looked& looked, const data::Subset& subset) {
    const std::int64_t most = context.request.value("map", Json::object()).value("samples", std::int64_t(0));
    return most > 0 ? sample_map(context, looked, subset, most) : Json::object();
}

/// Ids of samples on the map, evenly spaced, as many as may have pictures.
std::vector<std::string> ids_on_map(const CommandContext& context, const Json& map) {
    const auto ids = map.value("ids", std::vector<std::string>());
    const std::size_t most = context.request.value("map", Json::object()).value("pictures", std::size_t(0));
    std::vector<std::string> chosen;
    for (std::size_t number = 0; number < std::min(most, ids.size()); ++number) {
        chosen.push_back(ids[number * ids.size() / std::min(most, ids.size())]);
    }
    return chosen;
}

std::vector<std::string> ids_asked(const CommandContext& context, const char* key) {
    std::vector<std::string> ids;
    for (const std::string& name : context.texts(key)) {
        ids.push_back(core::name_to_text(name));  // the request was turned as a whole
    }
    return ids;
}

/// Adds {"id",...} of each once, in the order asked for, and of samples on the map; what is no sample of the
/// validation split any more has a problem.
void add_pictures(const CommandContext& context, const data::Subset& subset, const Places& places,
                  std::int64_t bits, Json& result) {
    image::PictureReader reader;
    std::set<std::string> there;
    for (const auto& [ids, side] : {std::pair{ids_asked(context, "ids"), picture_side},
                                    {ids_asked(context, "small"), small_picture_side},
                                    {ids_on_map(context, result["map"]), small_picture_side}}) {
        for (const std::string& id : ids) {
            if (context.stop || !there.insert(id).second) {
                continue;
            }
            const auto found = places.find(id);
            Json picture = {{"problem", "it is no longer in the validation split"}};
            if (found != places.end()) {
                picture = small_picture(
                    reader, [&] { return subset.dataset.image(found->second); }, bits, side);
            }
            picture["id"] = id;
            result["pictures"].push_back(std::move(picture));
        }
    }
}

/// Stages and heads with `frozen`: a value a phase.
Json network_of(const model::Model& model, const pipeline::Pipeline& pipeline) {
    Json network;
    for (const pipeline::Phase& phase : pipeline.train.phases) {
        core::Problems problems;
        const Json described = model::describe(model, {model::plan_freeze(model, phase, problems)}, "");
        if (network.is_null()) {
            network = {{"stages", described["stages"]}, {"heads", described["heads"]}};
            for (const char* parts : {"stages", "heads"}) {
                for (Json& part : network[parts]) {
                    part["frozen"] = Json::array();
                }
            }
        }
        for (const char* parts : {"stages", "heads"}) {
            for (std::size_t part = 0; part < network[parts].size(); ++part) {
                network[parts][part]["frozen"].push_back(described[parts][part]["frozen"]);
            }
        }
    }
    return network;
}

/// A layer that was asked for serves every head. Throws Failure(pipeline), before anything is read.
void check_layer(const CommandContext& context, const model::Model& model) {
    for (std::size_t head = 0; head < model.heads().size() && !context.text("layer").empty(); ++head) {
        model::stage_with_places(model, head, context.text("layer"));
    }
}

}  // namespace

int report(CommandContext& context) {
    const std::string run = jobs::find_run(context.text("run"));
    const pipeline::Pipeline pipeline = read_run_pipeline(context, run);
    auto registry = open_run_registry(context, run);
    model::Model model = open_model(context, run, *registry);
    // Some tens of pictures are seen before a GPU is ready: it must be asked for.
    const at::Device device = take_device(context.resources, "cpu");
    model.to(device);
    Json result = {{"network", network_of(model, pipeline)},
                   {"pictures", Json::array()},
                   {"gradcam", Json::array()},
                   {"drawn", Json::array()},
                   {"map", Json::object()},
                   {"data", Json::object()}};
    check_layer(context, model);
    try {
        const RunData chosen = find_run_data(context, pipeline, *registry);
        const data::Subset subset = choose_subset(chosen, model, "");
        Places places;
        for (const std::int64_t index : subset.indices) {
            places.emplace(subset.dataset.id(index), index);
        }
        result["data"] = data_of(chosen, model);
        result["map"] = map_of(context, {pipeline, model, *registry, device}, subset);
        add_pictures(context, subset, places, model.preprocess().bits, result);
        result["gradcam"] = explanations(context, model, subset, places, device);
        result["drawn"] = drawn_pictures(context, model, subset, places, device);
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::data && failure.category() != core::Category::pipeline) {
            throw;
        }
        result["no_pictures"] = failure.what();
    }
    context.events.emit({"result", result});
    return context.stop ? core::exit_interrupted : 0;
}

}  // namespace graft::engine
