// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/problem.hpp"
#include "graft/target.hpp"

namespace graft::data {

/// A table of corrections, and what became of it.
struct Correction {
    std::string key;  ///< exclude | relabel
    std::string file;
    std::string sha256;
    std::int64_t rows = 0;
    std::map<std::string, std::int64_t> samples;  ///< by the split's name: those that it changed
};

/// What a row says of the sample whose id it names.
struct CorrectionRow {
    /// Of the row in the table, the row of names being 1; as a line number it is off behind cells with line
    /// breaks.
    int line = 0;
    std::string split;                          ///< the row is about the sample of that one alone; "": of any
    std::map<std::size_t, TargetValue> values;  ///< relabel: by the target
    bool is_met = false;                        ///< a split had the sample
};

struct CorrectionTable {
    Correction correction;
    core::Place place;                                       ///< of the key in the pipeline
    std::map<std::string, std::vector<CorrectionRow>> rows;  ///< by the sample's id
};

/// Reads `table.correction.file` (RFC 4180, UTF-8, a row of names first) by its key:
///
///     exclude  id, and, if wanted, split, reason
///     relabel  id, label, and, if wanted, split, target, reason
///
/// `split` is train, val or test. `label` is the name of a class or a number in the target's unit; empty:
/// nobody knows it. `target` may be left out where one alone is a category or a scalar, or there is only one
/// target.
void read_correction_table(const std::vector<TargetSchema>& targets, CorrectionTable& table,
                           core::Problems& problems);

}  // namespace graft::data
