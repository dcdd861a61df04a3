// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What the data sets of this folder have in common: a list of samples whose targets were read beforehand.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cells.hpp"
#include "csv_reader.hpp"
#include "graft/dataset.hpp"
#include "table_files.hpp"

namespace graft::tables {

struct Sample {
    std::string id;  ///< the picture's path below the root
    std::filesystem::path picture;
    std::string group;  ///< empty: the id
    std::vector<TargetValue> targets;
};

/// Collects samples; what cannot be one becomes a problem.
class Listing {
public:
    /// Takes the sample, unless its picture is missing or is a sample already. Throws BadTable when it is one
    /// with other values.
    void add(const std::string& place, Sample sample);
    void add_problem(DataProblem problem) { problems_.push_back(std::move(problem)); }

    /// Throws Error(data) when there is no sample, naming the first problems. `source` is where they
    /// were looked for.
    void require_samples(const std::string& source) const;

    /// Tells of records that were there more than once.
    void tell_repeated();

    const std::vector<Sample>& samples() const { return samples_; }
    const std::vector<DataProblem>& problems() const { return problems_; }

private:
    struct FirstRecord {
        std::string place;
        std::size_t sample = 0;
    };

    std::vector<Sample> samples_;
    std::vector<DataProblem> problems_;
    std::map<std::string, FirstRecord> known_;  ///< by id
    std::size_t repeated_ = 0;
    DataProblem first_repeated_;
};

/// What a row says.
struct Record {
    std::string file;  ///< the picture, below the table's folder of images
    std::string group;
    std::vector<TargetValue> targets;
};

/// Makes a record of a row that has as many cells as the header; nullopt: it belongs to another split.
/// Throws BadRecord.
using RowReader = std::function<std::optional<Record>(const Row&)>;

/// Called once a table: checks the header, throwing Error(data), and returns the reader of its rows.
using Layout = std::function<RowReader(const Csv&, const TableFile&)>;

/// Reads all tables. Throws Error(data) when no record can be used.
Listing read_tables(const std::vector<TableFile>& files, const Layout& layout);

/// The data set of a listing.
class ListedDataset : public Dataset {
public:
    std::int64_t size() const override { return static_cast<std::int64_t>(listing_.samples().size()); }
    std::string id(std::int64_t index) const override { return sample(index).id; }
    std::vector<TargetValue> targets(std::int64_t index) const override { return sample(index).targets; }
    ImageSource image(std::int64_t index) const override { return sample(index).picture; }
    std::string group(std::int64_t index) const override {
        return sample(index).group.empty() ? sample(index).id : sample(index).group;
    }
    std::vector<DataProblem> problems() const override { return listing_.problems(); }

protected:
    explicit ListedDataset(Listing listing) : listing_(std::move(listing)) {}

private:
    const Sample& sample(std::int64_t index) const {
        return listing_.samples().at(static_cast<std::size_t>(index));
    }

    Listing listing_;
};

}  // namespace graft::tables
