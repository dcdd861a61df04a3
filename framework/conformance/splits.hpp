// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <vector>

#include "plugin/handles.hpp"

namespace graft::conformance {

/// Throws unless the scores of metrics that saw all samples at once are those of metrics that saw parts of
/// them, in several splits and orders of merging; a part may be empty of samples. Also throws where a metric
/// has no score.
void require_splits_agree(const std::function<std::vector<plugin::MetricHandle>()>& make,
                          const std::vector<Column>& predictions, const std::vector<Column>& targets);

}  // namespace graft::conformance
