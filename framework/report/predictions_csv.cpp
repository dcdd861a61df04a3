// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/predictions_csv.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/json_text.hpp"
#include "core/text.hpp"
#include "report/formatting.hpp"

namespace graft::report {
namespace {

using core::Json;
using Cells = std::vector<std::pair<std::string, std::string>>;  ///< column and what stands there

constexpr std::size_t most_classes = 100;  ///< of more there is no column each

std::string cell(const Json& value) {
    return value.is_null() ? "" : value.is_string() ? value.get<std::string>() : core::json_text(value);
}

void add_classes(Cells& cells, const std::string& beginning, const Json& classes) {
    for (const auto& [name, share] : classes.items()) {
        if (classes.size() <= most_classes) {
            cells.emplace_back(beginning + "." + name, cell(share));
        }
    }
}

bool is_list_of_pairs(const Json& value) {
    return value.is_array() && !value.empty() &&
           std::all_of(value.begin(), value.end(),
                       [](const Json& item) { return item.is_array() && item.size() == 2; });
}

void add_list(Cells& cells, const std::string& answer, const Json& value) {
    if (value.empty() || value.front().is_object()) {
        cells.emplace_back(answer + ".boxes", core::json_text(value));
        return;
    }
    for (std::size_t index = 0; index < value.size(); ++index) {
        const std::string column = fmt::format("{}.prediction.{}", answer, index);
        if (is_list_of_pairs(value)) {
            cells.emplace_back(column + ".x", cell(value[index][0]));
            cells.emplace_back(column + ".y", cell(value[index][1]));
        } else {
            cells.emplace_back(column, cell(value[index]));
        }
    }
}

/// What one head says, by the form that its JSON has (`graft predict --json`).
void add_answer(Cells& cells, const std::string& answer, const Json& value) {
    if (value.is_array()) {
        add_list(cells, answer, value);
        return;
    }
    if (value.contains("vector")) {
        add_list(cells, answer, value["vector"]);
        return;
    }
    for (const auto& [key, column] : {std::pair{"class", ".prediction"},
                                      {"value", ".prediction"},
                                      {"probability", ".probability"},
                                      {"file", ".file"}}) {
        if (value.contains(key)) {
            cells.emplace_back(answer + column, cell(value[key]));
        }
    }
    add_classes(cells, answer + ".probability", inner(value, "probabilities"));
    add_classes(cells, answer + ".share", inner(value, "classes"));
}

Cells cells_of(const Json& prediction) {
    Cells cells = {{"image", cell(prediction.value("image", Json()))}};
    const Json several = prediction.value("several", Json::array());
    const Json heads = inner(prediction, "heads");
    for (const auto& [head, value] : heads.items()) {
        if (value.is_object() && std::find(several.begin(), several.end(), head) != several.end()) {
            for (const auto& [name, one] : value.items()) {
                add_answer(cells, head + "/" + name, one);
            }
        } else {
            add_answer(cells, head, value);
        }
    }
    return cells;
}

}  // namespace

std::string predictions_csv(const std::vector<Json>& predictions) {
    std::vector<std::string> columns;
    std::map<std::string, std::size_t> places;
    std::vector<Cells> rows;
    for (const Json& prediction : predictions) {
        rows.push_back(cells_of(prediction));
        for (const auto& [column, text] : rows.back()) {
            if (places.emplace(column, columns.size()).second) {
                columns.push_back(column);
            }
        }
        rows.back().emplace_back("error", cell(prediction.value("error", Json())));
    }
    places.emplace("error", columns.size());
    columns.emplace_back("error");
    std::string text = core::csv_row(columns);
    for (const Cells& row : rows) {
        std::vector<std::string> cells(columns.size());
        for (const auto& [column, value] : row) {
            cells[places.at(column)] = value;
        }
        text += core::csv_row(cells);
    }
    return text;
}

}  // namespace graft::report
