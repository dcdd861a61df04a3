// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "audit_findings.hpp"
#include "audit_samples.hpp"
#include "audit_sheets.hpp"
#include "audit_tables.hpp"
#include "command.hpp"
#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "jobs/run_files.hpp"
#include "model/compose.hpp"
#include "shown.hpp"
#include "solve/path.hpp"

namespace graft::engine {
namespace {

namespace fs = std::filesystem;
using core::Json;

constexpr const char* report_name = "audit.json";
constexpr const char* exclude_name = "exclude.csv";
constexpr const char* relabel_name = "relabel.csv";

/// Rows that somebody has looked through are not replaced by others.
void check_out(const CommandContext& context) {
    for (const char* name : {report_name, exclude_name, relabel_name}) {
        const fs::path file = fs::path(context.text("out")) / name;
        std::error_code error;
        if (fs::exists(file, error) && !context.flag("force")) {
            throw core::Failure(core::Category::pipeline, fmt::format("'{}' is there already", file.string()),
                                "--out names another folder; --force replaces what an audit left there");
        }
    }
}

bool has_weights(const pipeline::Pipeline& pipeline, plugin::Registry& registry) {
    core::Problems ignored;
    const pipeline::Use& use = pipeline.backbone.use;
    const plugin::ComponentHandle component = registry.find("backbone", use.id, use.place, ignored);
    return pipeline.backbone.weights != "none" || (component && component.has_own_weights());
}

/// Of a run whose backbone began with weights, that backbone: one that was trained on wrong labels may have
/// learnt them by heart.
Shown shown_to_audit(CommandContext& context) {
    const std::string given = context.text("run");
    if (given.empty()) {
        Shown shown = shown_by_pipeline(context, context.text("pipeline"));
        if (!has_weights(shown.pipeline, *shown.registry)) {
            context.warn(
                "the backbone has random weights (weights: none): what is said of labels, outliers and "
                "pictures that are alike rests on features of noise; name weights, or audit a run");
        }
        return shown;
    }
    const std::string run = jobs::find_run(given);
    Shown trained = shown_by_run(context, run);
    return has_weights(trained.pipeline, *trained.registry)
               ? shown_by_pipeline(context, jobs::run_file(run, jobs::run_files::pipeline))
               : std::move(trained);
}

/// [{"what","given","expected"}] where the pipeline replaces what the weights were trained with.
Json normalization_json(const Shown& shown) {
    Json list = Json::array();
    if (shown.pipeline.backbone.weights == "none") {
        return list;
    }
    const Normalization given = shown.model.preprocess().normalization;
    const Normalization expected = model::normalization_of_weights(shown.pipeline, *shown.registry);
    constexpr double rounding = 0.005;
    const auto differ = [](const auto& one, const auto& other) {
        return !std::equal(one.begin(), one.end(), other.begin(),
                           [](double left, double right) { return std::abs(left - right) <= rounding; });
    };
    if (differ(given.mean, expected.mean)) {
        list.push_back({{"what", "mean"}, {"given", given.mean}, {"expected", expected.mean}});
    }
    if (differ(given.std, expected.std)) {
        list.push_back({{"what", "std"}, {"given", given.std}, {"expected", expected.std}});
    }
    return list;
}

Json counts_of(const AuditSamples& samples) {
    Json counts = Json::object();
    for (const std::string& split : samples.splits) {
        counts[split] = counts.value(split, 0) + 1;
    }
    return counts;
}

/// What could not be read; samples by their ids.
Json unreadable(const AuditSamples& samples) {
    Json list = samples.skipped;
    for (Json& entry : list) {
        if (entry["sample"].get<bool>()) {
            entry["id"] = entry["file"];
        }
    }
    return list;
}

/// Names of targets that nothing here judges.
Json not_judged(const AuditSamples& samples) {
    Json names = Json::array();
    for (const TargetSchema& target : samples.targets) {
        if (target.kind != TargetKind::category && target.kind != TargetKind::scalar &&
            target.kind != TargetKind::points) {
            names.push_back(target.name);
        }
    }
    return names;
}

/// A judge must have seen neither the sample nor others of its group, nor the same picture. Where there are
/// few groups, they are not heeded.
std::vector<std::string> together(const AuditSamples& samples, const std::vector<audit::Group>& same) {
    constexpr std::size_t fewest_groups = 20;
    const bool are_many =
        std::set<std::string>(samples.groups.begin(), samples.groups.end()).size() >= fewest_groups;
    std::vector<std::string> names = are_many ? samples.groups : samples.ids;
    for (const audit::Group& group : same) {
        for (const std::size_t sample : group.samples) {
            names[sample] = names[group.samples.front()];
        }
    }
    return names;
}

Json report_of(const AuditSamples& samples, const Shown& shown, const CommandContext& context) {
    const std::vector<audit::Group> groups = same_pictures(samples);
    const Judging judging = {together(samples, groups), shown.pipeline.seed, &context.stop};
    Json report = {{"samples", counts_of(samples)},
                   {"features", {{"stage", samples.stage}, {"numbers", samples.features.size(1)}}},
                   {"not_judged", not_judged(samples)},
                   {"unreadable", unreadable(samples)},
                   {"normalization", normalization_json(shown)},
                   {"duplicates", duplicates_json(samples, groups)}};
    judge_labels(samples, judging, report);
    judge_values(samples, judging, report);
    judge_points(samples, report);
    find_outliers(samples, report);
    return report;
}

void write(const CommandContext& context, const Shown& shown, const AuditSamples& samples, Json& report) {
    const fs::path out = context.text("out");
    core::make_folder(out);
    const Proposal exclude = propose_exclude(report, shown.pipeline.data);
    const Proposal relabel = propose_relabel(report, shown.pipeline.data);
    core::write_atomically(out / exclude_name, exclude.text);
    core::write_atomically(out / relabel_name, relabel.text);
    report["proposed"] = {{"exclude", {{"file", (out / exclude_name).string()}, {"rows", exclude.added}}},
                          {"relabel", {{"file", (out / relabel_name).string()}, {"rows", relabel.added}}}};
    report["sheets"] = draw_suspects(context, samples, report, shown.model.preprocess().bits, out.string());
    core::write_atomically(out / report_name, core::json_text(report, 2) + "\n");
    report["file"] = (out / report_name).string();
}

}  // namespace

int audit_data(CommandContext& context) {
    check_out(context);
    Shown shown = shown_to_audit(context);
    const auto samples = gather_samples(context, shown);
    if (!samples) {
        return core::exit_interrupted;
    }
    Json report;
    try {
        report = report_of(*samples, shown, context);
    } catch (const solve::Stopped&) {
        return core::exit_interrupted;
    }
    const auto leaks = std::count_if(report["duplicates"].begin(), report["duplicates"].end(),
                                     [](const Json& group) { return group["leak"].get<bool>(); });
    report["leaks"] = leaks;
    write(context, shown, *samples, report);
    context.events.emit({"result", report});
    return leaks > 0 && !context.flag("allow_leaks") ? static_cast<int>(core::Category::data) : 0;
}

}  // namespace graft::engine
