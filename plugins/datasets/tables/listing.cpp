// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "listing.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "cells.hpp"
#include "graft/error.hpp"

namespace graft::tables {
namespace {

namespace fs = std::filesystem;

Sample to_sample(const TableFile& file, Record record) {
    if (record.file.empty()) {
        throw BadRecord{"names no file"};
    }
    if (fs::path(record.file).is_absolute()) {
        throw BadRecord{"names '" + record.file + "', an absolute path; expected one below " +
                        file.picture("").string()};
    }
    Sample sample;
    sample.id = (fs::path(file.images) / record.file).lexically_normal().generic_string();
    sample.picture = file.picture(record.file);
    sample.group = std::move(record.group);
    sample.targets = std::move(record.targets);
    return sample;
}

void read_row(const Csv& csv, const TableFile& file, const Row& row, const RowReader& reader,
              Listing& listing) {
    try {
        if (row.cells.size() != csv.header.cells.size()) {
            throw BadRecord{"has " + std::to_string(row.cells.size()) + " cells, but the header has " +
                            std::to_string(csv.header.cells.size())};
        }
        if (std::optional<Record> record = reader(row)) {
            listing.add(csv.place(row), to_sample(file, std::move(*record)));
        }
    } catch (const BadRecord& bad) {
        listing.add_problem({csv.place(row), bad.message});
    }
}

}  // namespace

void Listing::add(const std::string& place, Sample sample) {
    std::error_code error;
    if (!fs::is_regular_file(sample.picture, error)) {
        problems_.push_back({place, "there is no file " + sample.picture.string()});
        return;
    }
    const auto [first, is_new] = places_.emplace(sample.id, place);
    if (!is_new) {
        problems_.push_back(
            {place, "names " + sample.id + " again; the record of " + first->second + " is used"});
        return;
    }
    samples_.push_back(std::move(sample));
}

void Listing::require_samples(const std::string& source) const {
    if (!samples_.empty()) {
        return;
    }
    if (problems_.empty()) {
        throw Error(ErrorKind::data, source + " has no sample; expected at least one");
    }
    constexpr std::size_t named_at_most = 5;
    std::string text = source + ": none of its " + std::to_string(problems_.size()) + " records can be used";
    for (std::size_t index = 0; index < std::min(problems_.size(), named_at_most); ++index) {
        text += "\n  " + problems_[index].place + ": " + problems_[index].message;
    }
    throw Error(ErrorKind::data, text + "\nCorrect `root`, `images` or the records.");
}

Listing read_tables(const std::vector<TableFile>& files, const Layout& layout) {
    Listing listing;
    std::vector<std::string> names;
    for (const TableFile& file : files) {
        const Csv csv = read_csv(file.csv);
        const RowReader reader = layout(csv, file);
        for (const Row& row : csv.rows) {
            read_row(csv, file, row, reader, listing);
        }
        names.push_back(csv.path);
    }
    listing.require_samples(joined(names));
    return listing;
}

}  // namespace graft::tables
