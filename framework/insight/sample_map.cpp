// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The section with a map of the validation samples: as data and a place for the page's script to draw in.
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "core/json_text.hpp"
#include "insight/samples.hpp"
#include "insight/sections.hpp"
#include "report/formatting.hpp"

namespace graft::insight {
namespace {

using core::Json;

/// The map's samples as rows of predictions; -1: the table does not have it.
std::vector<std::int64_t> rows_of(const std::vector<std::string>& ids, const RunLeft& run) {
    std::map<std::string, std::int64_t> places;
    for (std::size_t row = 0; run.predictions && row < run.predictions->ids.size(); ++row) {
        places.emplace(run.predictions->ids[row], static_cast<std::int64_t>(row));
    }
    std::vector<std::int64_t> rows;
    for (const std::string& id : ids) {
        const auto found = places.find(id);
        rows.push_back(found == places.end() ? -1 : found->second);
    }
    return rows;
}

/// A number a sample that dots are coloured by; null where nobody knows it.
template <class Value>
Json values_of(const std::vector<std::int64_t>& rows, const Value& value) {
    Json values = Json::array();
    for (const std::int64_t row : rows) {
        values.push_back(row < 0 ? Json() : value(static_cast<std::size_t>(row)));
    }
    return values;
}

Json class_or_null(int of_class) {
    return of_class < 0 ? Json() : Json(of_class);
}

Json number_or_null(double number) {
    return std::isfinite(number) ? core::parse_json(fmt::format("{:.4g}", number)) : Json();
}

void add_colours(const Answered& answered, const std::vector<std::int64_t>& rows, Json& colours) {
    const AnswerSchema& answer = answered.answer;
    const auto add = [&](const std::string& name, const std::vector<std::string>& classes, Json values) {
        colours.push_back({{"name", answer.name + ": " + name},
                           {"unit", answer.unit},
                           {"classes", classes},
                           {"values", std::move(values)}});
    };
    if (answer.kind == "category") {
        add("truth", answer.classes,
            values_of(rows, [&](std::size_t row) { return class_or_null(answered.truth[row]); }));
        add("prediction", answer.classes,
            values_of(rows, [&](std::size_t row) { return class_or_null(answered.predicted[row]); }));
        add("right or wrong", {"right", "wrong"}, values_of(rows, [&](std::size_t row) {
                return std::isnan(answered.mistake(row)) ? Json() : Json(answered.mistake(row) > 0 ? 1 : 0);
            }));
    } else if (answer.kind == "scalar") {
        add("truth", {},
            values_of(rows, [&](std::size_t row) { return number_or_null(answered.true_values[row][0]); }));
        add("prediction", {}, values_of(rows, [&](std::size_t row) {
                return number_or_null(answered.predicted_values[row][0]);
            }));
    }
    if (answer.kind == "scalar" || answer.kind == "points") {
        add("error", {},
            values_of(rows, [&](std::size_t row) { return number_or_null(answered.mistake(row)); }));
    }
}

/// What the page says of a sample, a line an answer.
Json words_of(const std::vector<std::int64_t>& rows, const RunLeft& run) {
    return values_of(rows, [&](std::size_t row) {
        std::string words;
        for (const Answered& answered : run.predictions->answered) {
            if (answered.answer.kind != "labels") {
                words += (words.empty() ? "" : "\n") + answered.answer.name + ": " + words_of(answered, row);
            }
        }
        return Json(words);
    });
}

Json pictures_of(Document& document, const std::vector<std::string>& ids, const Thumbnails& thumbnails) {
    Json pictures = Json::array();
    for (const std::string& id : ids) {
        const auto found = thumbnails.find(id);
        pictures.push_back(found == thumbnails.end() || !found->second.contains("jpeg")
                               ? Json()
                               : Json{document.keep_picture(id, found->second),
                                      found->second.value("width", 1), found->second.value("height", 1)});
    }
    return pictures;
}

/// Beside the page: a row a sample.
DataTable table_of(const Json& map, const std::vector<std::string>& ids) {
    DataTable table{"map", "Map of the validation samples", {"id"}, {}};
    const auto cell = [](const Json& number) { return fmt::format("{:.4g}", number.get<double>()); };
    for (const std::string& id : ids) {
        table.rows.push_back({id});
    }
    for (const char* method : {"tsne", "pca"}) {
        if (map.contains(method)) {
            table.columns.insert(table.columns.end(),
                                 {std::string(method) + ".x", std::string(method) + ".y"});
            for (std::size_t sample = 0; sample < ids.size(); ++sample) {
                const Json& place = map[method]["places"][sample];
                table.rows[sample].insert(table.rows[sample].end(), {cell(place[0]), cell(place[1])});
            }
        }
    }
    for (std::size_t number = 0; number < map["neighbours"][0].size(); ++number) {
        table.columns.push_back(fmt::format("neighbour.{}", number + 1));
        for (std::size_t sample = 0; sample < ids.size(); ++sample) {
            table.rows[sample].push_back(ids.at(map["neighbours"][sample][number].get<std::size_t>()));
        }
    }
    return table;
}

std::string trust_text(const Json& method) {
    const Json trust = method.value("trustworthiness", Json());
    return trust.is_number() ? fmt::format("trustworthiness {:.3f}", trust.get<double>())
                             : std::string("too few samples to say how far it can be trusted");
}

/// Says what the map is; gives the methods for the script.
Json describe(Document& document, const Json& map, std::size_t samples) {
    document.paragraph(fmt::format(
        "Each dot is a sample; samples that are alike to the network are near each other. By the {} numbers "
        "behind stage {}, pooled, which the heads read.",
        map.value("numbers", 0), map.value("stage", std::string())));
    if (map.value("samples", samples) > samples) {
        document.paragraph(fmt::format("Of {} samples {} are on the map, drawn at random by the run's seed.",
                                       report::grouped(map.value("samples", std::int64_t(0))),
                                       report::grouped(static_cast<std::int64_t>(samples))));
    }
    Json methods = Json::array();
    if (map.contains("tsne")) {
        methods.push_back(
            {{"name", "t-SNE (" + trust_text(map["tsne"]) + ")"}, {"places", map["tsne"]["places"]}});
    }
    const Json shares = map["pca"]["shares"];
    methods.push_back({{"name", fmt::format("PCA ({:.0f} % of the variance, {})",
                                            100 * (shares[0].get<double>() + shares[1].get<double>()),
                                            trust_text(map["pca"]))},
                       {"places", map["pca"]["places"]}});
    document.paragraph(
        "Trustworthiness (Venna & Kaski 2001) is 1 where the five nearest on the map are the nearest in "
        "truth. "
        "t-SNE shows who is near whom; how far groups lie apart, and how large they are, means little in "
        "it.");
    return methods;
}

}  // namespace

void add_map(Document& document, const RunLeft& run, const Illustration& illustration) {
    const Json& map = illustration.map;
    if (!map.contains("ids") || map["ids"].empty()) {
        return;
    }
    document.section("map", "Map of the validation samples");
    const auto ids = map["ids"].get<std::vector<std::string>>();
    const std::vector<std::int64_t> rows = rows_of(ids, run);
    const Json methods = describe(document, map, ids.size());
    Json colours = Json::array();
    for (std::size_t answer = 0; run.predictions && answer < run.predictions->answered.size(); ++answer) {
        add_colours(run.predictions->answered[answer], rows, colours);
    }
    document.html(
        "<div class=\"controls screen\" id=\"map-controls\" hidden>\n"
        "<label>Map <select name=\"method\"></select></label>\n"
        "<label>Colours <select name=\"colours\"></select></label>\n"
        "<button type=\"button\" name=\"previous\">Previous sample</button>\n"
        "<button type=\"button\" name=\"next\">Next sample</button>\n</div>\n"
        "<div class=\"map\">\n<figure class=\"chart square\"><div class=\"canvas\"><canvas id=\"map-canvas\" "
        "tabindex=\"0\" role=\"img\" aria-label=\"Map of " +
        report::counted(static_cast<std::int64_t>(ids.size()), "sample") +
        "; arrow keys choose a sample, which is described beside it\"></canvas></div>\n"
        "<p class=\"hint screen\">Choose a dot, or use the arrow keys.</p></figure>\n"
        "<div id=\"map-sample\" role=\"group\" aria-label=\"The chosen sample\" aria-live=\"polite\">"
        "<p class=\"faint\">The map is drawn by a script; its data are in map.csv.</p></div>\n</div>\n");
    document.script_data("map-data", {{"ids", ids},
                                      {"methods", methods},
                                      {"colours", colours},
                                      {"words", run.predictions ? words_of(rows, run) : Json::array()},
                                      {"pictures", pictures_of(document, ids, illustration.thumbnails)},
                                      {"neighbours", map["neighbours"]}});
    document.data_only(table_of(map, ids));
}

}  // namespace graft::insight
