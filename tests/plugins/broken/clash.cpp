// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Built twice: two files that bring one id.
#include "broken_loss.hpp"

GRAFT_LOSS(BrokenLoss, "broken_clash", "1.0.0", "A loss that is there twice")
GRAFT_PLUGIN("broken", "BSD-3-Clause", "")
