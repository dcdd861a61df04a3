// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ATen/core/Tensor.h>

namespace graft::solve {

/// What the other columns of a row do not tell of each of its numbers, linearly: [N, D], of a table double
/// [N, D] whose rows `learns` (bool [N]) alone are learned from. Columns are standardised, and `penalty` is
/// added to the diagonal of their correlations, so that it is defined for any N. All columns at once, by the
/// inverse: the residual of column j is (z P)_j / P_jj, where P is the inverse and z the row less the means.
at::Tensor untold_by_others(const at::Tensor& table, const at::Tensor& learns, double penalty);

}  // namespace graft::solve
