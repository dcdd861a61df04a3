// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <sstream>

#include <torch/csrc/jit/api/module.h>

#include "export/files.hpp"

namespace graft::exporting {

std::string to_torchscript(const Network& network) {
    std::ostringstream stream;
    network.module->save(stream, {network.metadata.begin(), network.metadata.end()});
    return stream.str();
}

}  // namespace graft::exporting
