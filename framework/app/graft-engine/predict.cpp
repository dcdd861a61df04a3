// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "composition.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "data/survey.hpp"
#include "device.hpp"
#include "inference.hpp"
#include "jobs/run_files.hpp"
#include "mask_folder.hpp"
#include "picture.hpp"
#include "run_data.hpp"
#include "trained_model.hpp"

namespace graft::engine {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

constexpr std::size_t images_a_batch = 16;
constexpr std::size_t tiles_a_sheet = 60;

/// A picture to predict: how it is called, and where it is or why it cannot be had.
struct Shown {
    std::string name;
    std::function<ImageSource()> source;
};

/// Files as given; of a folder everything that is not hidden, sorted: what is no picture gets its error.
std::vector<Shown> gather(const std::vector<std::string>& given) {
    std::vector<fs::path> paths;
    for (const std::string& name : given) {
        if (!fs::is_directory(name)) {
            paths.emplace_back(name);
            continue;
        }
        std::vector<fs::path> found;
        std::error_code error;
        for (fs::recursive_directory_iterator entry(name, error), end; !error && entry != end;
             entry.increment(error)) {
            std::error_code gone;
            if (entry->is_regular_file(gone) && entry->path().filename().string().front() != '.') {
                found.push_back(entry->path());
            }
        }
        if (error) {
            throw Failure(Category::data,
                          fmt::format("the folder '{}' cannot be read to its end: {}", name, error.message()),
                          "mend its permissions, or name the images themselves");
        }
        std::sort(found.begin(), found.end());
        paths.insert(paths.end(), found.begin(), found.end());
    }
    if (paths.empty()) {
        throw Failure(Category::data, "there is no image to look at: the folders named hold no file");
    }
    std::vector<Shown> shown;
    for (const fs::path& path : paths) {
        shown.push_back({path.string(), [path] { return ImageSource(path); }});
    }
    return shown;
}

/// Every sample of other data, by the names that its data set gives; records that it refuses, too.
std::vector<Shown> gather(const data::Subset& subset) {
    std::vector<Shown> shown;
    for (const std::int64_t index : subset.indices) {
        shown.push_back({subset.dataset.id(index), [&subset, index] { return subset.dataset.image(index); }});
    }
    for (const DataProblem& problem : subset.dataset.problems()) {
        if (problem.record) {
            shown.push_back({problem.place,
                             [problem]() -> ImageSource { throw Failure(Category::data, problem.message); }});
        }
    }
    if (shown.empty()) {
        throw Failure(Category::data, "there is no image to look at: the data set is empty");
    }
    return shown;
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
    std::size_t chunk(const std::vector<Shown>& shown) {
        std::vector<data::Prepared> pictures;
        std::vector<std::string> errors(shown.size());
        for (std::size_t index = 0; index < shown.size(); ++index) {
            try {
                pictures.push_back(data::prepare(shown[index].source(), model_.preprocess()));
                survey_.note(shown[index].name, pictures.back().traits);
            } catch (const Failure& failure) {
                if (failure.category() != Category::data) {
                    throw;
                }
                errors[index] = failure.what();
            }
        }
        const auto predictions =
            pictures.empty() ? std::vector<PicturePrediction>{} : infer(model_, pictures, device_);
        std::size_t next = 0;
        for (std::size_t index = 0; index < shown.size(); ++index) {
            core::Json fields = {{"image", core::name_to_text(shown[index].name)}};
            if (!errors[index].empty()) {
                fields["error"] = errors[index];
            } else {
                fields["heads"] =
                    to_json(predictions[next], [&](const std::string& name, const cv::Mat& classes) {
                        return masks_.write(shown[index].name, name, classes);
                    });
                fields["several"] = heads_with_several(predictions[next]);
                if (!context_.text("picture").empty() && tiles.size() < tiles_a_sheet) {
                    tiles.push_back({core::name_to_text(fs::path(shown[index].name).filename().string()),
                                     pictures[next].original,
                                     predictions[next],
                                     {}});
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
    const std::string run = jobs::find_run(context.text("run"));
    const bool has_data = !context.texts("sets").empty();
    std::vector<Shown> shown = has_data ? std::vector<Shown>() : gather(context.texts("images"));
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
    Predictor predictor(context, model, device);
    std::size_t read = 0;
    for (std::size_t first = 0; first < shown.size() && !context.stop; first += images_a_batch) {
        const std::size_t last = std::min(shown.size(), first + images_a_batch);
        read += predictor.chunk({shown.begin() + static_cast<std::ptrdiff_t>(first),
                                 shown.begin() + static_cast<std::ptrdiff_t>(last)});
    }
    for (const std::string& note : predictor.notes()) {
        context.warn(note);
    }
    const std::string picture = context.text("picture");
    if (!picture.empty() && shown.size() == 1 && read == 1) {
        write_card(predictor.tiles.front(), picture);
    } else if (!picture.empty() && !predictor.tiles.empty()) {
        write_sheet(predictor.tiles, fmt::format("{}: {} images", fs::path(run).filename().string(), read),
                    picture);
    }
    context.events.emit({"result",
                         {{"images", shown.size()},
                          {"failed", shown.size() - read},
                          {"picture", predictor.tiles.empty() ? "" : picture}}});
    if (context.stop) {
        return core::exit_interrupted;
    }
    return read == shown.size() ? 0 : static_cast<int>(Category::data);
}

}  // namespace graft::engine
