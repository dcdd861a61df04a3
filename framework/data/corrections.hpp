// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a person says of a data set's samples in tables beside it (`data.exclude`, `data.relabel`). It is
// applied to the splits after they were made, so that no other sample changes sides.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/problem.hpp"
#include "data/correction_table.hpp"
#include "data/subset.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::data {

/// {"exclude": {"file","sha256","rows","samples": {"train": 3}}}, as run.json holds them.
core::Json to_json(const std::vector<Correction>& corrections);

/// The tables that a pipeline names. One thread per object.
class Corrections {
public:
    /// Reads them. Throws Failure(data) with all problems of both: a file that is not there, columns that it
    /// lacks or nobody knows, values that no class or number of the target is, rows that contradict each
    /// other.
    Corrections(const pipeline::Data& data, std::vector<TargetSchema> targets);

    /// Takes samples out of a subset, and gives others their values. `split`: train, val or test, which rows
    /// may name; "": every row applies. Throws Failure(data) when no sample stays.
    void apply(Subset& subset, const std::string& split);

    /// What was done to all subsets. Rows whose sample was in none of them are a note; where that are all
    /// rows of a table it throws Failure(data).
    std::vector<Correction> finish(std::vector<std::string>& notes);

private:
    std::vector<CorrectionRow*> meet(std::optional<CorrectionTable>& table, const std::string& id,
                                     const std::string& split) const;
    void note_unmet(const CorrectionTable& table, std::vector<std::string>& notes,
                    core::Problems& problems) const;

    std::vector<TargetSchema> targets_;
    std::optional<CorrectionTable> exclude_;
    std::optional<CorrectionTable> relabel_;
    std::vector<std::string> seen_;  ///< ids of all samples, those that are left out too
};

struct Splits;

/// All of it for the splits of a pipeline, which get notes and a record.
void correct_splits(Splits& splits, const pipeline::Data& data, const std::vector<TargetSchema>& targets);

}  // namespace graft::data
