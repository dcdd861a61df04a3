// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "run_data.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/problem.hpp"
#include "data/splits.hpp"
#include "jobs/run_files.hpp"

namespace graft::engine {
namespace {

using core::Category;
using core::Failure;

/// Why a key of the host below `data` cannot be replaced for a trained model.
std::string reason_against(const std::string& key) {
    static const std::map<std::string, std::string> reasons = {
        {"use", "the model knows the targets of its own data set; train again for those of another"},
        {"split", "a split is chosen with `graft eval --split NAME`"},
        {"image", "the model sees pictures as it did in training"},
        {"augment", "only training pictures are changed"},
        {"orientation", "the model's targets say so already"},
        {"exclude", "it names samples of the run's own data"},
        {"relabel", "it names samples of the run's own data"}};
    const auto found = reasons.find(key);
    return found == reasons.end() ? "it says how the training was done" : found->second;
}

/// Nothing, or what is wrong with replacing this path.
std::string complaint_about(const std::string& path) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    if (path.substr(0, dot) != "data") {
        return "'" + path + "' is no option of the data set, and a trained model keeps all else";
    }
    const std::string rest = path.substr(std::min(dot + 1, path.size()));
    const std::string key = rest.substr(0, rest.find('.'));
    if (key.empty()) {
        return "which option of the data set?";
    }
    const std::vector<std::string>& host = pipeline::host_keys("dataset");
    const bool known = std::find(host.begin(), host.end(), key) != host.end();
    return known && key != "bad_images"
               ? fmt::format("'data.{}' cannot be replaced: {}", key, reason_against(key))
               : "";
}

void check_sets(const std::vector<std::string>& sets) {
    core::Problems problems;
    for (const std::string& set : sets) {
        const std::string path = set.substr(0, set.find('='));
        const std::string complaint = complaint_about(path);
        if (!complaint.empty()) {
            problems.push_back({{"--set " + path, 0, 1, set},
                                complaint,
                                "--set replaces options of the data set: --set data.root=more/photographs"});
        }
    }
    core::throw_if_any(Category::pipeline, problems);
}

/// The data set's folder becomes another.
void replace_root(const pipeline::Use& use, const OptionTable& table, const std::string& root,
                  Options& options) {
    const bool declared =
        std::any_of(table.begin(), table.end(), [](const OptionSpec& spec) { return spec.name == "root"; });
    if (!declared) {
        throw Failure(Category::pipeline,
                      fmt::format("--data names a folder, but the data set {} has no option 'root'", use.id),
                      "leave --data out");
    }
    auto values = options.values();
    values["root"] = root;
    options = Options(std::move(values));
}

}  // namespace

pipeline::Pipeline read_run_pipeline(const CommandContext& context, const std::string& run) {
    const std::vector<std::string> sets = context.texts("sets");
    check_sets(sets);
    core::Problems problems;
    const std::string file = jobs::run_file(run, jobs::run_files::pipeline);
    pipeline::Pipeline pipeline = pipeline::interpret(
        pipeline::load_document({file, sets, pipeline::process_environment()}), file, problems);
    core::throw_if_any(Category::pipeline, problems);
    return pipeline;
}

RunData find_run_data(const CommandContext& context, pipeline::Pipeline pipeline,
                      plugin::Registry& registry) {
    core::Problems problems;
    RunData data;
    data.pipeline = std::move(pipeline);
    const pipeline::Use& use = data.pipeline.data.use;
    data.component = registry.find("dataset", use.id, use.place, problems);
    core::throw_if_any(Category::plugin, problems);
    const OptionTable table = data.component.options(use.place);
    data.options = pipeline::read_options(use, "dataset", table, problems);
    const std::string root = context.text("data");
    if (!root.empty()) {
        replace_root(use, table, root, data.options);
    }
    core::throw_if_any(Category::pipeline, problems);
    const std::vector<std::string> sets = context.texts("sets");
    data.replaced = !root.empty() || std::any_of(sets.begin(), sets.end(), [](const std::string& set) {
        return !set.starts_with("data.bad_images=");
    });
    pipeline::SplitRule& split = data.pipeline.data.split;
    if (!data.replaced && !split.is_given) {
        std::vector<std::string> notes;  // the run has told them
        split = data::found_splits(split, data.component.split_names(data.options, use.place), notes);
    }
    return data;
}

data::Subset choose_subset(const RunData& data, const model::Model& model, const std::string& split) {
    const pipeline::SplitRule& rule = data.pipeline.data.split;
    const auto open = [&](const std::string& name) {
        return open_dataset(data.component, data.options, name, model, data.pipeline.data.use.place);
    };
    if (data.replaced) {
        return data::all_of(open(split));
    }
    if (rule.by_fraction && split == "all") {
        data::Subset subset = data::all_of(open(""));
        data::Corrections(data.pipeline.data, model.schema()).apply(subset, "");
        return subset;
    }
    const data::Splits splits = open_splits(data.pipeline, data.component, data.options, model);
    const std::string wanted = split.empty() ? "val" : split;
    for (const auto& [name, subset] :
         {std::pair{"train", &splits.train}, {"val", &splits.val}, {"test", &splits.test}}) {
        if (wanted == name && !subset->indices.empty()) {
            return *subset;
        }
    }
    throw Failure(Category::pipeline, "the run has no split '" + wanted + "'",
                  "its splits: train, val, test as data.split names them");
}

}  // namespace graft::engine
