// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/store.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/files.hpp"
#include "core/hash.hpp"
#include "core/problem.hpp"
#include "jobs/run_files.hpp"
#include "model/save.hpp"
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

/// The model's tensors that are frozen, or those that are not.
NamedTensors tensors_of(const model::Model& model, const model::Freezing& freezing, bool frozen) {
    const std::set<std::string> paths(freezing.frozen.begin(), freezing.frozen.end());
    NamedTensors tensors;
    for (const model::NamedTensor& tensor : model.tensors()) {
        if (paths.contains(tensor.path) == frozen) {
            tensors.emplace_back(tensor.path, tensor.tensor);
        }
    }
    return tensors;
}

constexpr std::string_view frozen_prefix = "frozen-";
constexpr std::string_view frozen_suffix = ".safetensors";

std::string frozen_name(const std::string& bytes) {
    core::Hasher hasher;
    hasher.add(bytes);
    return std::string(frozen_prefix) + hasher.hex() + std::string(frozen_suffix);
}

std::string_view text_of(const core::MappedFile& file) {
    return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

bool is_frozen_file(const fs::path& path) {
    const std::string name = path.filename().string();
    return name.starts_with(frozen_prefix) && name.ends_with(frozen_suffix);
}

/// The tensors of the run's model/ that a checkpoint does not hold itself, where they are those of its frozen
/// file; else nothing.
NamedTensors frozen_in_model(const fs::path& checkpoint, const std::string& name, const NamedTensors& own) {
    const fs::path weights = model::weights_below(checkpoint.parent_path().parent_path());
    if (weights.empty()) {
        return {};
    }
    std::map<std::string, at::Tensor> rest;
    for (const auto& [path, tensor] : model::from_safetensors(core::read_file(weights), weights.string())) {
        rest.emplace(path, tensor);
    }
    for (const auto& [path, tensor] : own) {
        rest.erase(path);
    }
    const NamedTensors frozen(rest.begin(), rest.end());
    return frozen_name(model::to_safetensors(frozen)) == name ? frozen : NamedTensors();
}

/// The frozen tensors that a checkpoint refers to, beside those of its own.
NamedTensors read_frozen(const fs::path& checkpoint, const std::string& name, const NamedTensors& own) {
    std::error_code error;
    const fs::path file = checkpoint.parent_path() / name;
    if (!fs::exists(file, error)) {
        NamedTensors frozen = frozen_in_model(checkpoint, name, own);
        if (frozen.empty()) {
            throw Failure(
                Category::data,
                fmt::format("checkpoint {} refers to {}, which is not there; nor are its tensors in "
                            "the run's model/",
                            checkpoint.string(), file.string()));
        }
        return frozen;
    }
    const std::string bytes = core::read_file(file);
    if (frozen_name(bytes) != name) {
        throw Failure(
            Category::data,
            fmt::format("{} is damaged: the hash of its bytes is not the one in its name", file.string()));
    }
    return model::from_safetensors(bytes, file.string());
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

/// Every tensor of every state in its order: "STATE.TENSOR".
NamedTensors to_tensors(const std::vector<MetricState>& states, NamedTensors tensors = {}) {
    for (std::size_t state = 0; state < states.size(); ++state) {
        for (std::size_t index = 0; index < states[state].size(); ++index) {
            tensors.emplace_back(fmt::format("{}.{}", state, index), states[state][index]);
        }
    }
    return tensors;
}

std::vector<MetricState> states_of(const NamedTensors& tensors) {
    const std::map<std::string, at::Tensor> named(tensors.begin(), tensors.end());
    std::vector<MetricState> states;
    for (std::size_t state = 0; named.contains(fmt::format("{}.0", state)); ++state) {
        MetricState& tensors_of = states.emplace_back();
        for (std::size_t index = 0; named.contains(fmt::format("{}.{}", state, index)); ++index) {
            tensors_of.push_back(named.at(fmt::format("{}.{}", state, index)));
        }
    }
    return states;
}

PartialEvaluation evaluation_of(const NamedTensors& tensors, const std::string& source) {
    const std::map<std::string, at::Tensor> named(tensors.begin(), tensors.end());
    if (!named.contains("batches") || named.at("batches").numel() != 1) {
        throw Failure(Category::data, fmt::format("{} does not say how many batches it has seen", source));
    }
    return {named.at("batches").item<std::int64_t>(), states_of(tensors)};
}

}  // namespace

std::string Checkpoints::keep_frozen(const model::Model& model, const model::Freezing& freezing) const {
    const NamedTensors frozen = tensors_of(model, freezing, true);
    if (frozen.empty()) {
        return "";
    }
    const std::string bytes = model::to_safetensors(on_cpu(frozen));
    const std::string name = frozen_name(bytes);
    std::error_code error;
    const fs::path file = folder_ / name;
    if (!fs::exists(file, error) || core::read_file(file) != bytes) {
        core::write_atomically(file, bytes);
    }
    return name;
}

void Checkpoints::save(const Progress& progress, const model::Model& model, const model::Freezing& freezing,
                       const Optimizer& optimizer, const RunKnowledge& known, BestOf best_of) const {
    const NamedTensors weights = tensors_of(model, freezing, false);
    require_finite(weights, progress);
    std::vector<CheckpointSection> sections{{"progress", to_text(progress)},
                                            {"record", model::model_record(model)},
                                            {"model", model::to_safetensors(on_cpu(weights))},
                                            {"optimizer", model::to_safetensors(on_cpu(optimizer.state()))},
                                            {"train statistics", known.train_statistics}};
    if (!known.val_statistics.empty()) {
        sections.push_back({"val statistics", known.val_statistics});
    }
    if (known.evaluation.batches > 0) {
        const NamedTensors batches{{"batches", at::scalar_tensor(known.evaluation.batches, at::kLong)}};
        sections.push_back(
            {"evaluation", model::to_safetensors(to_tensors(known.evaluation.states, batches))});
    }
    if (!known.training.empty()) {
        sections.push_back({"training", model::to_safetensors(to_tensors(known.training))});
    }
    if (best_of.phase && !best_of.run) {
        core::write_atomically(phase_file(), pack_sections(sections));
    }
    if (best_of.run) {
        std::vector<CheckpointSection> more = sections;
        if (known.best) {
            more.push_back({"best", to_text(*known.best)});
        }
        core::write_atomically(best(), pack_sections(more));
    }
    core::write_atomically(last(), pack_sections(sections));
    remove_phase_file_of_others(progress.phase);
    remove_unused_frozen(progress.frozen_file);
}

fs::path Checkpoints::best_of_phase(std::int64_t epoch) const {
    std::error_code error;
    for (const fs::path& path : {best(), phase_file()}) {
        if (fs::exists(path, error) && read_progress(path).epoch == epoch) {
            return path;
        }
    }
    throw Failure(
        Category::data,
        fmt::format("the weights of epoch {}, the best of their phase, were not kept: no phase was to "
                    "begin with them then",
                    epoch),
        "write start: last");
}

/// What another phase left: its own frozen tensors may be gone by now.
void Checkpoints::remove_phase_file_of_others(std::size_t phase) const {
    std::error_code error;
    try {
        if (fs::exists(phase_file(), error) && read_progress(phase_file()).phase != phase) {
            fs::remove(phase_file(), error);
        }
    } catch (const Failure&) {
        return;  // as with a damaged `best`: nothing of it is taken away
    }
}

void Checkpoints::remove_unused_frozen(const std::string& used) const {
    const std::vector<fs::path> files = frozen_files();
    const bool has_others = std::any_of(files.begin(), files.end(),
                                        [&](const fs::path& file) { return file.filename() != used; });
    if (!has_others) {
        return;
    }
    std::error_code error;
    std::string of_best;
    try {
        of_best = fs::exists(best(), error) ? read_progress(best()).frozen_file : "";
    } catch (const Failure&) {
        return;  // a damaged checkpoint may be mended by hand: nothing of it is taken away
    }
    remove_frozen_but({used, of_best});
}

void Checkpoints::leave_frozen_to_model() const {
    std::map<std::string, bool> in_model;  // by the name of the frozen file
    std::error_code error;
    fs::remove(phase_file(), error);
    for (const fs::path& path : {last(), best()}) {
        if (!fs::exists(path, error)) {
            continue;
        }
        const std::string name = read_progress(path).frozen_file;
        if (!name.empty() && !in_model.contains(name)) {
            const core::MappedFile file(path);
            const NamedTensors own =
                model::from_safetensors(unpack_section(text_of(file), "model", path.string()), path.string());
            in_model[name] = !frozen_in_model(path, name, own).empty();
        }
    }
    std::set<std::string> needed;
    for (const auto& [name, is_there] : in_model) {
        if (!is_there) {
            needed.insert(name);
        }
    }
    remove_frozen_but(needed);
}

std::vector<fs::path> Checkpoints::frozen_files() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder_)) {
        if (is_frozen_file(entry.path())) {
            files.push_back(entry.path());
        }
    }
    return files;
}

void Checkpoints::remove_frozen_but(const std::set<std::string>& needed) const {
    std::error_code error;
    for (const fs::path& file : frozen_files()) {
        if (!needed.contains(file.filename().string())) {
            fs::remove(file, error);
        }
    }
}

SavedRun read_run(const fs::path& path) {
    const std::string source = path.string();
    const std::vector<CheckpointSection> sections = unpack_sections(core::read_file(path), source);
    const auto tensors = [&](const std::string& name) {
        return model::from_safetensors(section(sections, name, source), source + ", section '" + name + "'");
    };
    SavedRun run;
    run.progress = progress_from_text(section(sections, "progress", source), source);
    run.model = tensors("model");
    if (!run.progress.frozen_file.empty()) {
        const NamedTensors frozen = read_frozen(path, run.progress.frozen_file, run.model);
        run.model.insert(run.model.end(), frozen.begin(), frozen.end());
    }
    run.optimizer = tensors("optimizer");
    // Format 1 had none of these.
    for (const auto& [name, bytes] : {std::pair{"record", &run.record},
                                      {"train statistics", &run.known.train_statistics},
                                      {"val statistics", &run.known.val_statistics}}) {
        if (const std::string* found = find_section(sections, name)) {
            *bytes = *found;
        }
    }
    if (find_section(sections, "evaluation") != nullptr) {
        run.known.evaluation = evaluation_of(tensors("evaluation"), source + ", section 'evaluation'");
    }
    if (find_section(sections, "training") != nullptr) {
        run.known.training = states_of(tensors("training"));
    }
    if (const std::string* best = find_section(sections, "best")) {
        run.known.best = evaluation_from_text(*best, source);
    }
    return run;
}

Progress read_progress(const fs::path& path) {
    const core::MappedFile file(path);
    return progress_from_text(unpack_section(text_of(file), "progress", path.string()), path.string());
}

fs::path checkpoint_to_resume(const fs::path& run_folder) {
    const Checkpoints checkpoints(jobs::run_file(run_folder.string(), jobs::run_files::checkpoints));
    std::error_code error;
    const bool has_last = fs::exists(checkpoints.last(), error);
    if (!fs::exists(checkpoints.best(), error)) {
        return has_last ? checkpoints.last() : fs::path();
    }
    try {
        const bool is_further =
            !has_last || read_progress(checkpoints.best()).epoch > read_progress(checkpoints.last()).epoch;
        return is_further ? checkpoints.best() : checkpoints.last();
    } catch (const Failure&) {
        return checkpoints.last();  // whoever resumes from it says what is wrong
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
