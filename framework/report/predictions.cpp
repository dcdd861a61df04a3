// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/predictions.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/json_text.hpp"
#include "report/formatting.hpp"

namespace graft::report {
namespace {

using core::Json;

/// The class that covers most of a mask.
std::string largest_share(const Json& classes) {
    std::string name = "-";
    double most = 0;
    for (const auto& [key, share] : classes.items()) {
        if (share.is_number() && share.get<double>() > most) {
            most = share.get<double>();
            name = fmt::format("{} {:.0f} %", printable(key), 100 * most);
        }
    }
    return name;
}

/// How many boxes are likelier than not.
std::string found_boxes(const Json& boxes) {
    const auto sure = std::count_if(boxes.begin(), boxes.end(), [](const Json& box) {
        const Json score = box.value("score", Json());
        return score.is_number() && score.get<double>() >= 0.5;
    });
    return sure == 0 ? "nothing" : fmt::format("{} found", sure);
}

std::string value_text(const Json& value) {
    if (value.is_object() && value.contains("class")) {
        return fmt::format("{} {}", text(value, "class"), measure(value.value("probability", Json())));
    }
    if (value.is_object() && value.contains("value")) {
        const auto& number = value["value"];
        const std::string unit = text(value, "unit");
        return number.is_number()
                   ? fmt::format("{:.4g}{}{}", number.get<double>(), unit.empty() ? "" : " ", unit)
                   : "-";
    }
    if (value.is_object() && value.contains("probabilities")) {
        std::string names;
        const Json probabilities = inner(value, "probabilities");
        for (const auto& [name, probability] : probabilities.items()) {
            if (probability.is_number() && probability.get<double>() >= 0.5) {
                names += (names.empty() ? "" : ", ") + printable(name);
            }
        }
        return names.empty() ? "none" : names;
    }
    if (value.is_object() && value.contains("vector")) {
        return counted(static_cast<std::int64_t>(value["vector"].size()), "number");
    }
    if (value.is_object() && value.contains("classes")) {
        return largest_share(inner(value, "classes"));
    }
    if (value.is_array() && !value.empty() && value[0].is_array()) {
        return counted(static_cast<std::int64_t>(value.size()), "point");
    }
    if (value.is_array() && (value.empty() || value[0].is_object())) {
        return found_boxes(value);
    }
    return core::json_text(value);
}

using Cells = std::vector<std::pair<std::string, std::string>>;

/// Column headings and cells of one prediction: heads, or head/target where a head has several.
Cells prediction_cells(const Json& prediction) {
    const Json heads = inner(prediction, "heads");
    const Json several = prediction.value("several", Json::array());
    Cells cells;
    for (const auto& [head, value] : heads.items()) {
        if (!value.is_object() || std::find(several.begin(), several.end(), head) == several.end()) {
            cells.emplace_back(printable(head), value_text(value));
            continue;
        }
        for (const auto& [name, one] : value.items()) {
            cells.emplace_back(printable(head + "/" + name), value_text(one));
        }
    }
    return cells;
}

}  // namespace

std::string predictions_text(const std::vector<Json>& predictions, const Screen& screen) {
    Rows rows = {{"image"}};
    std::string errors;
    for (const Json& prediction : predictions) {
        const std::string image = text(prediction, "image");
        if (prediction.contains("error")) {
            const std::string reason = text(prediction, "error");
            const bool named = reason.compare(0, image.size(), image) == 0;
            errors += paint(screen, Paint::red, "cannot be read") + "  " +
                      (named ? reason : image + ": " + reason) + "\n";
            continue;
        }
        std::vector<std::string> row = {image};
        for (const auto& [heading, cell] : prediction_cells(prediction)) {
            std::vector<std::string>& headings = rows[0];
            // The first column is the image's, even where a head has the same name.
            const auto column = std::find(headings.begin() + 1, headings.end(), heading) - headings.begin();
            if (column == static_cast<std::ptrdiff_t>(headings.size())) {
                headings.push_back(heading);
            }
            row.resize(std::max(row.size(), static_cast<std::size_t>(column) + 1), "-");
            row[static_cast<std::size_t>(column)] = cell;
        }
        rows.push_back(std::move(row));
    }
    for (std::vector<std::string>& row : rows) {
        row.resize(rows[0].size(), "-");  // a prediction may lack what a later one has
    }
    return (rows.size() > 1 ? table(rows, {}, 0) : "") + errors;
}

}  // namespace graft::report
