// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/batch_table.hpp"

#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "report/formatting.hpp"

namespace graft::report {
namespace {

using core::Json;

std::string number_text(const Json& row, const char* key) {
    const double value = number(row, key);
    return std::isfinite(value) ? fmt::format("{:.4g}", value) : "-";
}

std::string shape_text(const Json& row) {
    const Json shape = row.value("shape", Json::array());
    return row.contains("shape") ? "[" + joined(shape) + "]" : "";
}

void add(Rows& rows, const std::string& name, const Json& row, const std::string& more) {
    rows.push_back({name, shape_text(row), text(row, "type"), number_text(row, "least"),
                    number_text(row, "most"), number_text(row, "mean"), number_text(row, "deviation"), more});
}

/// "30 of 32 known; cat 12, dog 18".
std::string remarks(const Json& row) {
    std::string remarks = text(row, "unit");
    const auto append = [&](const std::string& part, const char* between) {
        remarks += (remarks.empty() ? "" : between) + part;
    };
    if (row.contains("known") && row["known"] != row.value("of", Json())) {
        append(fmt::format("{:.0f} of {:.0f} known", number(row, "known"), number(row, "of")), "; ");
    }
    const Json classes = inner(row, "classes");
    constexpr std::size_t most = 6;
    std::size_t told = 0;
    for (const auto& [name, count] : classes.items()) {
        if (++told <= most) {
            append(fmt::format("{} {:.0f}", printable(name), number(classes, name.c_str())),
                   told == 1 ? "; " : ", ");
        }
    }
    if (classes.size() > most) {
        append(fmt::format("{} more", classes.size() - most), ", ");
    }
    return remarks;
}

}  // namespace

std::string shown_text(const Json& result, const Screen& screen) {
    std::string shown =
        paint(screen, Paint::bold,
              fmt::format("{} of {} samples of the split {}", grouped(result.value("shown", 0)),
                          grouped(result.value("samples", 0)), text(result, "split"))) +
        "\n";
    Rows rows = {{"tensor", "shape", "type", "least", "most", "mean", "deviation", ""}};
    for (const Json& row : result.value("batch", Json::array())) {
        add(rows, text(row, "name"), row, remarks(row));
        for (const Json& channel : row.value("channels", Json::array())) {
            add(rows, "  " + text(channel, "name"), channel, "");
        }
    }
    if (rows.size() > 1) {
        shown += table(rows, {3, 4, 5, 6});
    }
    const std::string picture = text(result, "picture");
    return picture.empty() ? shown : shown + "picture: " + picture + "\n";
}

}  // namespace graft::report
