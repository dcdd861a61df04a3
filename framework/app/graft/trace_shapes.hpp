// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "arguments.hpp"

namespace graft::app {

/// --trace-shapes, of commands that put a pipeline together.
inline OptionRow trace_shapes_option() {
    return {"trace-shapes", "", "print each operator of the model with the shapes it is given and gives",
            false};
}

}  // namespace graft::app
