// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

// Beside torch/nn/module.h of this folder. No `#pragma once`: the class may come first and the functions later.
#pragma GCC system_header

#ifdef GRAFT_TENSORS_ALONE
#include <ATen/core/ivalue.h>
#else
#include_next <ATen/core/List_inl.h>
#endif
