// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Its note promises a component that its code does not bring.
#include "broken_loss.hpp"

GRAFT_NOTE(promise, graft::component_note, "head\nbroken_promise\n1.0.0\nA head that is only promised");
GRAFT_LOSS(BrokenLoss, "broken_lying_note", "1.0.0", "A loss beside a promise")
GRAFT_PLUGIN("broken", "BSD-3-Clause", "")
