// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A page while it is built: sections of HTML, with the charts and tables in them as data.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/event.hpp"

namespace graft::insight {

/// Text as it stands in HTML, in attributes, too.
std::string escaped(std::string_view text);

/// A line, or dots, of a chart.
struct Series {
    std::string label;
    std::vector<std::pair<double, double>> points;
    bool dots = false;    ///< not joined by a line
    bool dashed = false;  ///< what others are compared with
    bool bars = false;    ///< each point begins a bar, which the next one ends
};

/// What the page's script draws. `id` is also the name of its file.
struct Chart {
    std::string id;
    std::string title;
    std::string says;  ///< in words, for who does not see it
    std::string x;     ///< of the axes, with units
    std::string y;
    std::vector<Series> series;
    std::vector<std::pair<double, std::string>> marks = {};  ///< upright lines
    bool over_epochs = false;                                ///< may be smoothed and have a logarithmic axis
    bool square = false;                                     ///< both axes from 0 to 1
};

/// A table with its names of columns. `id` is also the name of its file.
struct DataTable {
    std::string id;
    std::string caption;
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;  ///< the first cell names the row
    std::set<std::size_t> numbers = {};          ///< columns that stand right
    std::size_t shown = 1000;                    ///< rows in the page; the file has all
};

/// Among the data of every page, and written first: a folder that holds it is a page's.
inline constexpr const char* charts_file = "charts.json";

class Document {
public:
    explicit Document(std::string title) : title_(std::move(title)) {}

    /// Begins a section; what follows goes into it.
    void section(const std::string& id, const std::string& title);
    void heading(const std::string& text);  ///< of a part of a section
    void paragraph(const std::string& text);
    void html(const std::string& text);  ///< as it is
    void add(const Chart& chart);
    void add(const DataTable& table);
    void data_only(const DataTable& table) { tables_.push_back(table); }

    /// Data for the page's scripts, in an element of that id.
    void script_data(const std::string& id, const core::Json& data) { script_data_.emplace_back(id, data); }

    /// Keeps a JPEG (base64; width and height are of the original) in the page once, whatever shows it how
    /// often; gives the id that `<use href="#ID">` draws it by.
    std::string keep_picture(const std::string& key, const core::Json& picture);

    void file(const std::string& name, const std::string& text) { others_.emplace_back(name, text); }

    /// What stands above all sections, as it is.
    void banner(const std::string& html) { banner_ = html; }

    /// {"sections": [{"id", "html"}], "charts"}: what a page that is shown already takes over.
    core::Json state() const;

    /// The whole page: one file that needs no other.
    std::string page() const;

    /// Names and contents of the files with the data of every chart and table: ID.csv, charts_file, and what
    /// was added with `file`.
    std::vector<std::pair<std::string, std::string>> files() const;

private:
    struct Section {
        std::string id;
        std::string title;
        std::string html;
    };

    core::Json charts() const;

    std::string title_;
    std::string banner_;
    std::vector<Section> sections_;
    std::vector<Chart> charts_;
    std::vector<DataTable> tables_;
    std::vector<std::pair<std::string, std::string>> others_;
    std::map<std::string, std::string> pictures_;  ///< ids by keys
    std::vector<std::pair<std::string, core::Json>> script_data_;
    std::string kept_;  ///< their elements
};

}  // namespace graft::insight
