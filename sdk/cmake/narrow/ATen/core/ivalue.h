// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

// Beside torch/nn/module.h of this folder. No `#pragma once`: the class may come first and its functions later, which real
// headers include only where they come first.
#pragma GCC system_header

#include_next <ATen/core/ivalue.h>
#ifndef GRAFT_TENSORS_ALONE
#include <ATen/core/List.h>
#include <ATen/core/List_inl.h>
#include <ATen/core/ivalue_inl.h>
#endif
