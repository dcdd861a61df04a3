// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "insight/confusion_cells.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "report/formatting.hpp"

namespace graft::insight {
namespace {

constexpr std::size_t most_pictures_a_cell = 5;
constexpr std::size_t most_pictures = 150;  ///< of all cells of a page
constexpr std::size_t most_names_a_cell = 40;

std::string pictures_of(Document& document, const Cell& cell, const Answered& answered,
                        const Predictions& predictions, const Illustration& illustration) {
    std::string html = "<div class=\"samples small\">\n";
    for (std::size_t index = 0; index < std::min(most_pictures_a_cell, cell.samples.size()); ++index) {
        const std::size_t sample = cell.samples[index];
        const std::string& id = predictions.ids[sample];
        html += fmt::format(
            "<figure class=\"sample\">{}<figcaption>{:.2f}<br><span class=\"faint\">{}</span>"
            "</figcaption></figure>\n",
            picture_html(document, illustration.thumbnails, id), answered.probability[sample], escaped(id));
    }
    return html + "</div>\n";
}

std::string names_of(const Cell& cell, const Predictions& predictions) {
    const std::size_t last = std::min(cell.samples.size(), most_pictures_a_cell + most_names_a_cell);
    std::string html;
    for (std::size_t index = most_pictures_a_cell; index < last; ++index) {
        html += "<li>" + escaped(predictions.ids[cell.samples[index]]) + "</li>\n";
    }
    if (!html.empty()) {
        html = "<ul class=\"names\">\n" + html + "</ul>\n";
    }
    if (last < cell.samples.size()) {
        html += fmt::format("<p>and {} more in predictions.csv</p>\n",
                            report::grouped(static_cast<std::int64_t>(cell.samples.size() - last)));
    }
    return html;
}

}  // namespace

std::vector<Cell> cells_of(const Answered& category) {
    std::map<std::pair<int, int>, std::vector<std::size_t>> samples;
    for (std::size_t sample = 0; sample < category.truth.size(); ++sample) {
        if (category.truth[sample] >= 0 && category.predicted[sample] >= 0) {
            samples[{category.truth[sample], category.predicted[sample]}].push_back(sample);
        }
    }
    std::vector<Cell> cells;
    for (auto& [key, of_cell] : samples) {
        const double sign = key.first == key.second ? 1 : -1;
        std::stable_sort(of_cell.begin(), of_cell.end(), [&](std::size_t left, std::size_t right) {
            return sign * category.probability[left] < sign * category.probability[right];
        });
        cells.push_back(
            {static_cast<std::size_t>(key.first), static_cast<std::size_t>(key.second), std::move(of_cell)});
    }
    std::stable_sort(cells.begin(), cells.end(), [](const Cell& left, const Cell& right) {
        const auto rank = [](const Cell& cell) {
            return std::tuple(cell.truth == cell.predicted, -static_cast<std::int64_t>(cell.samples.size()));
        };
        return rank(left) < rank(right);
    });
    return cells;
}

std::string cell_id(const std::string& section, std::size_t truth, std::size_t predicted) {
    return fmt::format("{}-cell-{}-{}", section, truth, predicted);
}

void want_cells(const Predictions& predictions, WantedSamples& wanted) {
    std::set<std::string> there(wanted.pictures.begin(), wanted.pictures.end());
    for (const Answered& answered : predictions.answered) {
        if (answered.answer.kind != "category" || answered.answer.classes.size() > most_classes_shown) {
            continue;
        }
        for (const Cell& cell : cells_of(answered)) {
            for (std::size_t index = 0; index < std::min(most_pictures_a_cell, cell.samples.size());
                 ++index) {
                const std::string& id = predictions.ids[cell.samples[index]];
                if (wanted.small_pictures.size() < most_pictures && there.insert(id).second) {
                    wanted.small_pictures.push_back(id);
                }
            }
        }
    }
}

void add_cells(Document& document, const std::string& section, const Answered& answered,
               const Predictions& predictions, const Illustration& illustration) {
    for (const Cell& cell : cells_of(answered)) {
        const auto samples = static_cast<std::int64_t>(cell.samples.size());
        const std::string title =
            fmt::format("{}: truth {}, predicted {}", report::counted(samples, "sample"),
                        answered.answer.classes[cell.truth], answered.answer.classes[cell.predicted]);
        document.html(
            fmt::format("<div class=\"cell\" id=\"{0}\" tabindex=\"-1\" role=\"group\" "
                        "aria-label=\"{1}\">\n<h3>{1}</h3>\n"
                        "{2}{3}<p><a href=\"#{4}-confusion\">Back to the matrix</a></p></div>\n",
                        escaped(cell_id(section, cell.truth, cell.predicted)), escaped(title),
                        pictures_of(document, cell, answered, predictions, illustration),
                        names_of(cell, predictions), escaped(section)));
    }
}

}  // namespace graft::insight
