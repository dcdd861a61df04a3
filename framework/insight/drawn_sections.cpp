// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Masks and boxes: samples with what a head finds in them drawn in.
#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "insight/samples.hpp"
#include "insight/sections.hpp"

namespace graft::insight {
namespace {

using core::Json;

/// The drawings of one head.
std::vector<const Json*> drawings_of(const std::string& head, const Illustration& illustration) {
    std::vector<const Json*> drawings;
    for (auto found = illustration.drawings.lower_bound({head, ""});
         found != illustration.drawings.end() && found->first.first == head; ++found) {
        drawings.push_back(&found->second);
    }
    return drawings;
}

/// What the colours mean, of all drawings together.
void add_keys(Document& document, const std::vector<const Json*>& drawings) {
    std::vector<std::pair<std::string, std::string>> keys;  // name and colour
    bool has_truth = false;
    for (const Json* drawing : drawings) {
        has_truth = has_truth || drawing->value("truth", false);
        for (const Json& key : drawing->value("keys", Json::array())) {
            const std::pair entry(key.value("name", std::string()), key.value("color", std::string()));
            if (std::find(keys.begin(), keys.end(), entry) == keys.end()) {
                keys.push_back(entry);
            }
        }
    }
    if (has_truth) {
        document.paragraph("Red is predicted, green is true.");
    }
    if (keys.empty()) {
        return;
    }
    std::string html = "<ul class=\"keys\" aria-label=\"Colours of classes\">";
    for (const auto& [name, color] : keys) {
        html += "<li><span class=\"swatch\" style=\"background:" + escaped(color) +
                "\" aria-hidden=\"true\"></span>" + escaped(name) + "</li>";
    }
    document.html(html + "</ul>\n");
}

void add_grid(Document& document, const std::string& title, const PickedByLoss& picked,
              const std::vector<std::size_t>& samples, const RunLeft& run, const Illustration& illustration) {
    const Predictions& predictions = *run.predictions;
    const auto head =
        static_cast<std::size_t>(std::find(predictions.heads.begin(), predictions.heads.end(), picked.head) -
                                 predictions.heads.begin());
    std::string html;
    for (const std::size_t sample : samples) {
        const std::string& id = predictions.ids[sample];
        const std::string drawing = drawing_html(document, illustration, picked.head, id);
        if (drawing.empty()) {
            continue;
        }
        html += "<figure class=\"sample\"><div class=\"pictures\">" + drawing + "</div><figcaption>";
        for (const Json& line : illustration.drawings.at({picked.head, id}).value("says", Json::array())) {
            html += escaped(line.get<std::string>()) + "<br>";
        }
        html += fmt::format("<span class=\"faint\">loss {:.3g}, {}</span></figcaption></figure>\n",
                            predictions.losses[head][sample], escaped(id));
    }
    if (!html.empty()) {
        document.heading(title);
        document.html("<div class=\"samples drawn\">\n" + html + "</div>\n");
    }
}

}  // namespace

bool add_drawn(Document& document, const std::string& head, const RunLeft& run,
               const Illustration& illustration) {
    const std::vector<const Json*> drawings = drawings_of(head, illustration);
    if (drawings.empty() || !run.predictions) {
        return false;
    }
    for (const PickedByLoss& picked : pick_by_loss(*run.predictions)) {
        if (picked.head == head) {
            add_keys(document, drawings);
            add_grid(document, "Largest loss", picked, picked.worst, run, illustration);
            add_grid(document, "Smallest loss", picked, picked.best, run, illustration);
        }
    }
    return true;
}

void add_drawn_sections(Document& document, const RunLeft& run, const Illustration& illustration,
                        const std::set<std::string>& told) {
    int number = 0;
    for (std::size_t head = 0; run.predictions && head < run.predictions->heads.size(); ++head) {
        const std::string& name = run.predictions->heads[head];
        if (!told.contains(name) && !drawings_of(name, illustration).empty()) {
            document.section(fmt::format("drawn-{}", ++number), name + ": pictures");
            add_drawn(document, name, run, illustration);
        }
    }
}

}  // namespace graft::insight
