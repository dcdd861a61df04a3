// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "insight/run_left.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "jobs/run_files.hpp"
#include "report/formatting.hpp"

namespace graft::insight {
namespace {

using core::Json;
namespace run_files = jobs::run_files;

std::string read_if_there(const std::string& file) {
    std::error_code error;
    return std::filesystem::exists(file, error) ? core::read_file(file) : "";
}

std::vector<Json> lines_of(const std::string& text) {
    std::vector<Json> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        Json parsed = core::parse_json_or_discard(line);
        if (parsed.is_object()) {  // the last line of a run that is at work may be half there
            lines.push_back(std::move(parsed));
        }
    }
    return lines;
}

}  // namespace

std::int64_t RunLeft::best_epoch() const {
    const Json best = report::inner(record, "best");
    return best.contains("epoch") && best["epoch"].is_number_integer() ? best["epoch"].get<std::int64_t>()
                                                                       : 0;
}

Json RunLeft::best_scores() const {
    return report::inner(report::inner(record, "best"), "metrics");
}

std::string RunLeft::unit(const std::string& score) const {
    const Json units = report::inner(record, "units");
    return units.contains(score) && units[score].is_string() ? units[score].get<std::string>() : "";
}

RunLeft read_run_left(const std::string& folder) {
    jobs::RunState state = jobs::state_of(folder);
    RunLeft run;
    run.folder = folder;
    run.status = state.status;
    run.record = std::move(state.record);
    run.name = report::text(run.record, "name");
    run.epochs = lines_of(read_if_there(jobs::run_file(folder, run_files::metrics)));
    run.pipeline = core::legible(read_if_there(jobs::run_file(folder, run_files::pipeline)));
    const std::string evaluation = jobs::run_file(folder, run_files::evaluation);
    run.evaluation = Json::object();
    std::error_code error;
    if (std::filesystem::exists(evaluation, error)) {
        run.evaluation = core::parse_json_or_discard(core::read_file(evaluation));
        if (!run.evaluation.is_object()) {
            throw core::Failure(core::Category::data, evaluation + " is damaged: it is no JSON object",
                                "put a copy of it back, or remove it: the rest is then shown without");
        }
    }
    run.predictions = read_predictions(folder, run.record);
    return run;
}

void name_apart(std::vector<RunLeft>& runs) {
    std::vector<std::string> names;
    names.reserve(runs.size());
    for (const RunLeft& run : runs) {
        names.push_back(run.name);
    }
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) == names.end() && !names.front().empty()) {
        return;
    }
    for (RunLeft& run : runs) {
        run.name = core::name_to_text(run.folder);
    }
}

}  // namespace graft::insight
