// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "schema.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/text.hpp"
#include "data/splits.hpp"
#include "missing_data.hpp"
#include "pipeline/values.hpp"
#include "target/kind.hpp"

namespace graft::engine {
namespace {

using core::Category;
using core::Failure;
using core::Problems;

bool is_any_spatial(const std::vector<TargetSchema>& schema) {
    return std::any_of(schema.begin(), schema.end(),
                       [](const TargetSchema& target) { return target::kind_of(target).is_spatial(); });
}

/// Targets that no data set may have are a fault of its plugin.
void check_schema(const pipeline::Use& use, const std::vector<TargetSchema>& schema) {
    std::vector<std::string> wrong = target::schema_problems(schema);
    for (const TargetSchema& target : schema) {
        if (wrong.empty() && target::kind_of(target).is_only_predicted()) {
            wrong.push_back(fmt::format("target '{}' is an {}, which is only predicted", target.name,
                                        target::kind_name(target.kind)));
        }
    }
    Problems faults;
    for (const std::string& problem : wrong) {
        faults.push_back({use.place, fmt::format("dataset '{}': {}", use.id, problem),
                          "this is a fault of the plugin; tell its author"});
    }
    core::throw_if_any(Category::plugin, faults);
}

/// Whether a value that the pipeline gives is wrong: then what the option says of targets is not what was
/// meant. A key that nobody knows, and one that is missing, leave the others as they are.
bool has_wrong_value(const pipeline::Use& use, const OptionTable& table) {
    Problems wrong;
    for (const OptionSpec& spec : table) {
        if (const pipeline::Node* node = use.section.find(spec.name)) {
            pipeline::read_value(*node, spec, spec.name, wrong);
        }
    }
    return !wrong.empty();
}

std::optional<std::vector<TargetSchema>> outline_of(const Composition& made) {
    try {
        auto outline = made.dataset.outline(made.dataset_options, made.pipeline.data.use.place);
        const bool fits = outline && target::schema_problems(with_placeholders(*outline, 2)).empty();
        return fits ? outline : std::nullopt;
    } catch (const Failure&) {
        return std::nullopt;  // the options that it needs are among the problems
    }
}

/// A folder that is not there, where nobody gets as far as opening it.
void check_root(const pipeline::Use& use, Problems& problems) {
    const pipeline::Node* root = use.section.find("root");
    if (root == nullptr || !root->is_scalar() || root->scalar.empty() || root->scalar.front() == '~') {
        return;
    }
    std::error_code error;
    if (!std::filesystem::exists(core::text_to_name(root->scalar), error)) {
        problems.push_back(
            {root->place, fmt::format("data.root: there is no folder '{}'", root->scalar), ""});
    }
}

}  // namespace

SchemaRead read_schema(Composition& made, Problems& problems) {
    SchemaRead read;
    const pipeline::Use& use = made.pipeline.data.use;
    made.dataset = use.id.empty() ? plugin::ComponentHandle()
                                  : made.registry->find("dataset", use.id, use.place, problems);
    if (!made.dataset) {
        check_root(use, problems);
        return read;
    }
    const std::size_t before = problems.size();
    const OptionTable table = made.dataset.options(use.place);
    made.dataset_options = pipeline::read_options(use, "dataset", table, problems);
    if (problems.size() > before) {
        check_root(use, problems);
        read.outline = has_wrong_value(use, table) ? std::nullopt : outline_of(made);
        return read;
    }
    pipeline::SplitRule& split = made.pipeline.data.split;
    try {
        if (!split.is_given) {
            split = data::found_splits(split, made.dataset.split_names(made.dataset_options, use.place),
                                       made.split_notes);
        }
        made.schema =
            made.dataset.schema(made.dataset_options, split.by_fraction ? "" : split.train, use.place);
    } catch (const Failure& failure) {
        read.stopped = std::make_unique<Failure>(with_data_page(failure, made.dataset_options));
        read.outline = failure.category() == Category::plugin ? std::nullopt : outline_of(made);
        return read;
    }
    check_schema(use, made.schema);
    if (made.pipeline.data.orientation && !is_any_spatial(made.schema)) {
        problems.push_back({made.pipeline.data.orientation_place,
                            "'data.orientation' has no effect: the data set has no points, boxes or masks",
                            "remove it"});
    }
    made.schema = in_frame(std::move(made.schema), made.pipeline.data);
    read.has_data = true;
    return read;
}

std::vector<TargetSchema> in_frame(std::vector<TargetSchema> schema, const pipeline::Data& data) {
    for (TargetSchema& target : schema) {
        if (data.orientation && target::kind_of(target).is_spatial()) {
            target.frame = *data.orientation;
        }
    }
    return schema;
}

std::vector<TargetSchema> with_placeholders(std::vector<TargetSchema> outline, std::int64_t number) {
    for (TargetSchema& target : outline) {
        const bool has_classes = target.kind == TargetKind::category || target.kind == TargetKind::labels ||
                                 target.kind == TargetKind::mask || target.kind == TargetKind::boxes;
        if (has_classes && target.classes.empty()) {
            for (std::int64_t index = 0; index < number; ++index) {
                target.classes.push_back(fmt::format("class {}", index + 1));
            }
        }
        if (target.kind == TargetKind::points && target.point_count == 0) {
            target.point_count = number;
        }
    }
    return outline;
}

}  // namespace graft::engine
