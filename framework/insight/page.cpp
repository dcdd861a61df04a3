// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "insight/page.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/json_text.hpp"
#include "insight/comparison.hpp"
#include "insight/confusion_cells.hpp"
#include "insight/samples.hpp"

namespace graft::insight {
namespace {

constexpr std::size_t most_changed_shown = 12;  ///< of each side

void add_changed(Document& document, const std::string& title, const std::vector<Changed>& samples,
                 const std::vector<std::string>& names, const Thumbnails& thumbnails) {
    if (samples.empty()) {
        return;
    }
    document.heading(fmt::format("{} ({})", title, samples.size()));
    std::string html = "<div class=\"samples\">\n";
    for (std::size_t index = 0; index < std::min(most_changed_shown, samples.size()); ++index) {
        html += "<figure class=\"sample\">" + picture_html(document, thumbnails, samples[index].id) +
                "<figcaption>";
        for (std::size_t run = 0; run < names.size(); ++run) {
            html += escaped(names[run] + ": " + samples[index].answers[run]) + "<br>";
        }
        html += "<span class=\"faint\">" + escaped(samples[index].id) + "</span></figcaption></figure>\n";
    }
    document.html(html + "</div>\n");
}

void add_sides(Document& document, const std::vector<RunLeft>& runs, const Illustration& illustration) {
    document.section("changed", "Samples that changed sides");
    const std::vector<SidesChanged> all = sides_changed(runs);
    if (all.empty()) {
        document.paragraph(
            "The runs share no head that tells classes apart, or have no table of predictions.");
    }
    for (std::size_t number = 0; number < all.size(); ++number) {
        const SidesChanged& each = all[number];
        const std::vector<std::string> names = {runs.front().name, runs[each.other].name};
        document.paragraph(fmt::format(
            "{}, {} beside {}: of {} samples that both have, {} became right and {} wrong.", each.answer,
            names[1], names[0], each.samples, each.mended.size(), each.spoiled.size()));
        add_changed(document, "Became right", each.mended, names, illustration.thumbnails);
        add_changed(document, "Became wrong", each.spoiled, names, illustration.thumbnails);
        DataTable table{fmt::format("changed-{}", number + 1),
                        "Samples that changed sides",
                        {"sample", names[0], names[1]},
                        {}};
        for (const auto* samples : {&each.mended, &each.spoiled}) {
            for (const Changed& sample : *samples) {
                table.rows.push_back({sample.id, sample.answers[0], sample.answers[1]});
            }
        }
        document.data_only(table);
    }
}

/// The data of the pictures: a grid of numbers a sample, as large as the stage's feature.
core::Json grids_of(const Explanations& explanations) {
    core::Json list = core::Json::array();
    for (const auto& [key, explanation] : explanations) {
        core::Json entry = explanation;
        entry.erase("jpeg");
        entry.erase("problem");
        list.push_back(std::move(entry));
    }
    return list;
}

}  // namespace

WantedSamples pictures_wanted(const RunLeft& run) {
    WantedSamples wanted;
    if (run.predictions) {
        wanted = wanted_of(pick_samples(*run.predictions), *run.predictions);
        want_cells(*run.predictions, wanted);
    }
    return wanted;
}

Document page_of(const RunLeft& run, const Illustration& illustration) {
    Document document((run.name.empty() ? "a run" : run.name) + ": what the network learnt");
    add_summary(document, run);
    add_curves(document, {run});
    add_answers(document, run, illustration);
    add_groups(document, run);
    add_map(document, run, illustration);
    add_network(document, run, illustration);
    add_time(document, run);
    add_data(document, run, illustration);
    add_pipeline(document, run);
    if (!illustration.explanations.empty()) {
        document.file("gradcam.json", core::json_text(grids_of(illustration.explanations), 1) + "\n");
    }
    return document;
}

Document watched_page_of(const RunLeft& run) {
    Document document(run.name.empty() ? "a run" : run.name);
    document.banner("<p id=\"watch\" role=\"status\" class=\"faint\"></p>\n");
    add_summary(document, run);
    add_curves(document, {run});
    add_data(document, run, {});
    add_pipeline(document, run);
    return document;
}

WantedSamples pictures_wanted(const std::vector<RunLeft>& runs) {
    constexpr std::size_t most = 96;
    WantedSamples wanted;
    std::vector<std::string>& ids = wanted.pictures;
    std::set<std::string> seen;
    for (const SidesChanged& each : sides_changed(runs)) {
        for (const auto* samples : {&each.mended, &each.spoiled}) {
            for (std::size_t index = 0; index < std::min(most_changed_shown, samples->size()); ++index) {
                if (ids.size() < most && seen.insert((*samples)[index].id).second) {
                    ids.push_back((*samples)[index].id);
                }
            }
        }
    }
    return wanted;
}

Document page_of(const std::vector<RunLeft>& runs, const Illustration& illustration) {
    Document document(fmt::format("{} runs beside each other", runs.size()));
    document.section("comparison", "Comparison");
    document.add(comparison_table(runs));
    document.section("differences", "What differs in the pipelines");
    const DataTable differences = difference_table(runs);
    if (differences.rows.empty()) {
        document.paragraph("Nothing: the pipelines are equal.");
    } else {
        document.add(differences);
    }
    add_curves(document, runs);
    add_sides(document, runs, illustration);
    return document;
}

void write(const Document& document, const std::string& file, const std::string& folder) {
    core::make_folder(folder);
    for (const auto& [name, text] : document.files()) {
        core::write_atomically(std::filesystem::path(folder) / name, text);
    }
    core::write_atomically(file, document.page());
}

}  // namespace graft::insight
