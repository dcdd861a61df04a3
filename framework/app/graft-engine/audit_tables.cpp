// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "audit_tables.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/csv.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "pipeline/corrections.hpp"

namespace graft::engine {
namespace {

using core::Json;
using Cells = std::vector<std::string>;
using Name = std::pair<std::string, std::string>;  ///< split and id

Name name_in(const Json& entry) {
    return {entry["split"].get<std::string>(), entry["id"].get<std::string>()};
}

/// Rows of the pipeline's own table with these columns, which it may lack. It could be read before.
std::vector<Cells> rows_before(const std::string& file, const Cells& columns) {
    std::vector<Cells> rows;
    const auto table = file.empty() ? std::vector<Cells>() : core::csv_rows(core::read_file(file));
    for (std::size_t row = 1; row < table.size(); ++row) {
        Cells cells;
        for (const std::string& column : columns) {
            const auto found = std::find_if(table[0].begin(), table[0].end(), [&](const std::string& name) {
                return name == column || name == "\xEF\xBB\xBF" + column;
            });
            const auto place = static_cast<std::size_t>(found - table[0].begin());
            cells.push_back(place < table[row].size() ? core::legible(table[row][place]) : "");
        }
        if (!cells.front().empty()) {
            rows.push_back(std::move(cells));
        }
    }
    return rows;
}

std::string text_of(const Cells& columns, const std::vector<Cells>& rows) {
    std::string text = core::csv_row(columns);
    for (const Cells& row : rows) {
        text += core::csv_row(row);
    }
    return text;
}

/// Samples to leave out, each with the first reason found.
class Excluded {
public:
    void add(const Name& name, const std::string& reason) {
        if (reasons_.emplace(name, reason).second) {
            order_.push_back(name);
        }
    }

    void add_duplicates(const Json& groups) {
        for (const Json& group : groups) {
            const Json& samples = group["samples"];
            const bool leaks = group["leak"].get<bool>();
            const auto other = std::find_if(samples.begin(), samples.end(),
                                            [](const Json& sample) { return sample["split"] != "train"; });
            for (const Json& sample : samples) {
                if (leaks && other != samples.end() && sample["split"] == "train") {
                    add(name_in(sample), fmt::format("the same picture as {} in {}", text(*other, "id"),
                                                     text(*other, "split")));
                } else if (!leaks && group["exact"].get<bool>() && sample != samples.front()) {
                    add(name_in(sample), "the same file as " + text(samples.front(), "id"));
                }
            }
        }
    }

    void add_unreadable(const Json& list) {
        for (const Json& entry : list) {
            if (entry["sample"].get<bool>() && entry.contains("id")) {
                add(name_in(entry), "cannot be read: " + text(entry, "reason"));
            }
        }
    }

    void add_shifted(const Json& columns) {
        for (const Json& column : columns) {
            for (const Json& sample : column["samples"]) {
                add(name_in(sample), fmt::format("{} lies {:.1f} pixels off", text(column, "column"),
                                                 column["pixels"].get<double>()));
            }
        }
    }

    bool has(const Name& name) const { return reasons_.contains(name); }

    std::vector<Cells> rows() const {
        std::vector<Cells> rows;
        for (const Name& name : order_) {
            rows.push_back({name.second, name.first, reasons_.at(name)});
        }
        return rows;
    }

private:
    static std::string text(const Json& entry, const char* key) { return entry[key].get<std::string>(); }

    std::map<Name, std::string> reasons_;
    std::vector<Name> order_;
};

Excluded excluded_by(const Json& report) {
    Excluded excluded;
    excluded.add_duplicates(report["duplicates"]);
    excluded.add_unreadable(report["unreadable"]);
    excluded.add_shifted(report["shifted_columns"]);
    return excluded;
}

}  // namespace

Proposal propose_exclude(const Json& report, const pipeline::Data& data) {
    const Cells columns = {"id", "split", "reason"};
    std::vector<Cells> rows = rows_before(pipeline::correction_file(data, "exclude").name, columns);
    const std::vector<Cells> more = excluded_by(report).rows();
    rows.insert(rows.end(), more.begin(), more.end());
    return {text_of(columns, rows), more.size()};
}

Proposal propose_relabel(const Json& report, const pipeline::Data& data) {
    const Cells columns = {"id", "split", "target", "label", "reason"};
    const Excluded excluded = excluded_by(report);
    std::vector<Cells> more;
    std::set<std::pair<std::string, std::string>> again;  ///< id and target
    for (const Json& error : report["label_errors"]) {
        const auto text = [&](const char* key) { return error[key].get<std::string>(); };
        if (!excluded.has(name_in(error))) {
            more.push_back(
                {text("id"), text("split"), text("target"), text("suggested"),
                 fmt::format("was {}; {:.2f} beside {:.2f}", text("given"),
                             error["probability"].get<double>(), error["given_probability"].get<double>())});
            again.emplace(text("id"), text("target"));
        }
    }
    std::vector<Cells> rows = rows_before(pipeline::correction_file(data, "relabel").name, columns);
    std::erase_if(rows, [&](const Cells& row) {
        return again.contains({row[0], row[2]}) ||
               (row[2].empty() &&
                std::any_of(more.begin(), more.end(), [&](const Cells& each) { return each[0] == row[0]; }));
    });
    rows.insert(rows.end(), more.begin(), more.end());
    return {text_of(columns, rows), more.size()};
}

}  // namespace graft::engine
