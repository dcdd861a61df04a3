// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What the page of `graft report` needs of an engine: small pictures of samples, and the network's stages.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <openssl/evp.h>

#include <opencv2/imgproc.hpp>

#include "command.hpp"
#include "composition.hpp"
#include "core/text.hpp"
#include "image/decode.hpp"
#include "image/jpeg_writer.hpp"
#include "jobs/run_files.hpp"
#include "model/describe.hpp"
#include "model/freeze.hpp"
#include "run_data.hpp"
#include "trained_model.hpp"

namespace graft::engine {
namespace {

using core::Json;

constexpr int longer_side = 176;  // pixels, of a thumbnail
constexpr int quality = 78;

std::string base64(const std::string& bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

double reduction(image::Extent original) {
    return std::min(1.0, static_cast<double>(longer_side) /
                             static_cast<double>(std::max(original.width, original.height)));
}

/// {"width","height": of the original; "jpeg": base64}, or {"problem"}.
Json thumbnail(image::PictureReader& reader, const data::Subset& subset, std::int64_t index,
               std::int64_t bits) {
    try {
        const image::Picture picture = reader.read(subset.dataset.image(index), {bits, reduction});
        const double scale = reduction(picture.original);
        const auto side = [&](std::int64_t pixels) {
            return std::max(1, static_cast<int>(static_cast<double>(pixels) * scale + 0.5));
        };
        cv::Mat small;
        cv::resize(picture.pixels, small, {side(picture.original.width), side(picture.original.height)}, 0, 0,
                   cv::INTER_AREA);
        return {{"width", picture.original.width},
                {"height", picture.original.height},
                {"jpeg", base64(image::encode_jpeg(small, quality))}};
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::data) {
            throw;
        }
        return {{"problem", failure.what()}};
    }
}

/// [{"id",...}] in the order asked for; what is no sample of the validation split any more has a problem.
Json pictures_of(const CommandContext& context, const data::Subset& subset, std::int64_t bits) {
    std::map<std::string, std::int64_t> places;
    for (const std::int64_t index : subset.indices) {
        places.emplace(subset.dataset.id(index), index);
    }
    image::PictureReader reader;
    Json pictures = Json::array();
    for (const std::string& name : context.texts("ids")) {
        const std::string id = core::name_to_text(name);  // the request was turned as a whole
        if (context.stop) {
            break;
        }
        const auto found = places.find(id);
        Json picture = found != places.end() ? thumbnail(reader, subset, found->second, bits)
                                             : Json{{"problem", "it is no longer in the validation split"}};
        picture["id"] = id;
        pictures.push_back(std::move(picture));
    }
    return pictures;
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

}  // namespace

int report(CommandContext& context) {
    const std::string run = jobs::find_run(context.text("run"));
    const pipeline::Pipeline pipeline = read_run_pipeline(context, run);
    auto registry = open_registry(context, pipeline.plugins);
    const model::Model model = open_model(context, run, *registry);
    Json result = {{"network", network_of(model, pipeline)}, {"pictures", Json::array()}};
    try {
        const RunData chosen = find_run_data(context, pipeline, *registry);
        result["pictures"] = pictures_of(context, choose_subset(chosen, model, ""), model.preprocess().bits);
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
