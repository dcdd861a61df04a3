// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "composition.hpp"
#include "contact_sheets.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "data/survey.hpp"
#include "device.hpp"
#include "jobs/run_files.hpp"
#include "mask_folder.hpp"
#include "prediction/answers.hpp"
#include "run_data.hpp"
#include "shown_pictures.hpp"
#include "trained_model.hpp"

namespace graft::engine {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

/// What the picture's files are called.
std::string stem_of(const std::string& name) {
    return name == piped_image ? "standard-input" : name;
}

core::Json heads_with_several(const prediction::PicturePrediction& prediction) {
    core::Json names = core::Json::array();
    for (const prediction::HeadAnswer& one : prediction) {
        if (!one.only_one && std::find(names.begin(), names.end(), one.head) == names.end()) {
            names.push_back(one.head);
        }
    }
    return names;
}

class Predictor {
public:
    Predictor(CommandContext& context, const model::Model& model, const at::Device& device,
              ContactSheets& sheets)
        : context_(context), model_(model), device_(device), masks_(context.text("masks")), sheets_(sheets) {}

    /// Predicts a chunk, one event an image in the order given; returns how many could be read.
    std::size_t chunk(std::span<const GivenPicture> shown, std::vector<Opened> opened) {
        std::vector<data::Prepared> pictures;
        for (std::size_t index = 0; index < shown.size(); ++index) {
            if (opened[index].picture) {
                pictures.push_back(std::move(*opened[index].picture));
                survey_.note(shown[index].name, pictures.back().traits);
            }
        }
        const auto predictions = pictures.empty() ? std::vector<prediction::PicturePrediction>{}
                                                  : prediction::infer(model_, pictures, device_);
        std::size_t next = 0;
        for (std::size_t index = 0; index < shown.size(); ++index) {
            const std::string& name = shown[index].name;
            if (!opened[index].picture) {
                context_.events.emit(
                    {"prediction", {{"image", core::name_to_text(name)}, {"error", opened[index].error}}});
                continue;
            }
            tell(name, predictions[next]);
            sheets_.add({core::name_to_text(fs::path(stem_of(name)).filename().string()),
                         pictures[next].original,
                         predictions[next],
                         {}});
            ++next;
        }
        return next;
    }

    /// What the pictures have in common.
    std::vector<std::string> notes() const { return survey_.notes(model_.preprocess(), {}, true); }

private:
    void tell(const std::string& name, const prediction::PicturePrediction& prediction) {
        const auto write_mask = [&](const std::string& answer, const cv::Mat& classes) {
            return masks_.write(stem_of(name), answer, classes);
        };
        context_.events.emit({"prediction",
                              {{"image", core::name_to_text(name)},
                               {"heads", prediction::to_json(prediction, write_mask)},
                               {"several", heads_with_several(prediction)}}});
    }

    CommandContext& context_;
    const model::Model& model_;
    at::Device device_;
    MaskFolder masks_;
    data::Survey survey_;
    ContactSheets& sheets_;
};

/// Predicts everything; while the network works on some pictures, the next ones are read. How many were read.
std::size_t predict_all(CommandContext& context, const std::vector<GivenPicture>& shown,
                        const image::Preprocess& preprocess, Predictor& predictor) {
    const auto threads = static_cast<std::size_t>(loader_threads(context.resources, 0));
    const auto chunk_from = [&](std::size_t first) {
        return std::span(shown).subspan(first, std::min(prediction::pictures_a_batch, shown.size() - first));
    };
    const auto open_from = [&](std::size_t first) {
        return std::async(std::launch::async, open_all, chunk_from(first), std::cref(preprocess), threads);
    };
    std::size_t read = 0;
    std::future<std::vector<Opened>> coming = open_from(0);
    for (std::size_t first = 0; first < shown.size() && !context.stop;
         first += prediction::pictures_a_batch) {
        std::vector<Opened> opened = coming.get();
        if (first + prediction::pictures_a_batch < shown.size()) {
            coming = open_from(first + prediction::pictures_a_batch);
        }
        read += predictor.chunk(chunk_from(first), std::move(opened));
    }
    return read;
}

}  // namespace

int predict(CommandContext& context) {
    const std::string run = jobs::find_run(context.text("run"));
    const bool has_data = !context.texts("sets").empty();
    std::vector<GivenPicture> shown = has_data
                                          ? std::vector<GivenPicture>()
                                          : gather(context.texts("images"), context.text("standard_input"));
    auto registry = open_run_registry(context, run);
    model::Model model = open_model(context, run, *registry);
    // A picture or two are seen before a GPU is ready: it must be asked for.
    const at::Device device = take_device(context.resources, "cpu");
    model.to(device);
    data::Subset subset;
    if (has_data) {
        subset = choose_subset(find_run_data(context, read_run_pipeline(context, run), *registry), model, "");
        shown = gather(subset);
    }
    ContactSheets sheets(
        context.text("picture"), context.flag("all_sheets"),
        fmt::format("{}: {} images", core::name_to_text(fs::path(run).filename().string()), shown.size()));
    Predictor predictor(context, model, device, sheets);
    const std::size_t read = predict_all(context, shown, model.preprocess(), predictor);
    sheets.finish(shown.size() == 1);
    for (const auto& notes : {predictor.notes(), sheets.notes()}) {
        for (const std::string& note : notes) {
            context.warn(note);
        }
    }
    context.events.emit({"result",
                         {{"images", shown.size()},
                          {"failed", shown.size() - read},
                          {"picture", sheets.written() == 0 ? "" : context.text("picture")},
                          {"sheets", sheets.written()}}});
    if (context.stop) {
        return core::exit_interrupted;
    }
    return read == shown.size() ? 0 : static_cast<int>(Category::data);
}

}  // namespace graft::engine
