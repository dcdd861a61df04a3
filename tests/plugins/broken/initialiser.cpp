// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A static object that throws, or ends the process, while the library is being loaded.
#include <cstdlib>
#include <stdexcept>

#include "broken_loss.hpp"

namespace {

struct Initialiser {
    Initialiser() {
#ifdef BROKEN_THROWS
        throw std::runtime_error("the moon is in the wrong house");
#else
        std::abort();
#endif
    }
};

const Initialiser initialiser;

}  // namespace

GRAFT_LOSS(BrokenLoss, "broken_initialiser", "1.0.0", "A loss that never gets far")
GRAFT_PLUGIN("broken", "BSD-3-Clause", "")
