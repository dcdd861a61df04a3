// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "run_features.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>

#include "core/hash.hpp"
#include "core/problem.hpp"

namespace graft::engine {
namespace {

namespace fs = std::filesystem;

/// Of what computes features and is no tensor: the plugin's library and the files that options name, such as
/// a TorchScript archive.
std::string hash_of_code(const Composition& made, features::FileIndex& files) {
    core::Hasher hasher;
    const auto add = [&](const fs::path& path) {
        std::error_code error;
        if (fs::is_regular_file(path, error)) {
            const std::uint64_t content = files.content_or_read(path);
            hasher.add(&content, sizeof(content));
        }
    };
    if (const auto* file = made.registry->catalog().find("backbone", made.model.backbone_id())) {
        add(file->path);
    }
    for (const auto& [name, value] : made.model.backbone_options().values()) {
        if (const auto* text = std::get_if<std::string>(&value)) {
            add(*text);
        }
    }
    return hasher.hex();
}

}  // namespace

RunFeatures::RunFeatures(const Composition& made, Loaders& loaders, const at::Device& device,
                         core::EventSink& events)
    : events_(events),
      train_(loaders.train.get()),
      val_(loaders.val.get()),
      is_augmented_(!made.pipeline.data.augment.empty()) {
    const bool freezes = std::any_of(made.freezing.begin(), made.freezing.end(),
                                     [](const auto& freezing) { return freezing.frozen_stages > 0; });
    if (made.pipeline.features.cache == "off" || !freezes) {
        return;
    }
    try {
        open_store(made, loaders, device);
    } catch (const core::Failure& failure) {
        store_.reset();
        events_.emit(
            {"warning",
             {{"text", std::string("features of frozen stages cannot be kept, so they are worked out "
                                   "anew in every epoch: ") +
                           failure.what()}}});
    }
}

void RunFeatures::open_store(const Composition& made, Loaders& loaders, const at::Device& device) {
    const pipeline::Features& wanted = made.pipeline.features;
    const fs::path folder = wanted.folder.empty() ? features::default_folder(pipeline::process_environment())
                                                  : fs::path(wanted.folder);
    constexpr double gibibyte = 1024.0 * 1024 * 1024;
    if (folder.empty()) {
        throw core::Failure(core::Category::system, "there is no HOME to keep them in",
                            "name a folder with features.folder");
    }
    store_ = std::make_unique<features::Store>(folder, static_cast<std::uint64_t>(wanted.limit * gibibyte));
    reuse_.emplace(made.model, device, *store_, hash_of_code(made, store_->files()), events_);
    const auto warn = [this](const std::string& text) { events_.emit({"warning", {{"text", text}}}); };
    if (loaders.val) {
        val_ = &stored_val_.emplace(*loaders.val, made.model, device, *store_, warn);
        reuse_->add(*stored_val_);
    }
    if (!is_augmented_) {
        train_ = &stored_train_.emplace(*loaders.train, made.model, device, *store_, warn);
        reuse_->add(*stored_train_);
    }
}

void RunFeatures::phase_begins(const model::Freezing& freezing) {
    if (store_ != nullptr) {
        reuse_->begin(freezing);
        tell_of_augmentation(freezing);
    }
}

/// Once, in the first phase that would gain from it.
void RunFeatures::tell_of_augmentation(const model::Freezing& freezing) {
    if (std::exchange(is_augmented_, is_augmented_ && freezing.frozen_stages == 0) &&
        freezing.frozen_stages > 0) {
        events_.emit({"warning",
                      {{"text",
                        "data.augment changes every picture anew, so the frozen stages are run again for "
                        "the training pictures in every epoch; without it, what they give would be kept "
                        "(features: {cache: off} ends this message)"}}});
    }
}

}  // namespace graft::engine
