// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "composition.hpp"
#include "core/problem.hpp"
#include "data/survey.hpp"
#include "device.hpp"
#include "inference.hpp"
#include "mask_folder.hpp"
#include "model/save.hpp"
#include "picture.hpp"
#include "schedule/run_files.hpp"

namespace graft::engine {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

constexpr std::size_t images_a_batch = 16;
constexpr std::size_t tiles_a_sheet = 60;

/// Files as given; of a folder everything that is not hidden, sorted: what is no picture gets its error.
std::vector<fs::path> gather(const std::vector<std::string>& given) {
    std::vector<fs::path> paths;
    for (const std::string& name : given) {
        if (!fs::is_directory(name)) {
            paths.emplace_back(name);
            continue;
        }
        std::vector<fs::path> found;
        for (const auto& entry : fs::recursive_directory_iterator(name)) {
            if (entry.is_regular_file() && entry.path().filename().string().front() != '.') {
                found.push_back(entry.path());
            }
        }
        std::sort(found.begin(), found.end());
        paths.insert(paths.end(), found.begin(), found.end());
    }
    if (paths.empty()) {
        throw Failure(Category::data, "there is no image to look at: the folders named hold no file");
    }
    return paths;
}

core::Json heads_with_several(const PicturePrediction& prediction) {
    core::Json names = core::Json::array();
    for (const HeadAnswer& one : prediction) {
        if (!one.only_one && std::find(names.begin(), names.end(), one.head) == names.end()) {
            names.push_back(one.head);
        }
    }
    return names;
}

class Predictor {
public:
    Predictor(CommandContext& context, const model::Model& model, const at::Device& device)
        : context_(context), model_(model), device_(device), masks_(context.text("masks")) {}

    /// Predicts a chunk, one event an image in the order given; returns how many could be read.
    std::size_t chunk(const std::vector<fs::path>& paths) {
        std::vector<data::Prepared> pictures;
        std::vector<std::string> errors(paths.size());
        for (std::size_t index = 0; index < paths.size(); ++index) {
            try {
                pictures.push_back(data::prepare(paths[index], model_.preprocess()));
                survey_.note(paths[index].string(), pictures.back().traits);
            } catch (const Failure& failure) {
                errors[index] = failure.what();
            }
        }
        const auto predictions =
            pictures.empty() ? std::vector<PicturePrediction>{} : infer(model_, pictures, device_);
        std::size_t next = 0;
        for (std::size_t index = 0; index < paths.size(); ++index) {
            core::Json fields = {{"image", paths[index].string()}};
            if (!errors[index].empty()) {
                fields["error"] = errors[index];
            } else {
                fields["heads"] =
                    to_json(predictions[next], [&](const std::string& name, const cv::Mat& classes) {
                        return masks_.write(paths[index], name, classes);
                    });
                fields["several"] = heads_with_several(predictions[next]);
                if (!context_.text("picture").empty() && tiles.size() < tiles_a_sheet) {
                    tiles.push_back(
                        {paths[index].filename().string(), pictures[next].original, predictions[next], {}});
                }
                ++next;
            }
            context_.events.emit({"prediction", fields});
        }
        return next;
    }

    /// What the pictures have in common.
    std::vector<std::string> notes() const { return survey_.notes(model_.preprocess(), {}, true); }

    std::vector<Tile> tiles;

private:
    CommandContext& context_;
    const model::Model& model_;
    at::Device device_;
    MaskFolder masks_;
    data::Survey survey_;
};

}  // namespace

int predict(CommandContext& context) {
    const std::string run = schedule::find_run(context.text("run"));
    const auto paths = gather(context.texts("images"));
    auto registry = open_run_registry(context, run);
    model::Model model = model::load_model(schedule::run_file(run, schedule::run_files::model), *registry);
    // A picture or two are seen before a GPU is ready: it must be asked for.
    const at::Device device = take_device(context.resources, "cpu");
    model.to(device);
    Predictor predictor(context, model, device);
    std::size_t read = 0;
    for (std::size_t first = 0; first < paths.size() && !context.stop; first += images_a_batch) {
        const std::size_t last = std::min(paths.size(), first + images_a_batch);
        read += predictor.chunk({paths.begin() + static_cast<std::ptrdiff_t>(first),
                                 paths.begin() + static_cast<std::ptrdiff_t>(last)});
    }
    for (const std::string& note : predictor.notes()) {
        context.warn(note);
    }
    const std::string picture = context.text("picture");
    if (!picture.empty() && paths.size() == 1 && read == 1) {
        write_card(predictor.tiles.front(), picture);
    } else if (!picture.empty() && !predictor.tiles.empty()) {
        write_sheet(predictor.tiles, fmt::format("{}: {} images", fs::path(run).filename().string(), read),
                    picture);
    }
    context.events.emit({"result",
                         {{"images", paths.size()},
                          {"failed", paths.size() - read},
                          {"picture", predictor.tiles.empty() ? "" : picture}}});
    if (context.stop) {
        return core::exit_interrupted;
    }
    return read > 0 ? 0 : static_cast<int>(Category::data);
}

}  // namespace graft::engine
