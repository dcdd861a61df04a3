// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "data/splits.hpp"

namespace graft::data {

/// Keeps as many samples as `data.limit` or `data.fraction` say, of training and validation in proportion;
/// the test split stays. The classes of the stratifying category, else of the first one, keep their shares,
/// and each class keeps a sample as long as there are enough. Which samples stay follows from (seed, id), so
/// a smaller part lies within a larger one, and adding samples moves few. Their order stays. Notes a limit
/// that leaves nothing out.
void limit_splits(Splits& splits, const pipeline::Data& data, std::uint64_t seed,
                  const std::vector<TargetSchema>& targets);

/// `total` divided among parts in proportion to their sizes, by largest remainders, the earlier part first;
/// no more than a part has, and one at least of each that is not empty, where `total` is enough.
std::vector<std::int64_t> proportional_shares(const std::vector<std::int64_t>& sizes, std::int64_t total);

}  // namespace graft::data
