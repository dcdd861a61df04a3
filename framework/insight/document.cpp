// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "insight/document.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/json_text.hpp"
#include "core/text.hpp"
#include "insight/assets.hpp"

namespace graft::insight {
namespace {

using core::Json;

/// A number for a chart: five digits are more than anybody sees.
Json rounded(double value) {
    return std::isfinite(value) ? core::parse_json(fmt::format("{:.5g}", value)) : Json();
}

Json to_json(const Chart& chart) {
    Json series = Json::array();
    for (const Series& each : chart.series) {
        Json points = Json::array();
        for (const auto& [x, y] : each.points) {
            points.push_back({rounded(x), rounded(y)});
        }
        series.push_back({{"label", each.label},
                          {"dots", each.dots},
                          {"dashed", each.dashed},
                          {"bars", each.bars},
                          {"points", points}});
    }
    Json marks = Json::array();
    for (const auto& [x, label] : chart.marks) {
        marks.push_back({{"x", x}, {"label", label}});
    }
    return {{"id", chart.id},
            {"title", chart.title},
            {"x", chart.x},
            {"y", chart.y},
            {"over_epochs", chart.over_epochs},
            {"square", chart.square},
            {"series", series},
            {"marks", marks}};
}

std::string csv_of(const Chart& chart) {
    std::string text = core::csv_row({"series", chart.x, chart.y});
    for (const Series& each : chart.series) {
        for (const auto& [x, y] : each.points) {
            text += core::csv_row(
                {each.label, fmt::format("{:.6g}", x), std::isfinite(y) ? fmt::format("{:.6g}", y) : ""});
        }
    }
    return text;
}

std::string csv_of(const DataTable& table) {
    std::string text = core::csv_row(table.columns);
    for (const auto& row : table.rows) {
        text += core::csv_row(row);
    }
    return text;
}

/// JSON inside of a script element: no text in it may end the element.
std::string in_script(const Json& json) {
    std::string text;
    for (const char letter : core::json_text(json)) {
        text += letter == '<' ? "\\u003c" : std::string(1, letter);
    }
    return text;
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string shown;
    for (const char letter : core::legible(text)) {
        switch (letter) {
            case '&':
                shown += "&amp;";
                break;
            case '<':
                shown += "&lt;";
                break;
            case '>':
                shown += "&gt;";
                break;
            case '"':
                shown += "&quot;";
                break;
            default:
                shown += letter;
        }
    }
    return shown;
}

void Document::section(const std::string& id, const std::string& title) {
    sections_.push_back({id, title, ""});
}

void Document::heading(const std::string& text) {
    html("<h3>" + escaped(text) + "</h3>\n");
}

void Document::paragraph(const std::string& text) {
    html("<p>" + escaped(text) + "</p>\n");
}

void Document::html(const std::string& text) {
    sections_.back().html += text;
}

std::string Document::keep_picture(const std::string& key, const core::Json& picture) {
    const auto [found, is_new] = pictures_.try_emplace(key, fmt::format("picture-{}", pictures_.size() + 1));
    if (is_new) {
        kept_ += fmt::format(
            "<image id=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" "
            "href=\"data:image/jpeg;base64,{}\"/>\n",
            found->second, picture.value("width", 1), picture.value("height", 1),
            picture.value("jpeg", std::string()));
    }
    return found->second;
}

void Document::add(const Chart& chart) {
    const std::string zoom = "Zoom: drag across, or keys + − ← → and 0";
    html(
        fmt::format("<figure class=\"chart{}\"><figcaption id=\"{}-title\">{}</figcaption>\n<div "
                    "class=\"canvas\"><canvas "
                    "data-chart=\"{}\" tabindex=\"0\" role=\"img\" aria-label=\"{}: {}\"></canvas></div>\n"
                    "<p class=\"hint screen\">{}</p></figure>\n",
                    chart.square ? " square" : "", escaped(chart.id), escaped(chart.title), escaped(chart.id),
                    escaped(chart.title), escaped(chart.says), zoom));
    charts_.push_back(chart);
}

void Document::add(const DataTable& table) {
    std::string text = "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"" +
                       escaped(table.caption) + "\"><table><caption>" + escaped(table.caption) +
                       "</caption>\n<thead><tr>";
    const auto cell = [&](const char* tag, const char* scope, std::size_t column,
                          const std::string& content) {
        text += fmt::format("<{}{}{}>{}</{}>", tag, scope,
                            table.numbers.contains(column) ? " class=\"number\"" : "", escaped(content), tag);
    };
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
        cell("th", " scope=\"col\"", column, table.columns[column]);
    }
    text += "</tr></thead>\n<tbody>\n";
    for (std::size_t row = 0; row < std::min(table.shown, table.rows.size()); ++row) {
        text += "<tr>";
        for (std::size_t column = 0; column < table.rows[row].size(); ++column) {
            column == 0 ? cell("th", " scope=\"row\"", column, table.rows[row][column])
                        : cell("td", "", column, table.rows[row][column]);
        }
        text += "</tr>\n";
    }
    html(text + "</tbody></table></div>\n");
    if (table.rows.size() > table.shown) {
        paragraph(fmt::format("and {} more in {}.csv", table.rows.size() - table.shown, table.id));
    }
    tables_.push_back(table);
}

Json Document::charts() const {
    Json list = Json::array();
    for (const Chart& chart : charts_) {
        list.push_back(to_json(chart));
    }
    return list;
}

Json Document::state() const {
    Json sections = Json::array();
    for (const Section& section : sections_) {
        sections.push_back({{"id", section.id}, {"html", section.html}});
    }
    return {{"sections", sections}, {"charts", charts()}};
}

std::string Document::page() const {
    std::string text = fmt::format(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n"
        "<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n"
        "<a class=\"skip\" href=\"#{}\">To the content</a>\n<header><h1>{}</h1>\n"
        "<nav aria-label=\"Sections\"><ul>\n",
        escaped(title_), assets::style, sections_.empty() ? "" : escaped(sections_[0].id), escaped(title_));
    for (const Section& section : sections_) {
        text += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", escaped(section.id), escaped(section.title));
    }
    text += "</ul></nav>" + banner_ + "</header>\n<main>\n";
    for (const Section& section : sections_) {
        text +=
            fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}</h2>\n",
                        escaped(section.id), escaped(section.title)) +
            section.html + "</section>\n";
    }
    text += "</main>\n";
    if (!kept_.empty()) {
        text += "<svg class=\"kept\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>\n" + kept_ +
                "</defs></svg>\n";
    }
    const auto add_data = [&](const std::string& id, const Json& data) {
        text +=
            "<script type=\"application/json\" id=\"" + escaped(id) + "\">" + in_script(data) + "</script>\n";
    };
    add_data("charts", charts());
    for (const auto& [id, data] : script_data_) {
        add_data(id, data);
    }
    if (!charts_.empty() || !script_data_.empty() || !banner_.empty()) {
        for (const char* script :
             {assets::library, assets::script, assets::map_script, assets::watch_script}) {
            text += "<script>\n" + std::string(script) + "\n</script>\n";
        }
    }
    return text + "</body>\n</html>\n";
}

std::vector<std::pair<std::string, std::string>> Document::files() const {
    // First: a folder that was left half written, on a full disk, is known by it as one of a page.
    std::vector<std::pair<std::string, std::string>> files = {
        {charts_file, core::json_text(charts(), 1) + "\n"}};
    for (const Chart& chart : charts_) {
        files.emplace_back(chart.id + ".csv", csv_of(chart));
    }
    for (const DataTable& table : tables_) {
        files.emplace_back(table.id + ".csv", csv_of(table));
    }
    files.insert(files.end(), others_.begin(), others_.end());
    return files;
}

}  // namespace graft::insight
