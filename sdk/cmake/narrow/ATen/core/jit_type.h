// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

// Beside torch/nn/module.h of this folder. No `#pragma once`: it may be left out first and be needed later.
#pragma GCC system_header

#ifndef GRAFT_TENSORS_ALONE
#include_next <ATen/core/jit_type.h>
#endif
