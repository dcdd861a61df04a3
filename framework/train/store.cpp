// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/store.hpp"

#include <map>

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

const std::string* find_section(const std::vector<CheckpointSection>& sections, const std::string& name) {
    for (const CheckpointSection& candidate : sections) {
        if (candidate.name == name) {
            return &candidate.bytes;
        }
    }
    return nullptr;
}

const std::string& section(const std::vector<CheckpointSection>& sections, const std::string& name,
                           const std::string& source) {
    const std::string* found = find_section(sections, name);
    if (found == nullptr) {
        throw Failure(Category::data, fmt::format("checkpoint {} has no section '{}'", source, name));
    }
    return *found;
}

/// "batches", then every tensor of every state in its order: "STATE.TENSOR".
NamedTensors to_tensors(const PartialEvaluation& evaluation) {
    NamedTensors tensors{{"batches", at::scalar_tensor(evaluation.batches, at::kLong)}};
    for (std::size_t state = 0; state < evaluation.states.size(); ++state) {
        for (std::size_t index = 0; index < evaluation.states[state].size(); ++index) {
            tensors.emplace_back(fmt::format("{}.{}", state, index), evaluation.states[state][index]);
        }
    }
    return tensors;
}

PartialEvaluation evaluation_of(const NamedTensors& tensors, const std::string& source) {
    const std::map<std::string, at::Tensor> named(tensors.begin(), tensors.end());
    if (!named.contains("batches") || named.at("batches").numel() != 1) {
        throw Failure(Category::data, fmt::format("{} does not say how many batches it has seen", source));
    }
    PartialEvaluation evaluation;
    evaluation.batches = named.at("batches").item<std::int64_t>();
    for (std::size_t state = 0; named.contains(fmt::format("{}.0", state)); ++state) {
        MetricState& tensors_of = evaluation.states.emplace_back();
        for (std::size_t index = 0; named.contains(fmt::format("{}.{}", state, index)); ++index) {
            tensors_of.push_back(named.at(fmt::format("{}.{}", state, index)));
        }
    }
    return evaluation;
}

}  // namespace

std::string pack_run(const Progress& progress, const model::Model& model, const Optimizer& optimizer,
                     const PartialEvaluation& evaluation) {
    NamedTensors weights;
    for (const model::NamedTensor& tensor : model.tensors()) {
        weights.emplace_back(tensor.path, tensor.tensor);
    }
    require_finite(weights, progress);
    std::vector<CheckpointSection> sections{{"progress", to_text(progress)},
                                            {"model", model::to_safetensors(on_cpu(weights))},
                                            {"optimizer", model::to_safetensors(on_cpu(optimizer.state()))}};
    if (evaluation.batches > 0) {
        sections.push_back({"evaluation", model::to_safetensors(to_tensors(evaluation))});
    }
    return pack_sections(sections);
}

SavedRun read_run(const fs::path& path) {
    const std::string source = path.string();
    const std::vector<CheckpointSection> sections = unpack_sections(core::read_file(path), source);
    SavedRun run;
    run.progress = progress_from_text(section(sections, "progress", source), source);
    run.model = model::from_safetensors(section(sections, "model", source), source + ", section 'model'");
    run.optimizer =
        model::from_safetensors(section(sections, "optimizer", source), source + ", section 'optimizer'");
    if (const std::string* evaluation = find_section(sections, "evaluation")) {
        const std::string part = source + ", section 'evaluation'";
        run.evaluation = evaluation_of(model::from_safetensors(*evaluation, part), part);
    }
    return run;
}

std::int64_t ended_epochs(const fs::path& path) {
    std::error_code error;
    try {
        return fs::exists(path, error) ? read_run(path).progress.epoch : 0;
    } catch (const Failure&) {
        return 0;  // whoever resumes from it says what is wrong
    }
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
