// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "solve/targets.hpp"

namespace graft::solve {

/// Chooses the class whose mean is nearest, as a layer: 2 m . x - |m|^2 of a class with mean m is the square
/// of the distance but for what all classes share. `sigmoid`: of each column, the mean of the wanted samples
/// against that of the others. Means weigh samples by their mass. A class without samples is never chosen.
/// For `softmax` and `sigmoid` alone. Throws Failure(data) where no sample counts.
Linear nearest_class_mean(const LabelledFeatures& samples);

}  // namespace graft::solve
