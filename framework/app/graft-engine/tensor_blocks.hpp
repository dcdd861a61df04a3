// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace graft::engine {

/// From now on each large tensor on the CPU has memory of its own, in whole huge pages, which only a tensor
/// of about the same size gets again, and of which no more is kept unused than an eighth of what was in use
/// at most. glibc's heap, from which they come otherwise, is faster, since it gives nothing back, but what is
/// freed lies in pieces there: a process whose tensors take 620 MB grows to 1,600. Once a process; nothing
/// that exists changes.
void use_tensor_blocks();

}  // namespace graft::engine
