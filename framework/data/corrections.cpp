// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/corrections.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/names.hpp"
#include "data/corrected.hpp"
#include "data/splits.hpp"
#include "pipeline/corrections.hpp"

namespace graft::data {

using core::Category;
using core::Failure;

core::Json to_json(const std::vector<Correction>& corrections) {
    core::Json all = core::Json::object();
    for (const Correction& each : corrections) {
        all[each.key] = {{"file", each.file},
                         {"sha256", each.sha256},
                         {"rows", each.rows},
                         {"samples", core::Json(each.samples)}};
    }
    return all;
}

Corrections::Corrections(const pipeline::Data& data, std::vector<TargetSchema> targets)
    : targets_(std::move(targets)) {
    core::Problems problems;
    for (auto [key, table] : {std::pair{"exclude", &exclude_}, {"relabel", &relabel_}}) {
        const pipeline::CorrectionFile file = pipeline::correction_file(data, key);
        if (!file.name.empty()) {
            *table = CorrectionTable{{key, file.name, "", 0, {}}, file.place, {}};
            read_correction_table(targets_, **table, problems);
        }
    }
    core::throw_if_any(Category::data, problems);
}

std::vector<CorrectionRow*> Corrections::meet(std::optional<CorrectionTable>& table, const std::string& id,
                                              const std::string& split) const {
    std::vector<CorrectionRow*> rows;
    const auto found = table ? table->rows.find(id) : decltype(table->rows.end())();
    if (table && found != table->rows.end()) {
        for (CorrectionRow& row : found->second) {
            if (row.split.empty() || split.empty() || row.split == split) {
                row.is_met = true;
                rows.push_back(&row);
            }
        }
    }
    return rows;
}

void Corrections::apply(Subset& subset, const std::string& split) {
    if ((!exclude_ && !relabel_) || subset.indices.empty()) {
        return;
    }
    std::vector<std::int64_t> kept;
    GivenValues given;
    for (const std::int64_t index : subset.indices) {
        const std::string id = subset.dataset.id(index);
        seen_.push_back(id);
        for (const CorrectionRow* row : meet(relabel_, id, split)) {
            given[index].insert(row->values.begin(), row->values.end());
        }
        if (meet(exclude_, id, split).empty()) {
            kept.push_back(index);
        } else {
            given.erase(index);
        }
    }
    if (kept.empty()) {
        throw Failure(
            Category::data,
            core::Problems{{exclude_->place, fmt::format("data.exclude leaves no sample of '{}'", split),
                            fmt::format("look at {}", exclude_->correction.file)}});
    }
    if (exclude_) {
        exclude_->correction.samples[split] = static_cast<std::int64_t>(subset.indices.size() - kept.size());
    }
    if (relabel_) {
        relabel_->correction.samples[split] = static_cast<std::int64_t>(given.size());
    }
    subset.indices = std::move(kept);
    if (!given.empty()) {
        subset.dataset = with_values(subset.dataset, std::move(given));
    }
}

void Corrections::note_unmet(const CorrectionTable& table, std::vector<std::string>& notes,
                             core::Problems& problems) const {
    constexpr std::size_t most_shown = 3;
    std::vector<std::pair<int, std::string>> unmet;
    for (const auto& [id, rows] : table.rows) {
        for (const CorrectionRow& row : rows) {
            if (!row.is_met) {
                unmet.emplace_back(row.line, id);
            }
        }
    }
    if (unmet.empty()) {
        return;
    }
    std::sort(unmet.begin(), unmet.end());
    std::string shown;
    for (std::size_t index = 0; index < std::min(most_shown, unmet.size()); ++index) {
        const std::string near = core::nearest(unmet[index].second, seen_);
        shown += fmt::format("\n  {}:{}: {}{}", table.correction.file, unmet[index].first,
                             unmet[index].second, near.empty() ? "" : " (did you mean '" + near + "'?)");
    }
    const std::string which =
        fmt::format("of data.{} {} no sample:{}{}", table.correction.key,
                    unmet.size() == 1 ? "names" : "name", shown, unmet.size() > most_shown ? "\n  ..." : "");
    if (static_cast<std::int64_t>(unmet.size()) == table.correction.rows) {
        problems.push_back({table.place, fmt::format("every row {}", which),
                            seen_.empty() ? ""
                                          : fmt::format("an id is what predictions.csv has under `id`: '{}'",
                                                        seen_.front())});
    } else {
        notes.push_back(fmt::format("{} of {} rows {}", unmet.size(), table.correction.rows, which));
    }
}

std::vector<Correction> Corrections::finish(std::vector<std::string>& notes) {
    core::Problems problems;
    std::vector<Correction> done;
    for (const std::optional<CorrectionTable>* table : {&exclude_, &relabel_}) {
        if (*table) {
            note_unmet(**table, notes, problems);
            done.push_back((*table)->correction);
        }
    }
    core::throw_if_any(Category::data, problems);
    return done;
}

void correct_splits(Splits& splits, const pipeline::Data& data, const std::vector<TargetSchema>& targets) {
    Corrections corrections(data, targets);
    corrections.apply(splits.train, "train");
    corrections.apply(splits.val, "val");
    corrections.apply(splits.test, "test");
    splits.corrections = corrections.finish(splits.notes);
}

}  // namespace graft::data
