// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "resumption.hpp"

#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/problem.hpp"
#include "jobs/run_files.hpp"
#include "pipeline/pipeline.hpp"
#include "train/course.hpp"
#include "train/store.hpp"

namespace graft::engine {
namespace {

using core::Json;

using Leaves = std::map<std::string, std::string>;

/// Every value of a document by its path, but what stands below `train`, which check_course looks at, how
/// long the job may take, and what it writes besides.
void add_leaves(const pipeline::Node& node, const std::string& path, Leaves& leaves) {
    if (path == "train" || path == "time_limit" || path == "stall_limit" || path == "outputs") {
        return;
    }
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const auto& [key, value] : node.entries) {
        add_leaves(value, prefix + key, leaves);
    }
    for (std::size_t index = 0; index < node.items.size(); ++index) {
        add_leaves(node.items[index], prefix + std::to_string(index), leaves);
    }
    if (node.entries.empty() && node.items.empty()) {
        std::string value = pipeline::emit(node);
        value.pop_back();  // the newline
        leaves[path] = std::move(value);
    }
}

void check_rest(const pipeline::Node& before, const pipeline::Node& now, core::Problems& problems) {
    Leaves old_leaves;
    Leaves new_leaves;
    add_leaves(before, "", old_leaves);
    add_leaves(now, "", new_leaves);
    std::set<std::string> paths;
    for (const Leaves* leaves : {&old_leaves, &new_leaves}) {
        for (const auto& [path, value] : *leaves) {
            paths.insert(path);
        }
    }
    const auto shown = [](const Leaves& leaves, const std::string& path) {
        const auto found = leaves.find(path);
        return found == leaves.end() ? "not given" : found->second;
    };
    for (const std::string& path : paths) {
        const std::string old_value = shown(old_leaves, path);
        const std::string new_value = shown(new_leaves, path);
        if (old_value != new_value) {
            problems.push_back(
                {{},
                 fmt::format("{} stays as it is when a run goes on: {} → {}", path, old_value, new_value),
                 ""});
        }
    }
}

pipeline::Pipeline read(const std::string& file, const std::vector<std::string>& sets) {
    core::Problems problems;
    const pipeline::Node document = pipeline::load_document({file, sets, pipeline::process_environment()});
    pipeline::Pipeline pipeline = pipeline::interpret(document, file, problems);
    core::throw_if_any(core::Category::pipeline, problems);
    return pipeline;
}

/// Throws for what may not change; tells whether anything of the training does.
bool asks_for_more(const std::string& run, const std::vector<std::string>& sets) {
    const std::string file = jobs::run_file(run, jobs::run_files::pipeline);
    const pipeline::Pipeline before = read(file, {});
    const pipeline::Pipeline now = read(file, sets);
    const std::string checkpoint = train::checkpoint_to_resume(run).string();
    const train::Progress progress =
        checkpoint.empty() ? train::Progress() : train::read_progress(checkpoint);
    const bool tells = !checkpoint.empty() && !progress.course.is_null();
    const Json saved = tells ? progress.course : train::course_of(before);
    core::Problems problems;
    check_rest(before.document, now.document, problems);
    train::check_course(saved, train::course_of(now), progress, problems);
    if (!problems.empty()) {
        problems.push_back({{}, train::may_change_on_resuming, ""});
    }
    core::throw_if_any(core::Category::pipeline, problems);
    return saved != train::course_of(now);
}

}  // namespace

Json begin_resumption(const std::string& run, const std::vector<std::string>& sets) {
    const jobs::RunState state = jobs::state_of(run);
    if (state.status == "killed") {
        jobs::record_death(run, "killed before it could save");
    }
    const bool more = !sets.empty() && asks_for_more(run, sets);
    return state.status == "finished" && !more ? state.record : Json();
}

void require_same_corrections(const std::string& run, const std::vector<data::Correction>& corrections) {
    const Json record = jobs::state_of(run).record;
    const Json before = record.value("data", Json::object()).value("corrections", Json::object());
    core::Problems problems;
    for (const data::Correction& each : corrections) {
        const std::string hash = before.value(each.key, Json::object()).value("sha256", each.sha256);
        if (hash != each.sha256) {
            problems.push_back(
                {{each.file, 0, 0, ""},
                 fmt::format("this table (data.{}) is another one than when the run began: its "
                             "SHA-256 was {}, and is {}",
                             each.key, hash, each.sha256),
                 "put the old one back, or begin a new run with this one"});
        }
    }
    core::throw_if_any(core::Category::pipeline, problems);
}

}  // namespace graft::engine
