// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Carries the stamp of SDK ABI 1, which the host must not even load.
#include "../broken/broken_loss.hpp"

#undef GRAFT_SDK_ABI
#define GRAFT_SDK_ABI 1

GRAFT_LOSS(BrokenLoss, "levels_first_abi", "1.0.0", "A loss of the first ABI")
GRAFT_PLUGIN("levels", "BSD-3-Clause", "")
