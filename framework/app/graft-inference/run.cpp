// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/dll/runtime_symbol_info.hpp>

#include "install/run_plugins.hpp"
#include "jobs/run_files.hpp"
#include "model/save.hpp"
#include "pipeline/pipeline.hpp"
#include "plugin/registry.hpp"
#include "source.hpp"

namespace graft::inference {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

class Run : public ModelSource {
public:
    Run(std::unique_ptr<plugin::Registry> registry, const std::string& folder, const at::Device& device)
        : registry_(std::move(registry)), model_(model::load_model(folder, *registry_)), device_(device) {
        model_.to(device_);
    }

    const image::Preprocess& preprocess() const override { return model_.preprocess(); }

    std::vector<Output> outputs() const override {
        std::vector<Output> outputs;
        for (const model::HeadPart& head : model_.heads()) {
            for (const TargetSchema& prediction : head.predictions) {
                outputs.push_back({head.name, prediction});
            }
        }
        return outputs;
    }

    std::vector<prediction::PicturePrediction> predict(
        const std::vector<data::Prepared>& pictures) const override {
        return prediction::infer(model_, pictures, device_);
    }

private:
    std::unique_ptr<plugin::Registry> registry_;
    model::Model model_;
    at::Device device_;
};

/// The plugins that came with this library, wherever the program lies that it is part of.
fs::path own_plugins() {
    return fs::path(boost::dll::this_line_location().string()).parent_path() / "graft/plugins";
}

/// The folders that the run's own pipeline.yaml names; other keys of it may be outdated.
std::vector<std::string> plugins_of(const fs::path& run) {
    const std::string file = (run / jobs::run_files::pipeline).string();
    if (!fs::exists(file)) {
        return {};
    }
    core::Problems ignored;
    return pipeline::interpret(pipeline::load_document({file, {}, {}}), file, ignored).plugins;
}

}  // namespace

std::unique_ptr<ModelSource> open_run(const fs::path& run, const at::Device& device,
                                      const std::vector<fs::path>& plugin_folders) {
    fs::path folder = run / jobs::run_files::model;
    if (!fs::exists(folder / model::record_file)) {
        folder = run;
    }
    if (!fs::exists(folder / model::record_file)) {
        throw Failure(Category::data,
                      "'" + run.string() + "' has no model (model/" + model::record_file +
                          "): it is no run that has finished",
                      "name the folder of a finished run, or a file of `graft export --to torchscript`");
    }
    std::vector<std::string> given;
    given.reserve(plugin_folders.size());
    for (const fs::path& one : plugin_folders) {
        given.push_back(one.string());
    }
    std::vector<fs::path> folders = catalog::plugin_folders(given, plugins_of(run));
    folders.push_back(own_plugins());
    catalog::Catalog catalog(std::move(folders), catalog::host_stamp());
    core::throw_if_any(Category::plugin, catalog.problems());
    const install::RunPlugins carried(run);
    const auto is_carried = [&](const fs::path& one) {
        std::error_code failed;
        return fs::equivalent(one, run / jobs::run_files::plugins, failed);
    };
    if (std::any_of(plugin_folders.begin(), plugin_folders.end(), is_carried)) {
        std::vector<std::string> ignored;  // a program that names the folder first wants it first
        carried.trusted(catalog, ignored);
    }
    carried.require(
        catalog,
        [](const std::string& kind, const std::string&) { return kind == "backbone" || kind == "head"; },
        "LoadOptions::plugin_folders or GRAFT_PLUGIN_PATH with that folder loads it");
    return std::make_unique<Run>(std::make_unique<plugin::Registry>(std::move(catalog)), folder.string(),
                                 device);
}

}  // namespace graft::inference
