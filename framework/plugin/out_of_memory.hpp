// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <exception>

namespace graft::plugin {

/// Whether an exception, LibTorch's or one of ours that came of it, says that there is not enough memory.
/// LibTorch has no type of its own for memory of the CPU that it could not get: its words tell.
bool is_out_of_memory(const std::exception& error);

}  // namespace graft::plugin
