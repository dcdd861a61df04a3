// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/store.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "train/checkpoint.hpp"

namespace graft::train {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

void require_finite(const NamedTensors& tensors, const Progress& progress) {
    for (const auto& [path, tensor] : tensors) {
        if (tensor.is_floating_point() && !tensor.isfinite().all().item<bool>()) {
            const std::string when =
                progress.step > 0 ? fmt::format("step {} of epoch {}", progress.step, progress.epoch + 1)
                                  : fmt::format("epoch {}", progress.epoch);
            throw Failure(Category::training, fmt::format("{} is no longer finite after {}", path, when),
                          "try a smaller learning rate or a warm-up. The checkpoints are as they were");
        }
    }
}

NamedTensors on_cpu(const NamedTensors& tensors) {
    NamedTensors moved;
    for (const auto& [path, tensor] : tensors) {
        moved.emplace_back(path, tensor.detach().cpu());
    }
    return moved;
}

const std::string& section(const std::vector<Section>& sections, const std::string& name,
                           const std::string& source) {
    for (const Section& candidate : sections) {
        if (candidate.name == name) {
            return candidate.bytes;
        }
    }
    throw Failure(Category::data, fmt::format("checkpoint {} has no section '{}'", source, name));
}

}  // namespace

std::string pack_run(const Progress& progress, const model::Model& model, const Optimizer& optimizer) {
    NamedTensors weights;
    for (const model::NamedTensor& tensor : model.tensors()) {
        weights.emplace_back(tensor.path, tensor.tensor);
    }
    require_finite(weights, progress);
    return pack_sections({{"progress", to_text(progress)},
                          {"model", model::to_safetensors(on_cpu(weights))},
                          {"optimizer", model::to_safetensors(on_cpu(optimizer.state()))}});
}

SavedRun read_run(const fs::path& path) {
    const std::string source = path.string();
    const std::vector<Section> sections = unpack_sections(core::read_file(path), source);
    SavedRun run;
    run.progress = progress_from_text(section(sections, "progress", source), source);
    run.model = model::from_safetensors(section(sections, "model", source), source + ", section 'model'");
    run.optimizer =
        model::from_safetensors(section(sections, "optimizer", source), source + ", section 'optimizer'");
    return run;
}

SavedRun read_run_to_resume(const fs::path& path) {
    std::string problem;
    try {
        return read_run(path);
    } catch (const Failure& failure) {
        problem = failure.what();
    }
    const fs::path best = path.parent_path() / "best";
    std::string remedy = "there is no other checkpoint: begin a new run";
    if (best != path && fs::exists(best)) {
        try {
            const std::int64_t epoch = read_run(best).progress.epoch;
            remedy =
                fmt::format("{} is whole and stands at the end of epoch {}: copy it over {} and resume again",
                            best.string(), epoch, path.string());
        } catch (const Failure& failure) {
            remedy = fmt::format("the best checkpoint cannot be used either ({}): begin a new run",
                                 failure.what());
        }
    }
    throw Failure(Category::data, problem, remedy);
}

}  // namespace graft::train
