// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Built against another SDK and another LibTorch: two differences, one message.
#include "broken_loss.hpp"

#undef GRAFT_SDK_ABI
#define GRAFT_SDK_ABI 0
#undef GRAFT_LIBTORCH_VERSION
#define GRAFT_LIBTORCH_VERSION "2.10.0"

GRAFT_LOSS(BrokenLoss, "broken_other_stamp", "1.0.0", "A loss of another time")
GRAFT_PLUGIN("broken", "BSD-3-Clause", "")
