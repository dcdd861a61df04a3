// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "kept_features.hpp"

#include <algorithm>
#include <filesystem>
#include <variant>
#include <vector>

#include "core/hash.hpp"
#include "core/problem.hpp"
#include "model/freeze.hpp"

namespace graft::engine {
namespace {

namespace fs = std::filesystem;

/// How many stages each phase froze, as far as they serve.
std::vector<std::size_t> frozen_stages(const pipeline::Pipeline& pipeline, const model::Model& model,
                                       const std::function<bool(std::size_t)>& serves) {
    std::vector<std::size_t> stages;
    for (const pipeline::Phase& phase : pipeline.train.phases) {
        core::Problems ignored;  // a trained model may have fewer parts, such as no losses
        const std::size_t frozen = model::plan_freeze(model, phase, ignored).frozen_stages;
        stages.push_back(serves(frozen) ? frozen : 0);
    }
    return stages;
}

/// The most stages whose features are there: some phase froze them as the model has them now. Else those that
/// the last phase froze, which are to be filled.
std::size_t best_cut(const std::vector<std::size_t>& stages, const train::FeatureReuse& reuse) {
    std::size_t best = 0;
    for (const std::size_t frozen : stages) {
        best = frozen > best && reuse.has_table(frozen) ? frozen : best;
    }
    return best > 0 || stages.empty() ? best : stages.back();
}

}  // namespace

std::unique_ptr<features::FeatureStore> open_store(const pipeline::Features& wanted) {
    const fs::path folder = wanted.folder.empty() ? features::default_folder(pipeline::process_environment())
                                                  : fs::path(wanted.folder);
    constexpr double gibibyte = 1024.0 * 1024 * 1024;
    if (folder.empty()) {
        throw core::Failure(core::Category::system, "there is no HOME to keep them in",
                            "name a folder with features.folder");
    }
    return std::make_unique<features::FeatureStore>(folder,
                                                    static_cast<std::uint64_t>(wanted.limit * gibibyte));
}

std::string hash_of_code(const plugin::Registry& registry, const model::Model& model,
                         features::FileIndex& files) {
    core::Hasher hasher;
    const auto add = [&](const fs::path& path) {
        std::error_code error;
        if (fs::is_regular_file(path, error)) {
            const std::uint64_t content = files.content_or_read(path);
            hasher.add(&content, sizeof(content));
        }
    };
    if (const auto* file = registry.catalog().find("backbone", model.backbone_id())) {
        add(file->path);
    }
    for (const auto& [name, value] : model.backbone_options().values()) {
        if (const auto* text = std::get_if<std::string>(&value)) {
            add(*text);
        }
    }
    return hasher.hex();
}

KeptFeatures::KeptFeatures(const pipeline::Pipeline& pipeline, const model::Model& model,
                           const plugin::Registry& registry, data::Loader& loader, const at::Device& device,
                           core::EventSink& events, const std::function<bool(std::size_t)>& serves)
    : source_(&loader) {
    const std::vector<std::size_t> stages = frozen_stages(pipeline, model, serves);
    const bool freezes = std::any_of(stages.begin(), stages.end(), [](std::size_t each) { return each > 0; });
    if (pipeline.features.cache == "off" || !freezes) {
        return;
    }
    const auto warn = [&events](const std::string& text) { events.emit({"warning", {{"text", text}}}); };
    try {
        store_ = open_store(pipeline.features);
        reuse_.emplace(model, device, *store_, hash_of_code(registry, model, store_->files()),
                       pipeline.features.precision, events);
        stored_.emplace(loader, model, device, *store_, data::KeptViews{}, warn);
        reuse_->add(*stored_);
        model::Freezing freezing;
        freezing.frozen_stages = best_cut(stages, *reuse_);
        reuse_->begin(freezing);
        source_ = &*stored_;
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::system) {
            throw;
        }
        warn(std::string("features of frozen stages cannot be kept, so they are worked out from the "
                         "pictures: ") +
             failure.what());
    }
}

}  // namespace graft::engine
