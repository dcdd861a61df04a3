// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "trained_model.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "core/problem.hpp"
#include "core/text.hpp"
#include "jobs/run_files.hpp"
#include "model/freeze.hpp"
#include "model/save.hpp"
#include "model/weights.hpp"
#include "train/store.hpp"

namespace graft::engine {
namespace {

namespace fs = std::filesystem;
namespace run_files = jobs::run_files;

/// "runs/x was interrupted"; of a status that says nothing "runs/x has not finished".
std::string how_it_stands(const std::string& run, const std::string& status) {
    if (status == "interrupted" || status == "killed") {
        return run + " was " + status;
    }
    return run + (status == "failed"    ? " failed"
                  : status == "running" ? " is still running"
                                        : " has not finished");
}

}  // namespace

model::Model open_model(const CommandContext& context, const std::string& run, plugin::Registry& registry) {
    const std::string folder = jobs::run_file(run, run_files::model);
    const std::string best = jobs::run_file(run, run_files::best_checkpoint);
    const std::string status = jobs::state_of(run).status;
    const bool has_model = fs::exists(fs::path(folder) / model::record_file);
    if (has_model && (status == "finished" || !fs::exists(best))) {
        return model::load_model(folder, registry);
    }
    const std::string go_on = status == "running"
                                  ? "wait until it has ended"
                                  : fmt::format("`graft run --resume {}` goes on", core::shell_word(run));
    if (!fs::exists(best)) {
        throw core::Failure(core::Category::data,
                            how_it_stands(run, status) + " before its first epoch ended: it has no model yet",
                            go_on);
    }
    const train::SavedRun saved = train::read_run(best);
    if (saved.record.empty()) {
        throw core::Failure(core::Category::data,
                            how_it_stands(run, status) +
                                " with checkpoints of an earlier version of graft, " +
                                "which do not describe the model",
                            go_on);
    }
    context.warn(fmt::format("{}: its best epoch so far is used, epoch {} ({}); {}",
                             how_it_stands(run, status), saved.progress.epoch, run_files::best_checkpoint,
                             go_on));
    model::Model model = model::model_from_record(saved.record, best + ", section 'record'", registry);
    model::load_tensors(model, saved.model, best);
    model.to(at::kCPU);
    model::set_mode(model, {}, false);
    return model;
}

}  // namespace graft::engine
