// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "data/batch.hpp"

namespace graft::data {

/// One place of a batch that is being filled.
struct Sample {
    std::string id;
    std::vector<TargetValue> targets;  ///< points in input pixels
    Matrix matrix{};
    std::array<std::int64_t, 2> original_size{};
    std::string problem;  ///< why it is skipped; empty: it is good
};

/// Decodes, warps and augments sample `index` into `pixels` (H * W * 3 bytes). What is wrong with the sample
/// itself goes into `problem`; faults of plugins and of ours are thrown. Thread-safety: any thread.
Sample read_sample(const Dataset& dataset, std::int64_t index, const LoaderOptions& options,
                   std::int64_t epoch, std::uint8_t* pixels);

}  // namespace graft::data
