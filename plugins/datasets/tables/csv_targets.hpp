// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Which columns of a table are targets.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "columns.hpp"
#include "csv_reader.hpp"
#include "graft/options.hpp"
#include "graft/target.hpp"

namespace graft::tables {

class CsvTargets {
public:
    static OptionTable options();

    /// Throws Error(options), naming everything that makes no sense.
    explicit CsvTargets(const Options& options);

    /// Every column that is read.
    const std::vector<std::string>& columns() const { return columns_; }

    /// The targets as far as the options tell; a target whose classes the table must tell has none.
    std::vector<TargetSchema> schema() const;

    /// Adds the words of a row to the classes of targets that have none declared.
    void collect(const Columns& columns, const Row& row, std::vector<TargetSchema>& found) const;

    /// A value a target. Throws BadRecord.
    std::vector<TargetValue> read(const Columns& columns, const Row& row,
                                  const std::vector<TargetSchema>& targets) const;

private:
    std::vector<std::string> classes_of(const std::string& category) const;
    std::vector<std::string> words(const std::string& cell) const;
    TargetValue read_labels(const Columns& columns, const Row& row, const TargetSchema& target) const;

    std::vector<std::string> categories_;
    std::vector<std::string> classes_;
    std::vector<std::string> scalars_;
    std::vector<std::string> units_;
    std::vector<std::string> labels_;
    std::string labels_column_;  ///< "": each label is a column
    std::string separator_;
    std::vector<std::string> columns_;
};

}  // namespace graft::tables
