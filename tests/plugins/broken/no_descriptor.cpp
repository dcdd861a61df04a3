// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Carries its notes and exports nothing: GRAFT_PLUGIN without its function.
#include "broken_loss.hpp"

GRAFT_NOTE(stamp, graft::stamp_note, GRAFT_STAMP);
GRAFT_LOSS(BrokenLoss, "broken_no_descriptor", "1.0.0", "A loss that nobody can fetch")
