// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "graft/dataset.hpp"
#include "random.hpp"
#include "traits.hpp"

namespace graft::faces {

/// Paints the face on a square of `size` pixels. `random` decides what does not belong to the face: the
/// background, clutter, noise.
RgbImage render(const Traits& traits, int size, float difficulty, Random& random);

}  // namespace graft::faces
