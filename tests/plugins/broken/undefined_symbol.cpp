// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Calls a function that no library has, as a plugin does that was linked too loosely.
#include "broken_loss.hpp"

void broken_function_of_no_library();

class Loose : public BrokenLoss {
public:
    Loose(const graft::Options& options, const graft::LossContext& context) : BrokenLoss(options, context) {
        broken_function_of_no_library();
    }
};

GRAFT_LOSS(Loose, "broken_undefined_symbol", "1.0.0", "A loss with a hole")
GRAFT_PLUGIN("broken", "BSD-3-Clause", "")
