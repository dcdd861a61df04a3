// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "explanations.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <opencv2/imgproc.hpp>

#include "core/problem.hpp"
#include "core/text.hpp"
#include "data/sample.hpp"
#include "image/geometry.hpp"
#include "jobs/run_files.hpp"
#include "model/gradcam.hpp"
#include "small_picture.hpp"
#include "train/sample_table.hpp"

namespace graft::engine {
namespace {

using core::Json;

constexpr std::size_t explained_at_once = 16;
constexpr int explained_side = 176;           // pixels
constexpr std::int64_t most_cells_told = 32;  // a side of a grid that is told

struct Wanted {
    std::string id;
    data::Prepared picture;
};

/// Of those that are there and can be read.
std::vector<Wanted> prepared(const model::Model& model, const data::Subset& subset, const Places& places,
                             const std::vector<std::string>& ids) {
    std::vector<Wanted> wanted;
    for (const std::string& id : ids) {
        const auto found = places.find(id);
        if (found == places.end()) {
            continue;
        }
        try {
            wanted.push_back({id, data::prepare(subset.dataset.image(found->second), model.preprocess())});
        } catch (const core::Failure& failure) {
            if (failure.category() != core::Category::data) {
                throw;
            }
        }
    }
    return wanted;
}

/// The input's map in the frame of the small picture; below 0 where the network did not look.
cv::Mat moved(const cv::Mat& map, const image::Matrix& to_input, const image::Extent& original,
              const cv::Size& size) {
    const image::Matrix enlarged =
        image::scale_and_shift(static_cast<double>(original.width) / size.width,
                               static_cast<double>(original.height) / size.height, 0, 0);
    // OpenCV counts from the centres of pixels.
    const image::Matrix place =
        image::then(image::then(image::scale_and_shift(1, 1, 0.5, 0.5), image::then(enlarged, to_input)),
                    image::scale_and_shift(1, 1, -0.5, -0.5));
    const cv::Mat matrix(3, 3, CV_64F, const_cast<double*>(place.data()));
    cv::Mat values;
    cv::warpPerspective(map, values, matrix, size, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                        cv::BORDER_REPLICATE);
    cv::Mat seen;
    cv::warpPerspective(cv::Mat::ones(map.size(), CV_8U), seen, matrix, size,
                        cv::INTER_NEAREST | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT, 0);
    values.setTo(-1, seen == 0);
    return values;
}

/// The picture in grey with the map over it in the colours of viridis, whose steps look equally large.
cv::Mat blended(const cv::Mat& picture, const cv::Mat& map) {
    cv::Mat grey;
    cv::cvtColor(picture, grey, cv::COLOR_RGB2GRAY);
    cv::cvtColor(grey, grey, cv::COLOR_GRAY2RGB);
    cv::Mat bytes;
    map.convertTo(bytes, CV_8U, 255);
    cv::Mat colours;
    cv::applyColorMap(bytes, colours, cv::COLORMAP_VIRIDIS);
    cv::cvtColor(colours, colours, cv::COLOR_BGR2RGB);
    cv::Mat both;
    cv::addWeighted(grey, 0.5, colours, 0.5, 0, both);
    grey.copyTo(both, map < 0);
    return both;
}

Json rows_of(const at::Tensor& grid) {
    const bool is_large = grid.size(0) > most_cells_told || grid.size(1) > most_cells_told;
    const at::Tensor told = is_large ? at::adaptive_avg_pool2d(grid.view({1, 1, grid.size(0), grid.size(1)}),
                                                               {std::min(grid.size(0), most_cells_told),
                                                                std::min(grid.size(1), most_cells_told)})
                                           .squeeze(0)
                                           .squeeze(0)
                                     : grid;
    const at::Tensor numbers = told.to(at::kDouble).contiguous();
    const double* number = numbers.const_data_ptr<double>();
    Json rows = Json::array();
    for (std::int64_t row = 0; row < numbers.size(0); ++row) {
        rows.push_back(std::vector<double>(number, number + numbers.size(1)));
        number += numbers.size(1);
    }
    return rows;
}

std::string jpeg_of(const data::Prepared& picture, const at::Tensor& map) {
    const image::Extent& original = picture.motion.original;
    const cv::Mat whole(static_cast<int>(picture.original.size(0)),
                        static_cast<int>(picture.original.size(1)), CV_8UC3,
                        picture.original.mutable_data_ptr());
    cv::Mat small;
    cv::resize(whole, small, small_size(original, explained_side), 0, 0, cv::INTER_AREA);
    const cv::Mat values(static_cast<int>(map.size(0)), static_cast<int>(map.size(1)), CV_32F,
                         map.mutable_data_ptr());
    return as_json(blended(small, moved(values, picture.motion.matrix, original, small.size())),
                   original)["jpeg"];
}

/// The mean of the training targets of a number; so low that nothing is below it where nobody knows.
double usual_number(const Json& record, const std::string& answer) {
    for (const Json& constant : record.value("constants", Json::array())) {
        if (constant.value("name", "") == answer && constant.contains("mean") &&
            constant["mean"].is_number()) {
            return constant["mean"].get<double>();
        }
    }
    return -std::numeric_limits<double>::infinity();
}

/// What Grad-CAM is of.
struct Question {
    const train::Compared& compared;
    std::string layer;  ///< empty: the last one that serves
    double usual = 0;   ///< of a number
};

void explain(const model::Model& model, const Question& question, const at::Device& device,
             const std::vector<Wanted>& wanted, Json& list) {
    const train::Compared& compared = question.compared;
    std::optional<std::size_t> stage;
    if (!question.layer.empty()) {
        stage = model::stage_with_places(model, compared.head, question.layer);
    }
    std::vector<at::Tensor> images;
    images.reserve(wanted.size());
    for (const Wanted& each : wanted) {
        images.push_back(each.picture.image);
    }
    const model::Gradcam found = model::gradcam(model, model.normalized(at::cat(images), device),
                                                {compared.head, compared.prediction, question.usual}, stage);
    for (std::size_t index = 0; index < wanted.size(); ++index) {
        const auto row = static_cast<std::int64_t>(index);
        const auto of_class = static_cast<std::size_t>(found.class_index[row].item<std::int64_t>());
        const std::vector<std::string> classes =
            compared.kind == TargetKind::scalar ? std::vector<std::string>{"a small " + compared.answer.name,
                                                                           "a large " + compared.answer.name}
                                                : compared.answer.classes;
        list.push_back({{"answer", compared.answer.name},
                        {"id", wanted[index].id},
                        {"of", of_class < classes.size() ? classes[of_class] : ""},
                        {"stage", model.backbone().stages()[found.stage].name},
                        {"grid", rows_of(found.grid[row])},
                        {"jpeg", jpeg_of(wanted[index].picture, found.maps[row].contiguous())}});
    }
}

std::vector<std::string> ids_of(const Json& asked) {
    std::vector<std::string> ids;
    for (const std::string& name : asked.value("ids", std::vector<std::string>())) {
        ids.push_back(core::name_to_text(name));  // the request was turned as a whole
    }
    return ids;
}

}  // namespace

Json explanations(const CommandContext& context, const model::Model& model, const data::Subset& subset,
                  const Places& places, const at::Device& device) {
    Json list = Json::array();
    const Json record = jobs::state_of(jobs::find_run(context.text("run"))).record;
    const std::vector<train::Compared> all = train::compared_predictions(model);
    for (const Json& asked : context.request.value("gradcam", Json::array())) {
        const std::string name = core::name_to_text(asked.value("answer", std::string()));
        const auto compared = std::find_if(
            all.begin(), all.end(), [&](const train::Compared& each) { return each.answer.name == name; });
        if (compared == all.end() || !model::can_explain(model, {compared->head, compared->prediction})) {
            continue;
        }
        const std::vector<std::string> ids = ids_of(asked);
        const Question question{*compared, context.text("layer"), usual_number(record, name)};
        for (std::size_t first = 0; first < ids.size() && !context.stop; first += explained_at_once) {
            const std::size_t last = std::min(ids.size(), first + explained_at_once);
            const std::vector<Wanted> wanted = prepared(model, subset, places,
                                                        {ids.begin() + static_cast<std::ptrdiff_t>(first),
                                                         ids.begin() + static_cast<std::ptrdiff_t>(last)});
            if (!wanted.empty()) {
                explain(model, question, device, wanted, list);
            }
        }
    }
    return list;
}

}  // namespace graft::engine
