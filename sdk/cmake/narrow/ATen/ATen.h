// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

// Beside torch/nn/module.h of this folder: tensors and operators, of IValue and of its lists the classes alone.
#pragma once
#pragma GCC system_header

#pragma push_macro("GRAFT_TENSORS_ALONE")
#define GRAFT_TENSORS_ALONE
#include_next <ATen/ATen.h>
// What other headers get from those that are left out: at::cat and at::stack take IListRef, messages show vectors.
#include <ATen/core/IListRef.h>
#include <c10/core/Event.h>
#include <c10/util/Logging.h>
#pragma pop_macro("GRAFT_TENSORS_ALONE")
