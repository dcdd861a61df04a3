// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "fairface.hpp"

#include "cells.hpp"
#include "columns.hpp"
#include "utkface.hpp"

namespace graft::tables {
namespace {

TargetValue gender_of(const std::string& cell) {
    const std::string gender = lower(cell);
    if (is_blank(cell)) {
        return std::monostate{};
    }
    if (gender != "male" && gender != "female") {
        throw BadRecord{"gender is '" + cell + "'; expected Male, Female or nothing"};
    }
    return std::int64_t{gender == "female" ? 1 : 0};
}

bool is_age(const std::optional<double>& years) {
    return years && *years >= 0 && *years <= oldest_known;
}

/// Years for what stands in the column `age`: `a-b` is the middle (a + b) / 2, `more than a` is `oldest`, a
/// number is itself, nothing is missing. Throws BadRecord.
TargetValue age_of(const std::string& cell, double oldest) {
    if (is_missing(cell)) {
        return std::monostate{};
    }
    if (const auto years = to_number(cell); is_age(years)) {
        return *years;
    }
    const std::string more = "more than ";
    if (lower(cell).starts_with(more) && is_age(to_number(cell.substr(more.size())))) {
        return oldest;
    }
    if (const std::size_t dash = cell.find('-'); dash != std::string::npos) {
        const auto low = to_number(cell.substr(0, dash));
        const auto high = to_number(cell.substr(dash + 1));
        if (is_age(low) && is_age(high) && *low <= *high) {
            return (*low + *high) / 2;
        }
    }
    throw BadRecord{"age is '" + cell + "'; expected a number of years, 'a-b', 'more than a' or nothing"};
}

}  // namespace

Listing list_fairface(const Options& options, const std::string& split) {
    const double oldest = options.real("oldest");
    return read_tables(
        table_files_by_name(options, split), [oldest](const Csv& csv, const TableFile&) -> RowReader {
            const Columns columns(csv, {"file", "age", "gender"});
            return [columns, oldest](const Row& row) -> std::optional<Record> {
                return Record{
                    columns.cell(row, "file"),
                    "",
                    {age_of(columns.cell(row, "age"), oldest), gender_of(columns.cell(row, "gender"))}};
            };
        });
}

}  // namespace graft::tables
