// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Needs an API level that this graft has not: by its note, or (NEEDS_UNNOTED) by its descriptor alone.
#define GRAFT_NEEDS_API_LEVEL 7
#include "../broken/broken_loss.hpp"
#include "resized.hpp"

#undef GRAFT_API_LEVEL
#define GRAFT_API_LEVEL 8

GRAFT_LOSS(BrokenLoss, "levels_later", "1.0.0", "A loss of a later level")

#ifdef NEEDS_UNNOTED
DESCRIBED_PLUGIN(resized::change(GRAFT_DESCRIPTOR("levels", "BSD-3-Clause", ""), true))
#else
GRAFT_PLUGIN("levels", "BSD-3-Clause", "")
#endif
