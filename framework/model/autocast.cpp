// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/autocast.hpp"

// Without what its macros for operators that cast need (sdk/cmake/narrow/torch/nn/module.h): 4 s of this
// file's 5.
#define GRAFT_TENSORS_ALONE
#include <ATen/autocast_mode.h>
#undef GRAFT_TENSORS_ALONE

namespace graft::model {

Autocast::Autocast(c10::ScalarType type, c10::DeviceType device)
    : casts_(type != at::kFloat), device_(device) {
    if (casts_) {
        enabled_ = at::autocast::is_autocast_enabled(device_);
        type_ = at::autocast::get_autocast_dtype(device_);
        at::autocast::set_autocast_dtype(device_, type);
        at::autocast::set_autocast_enabled(device_, true);
        at::autocast::increment_nesting();
    }
}

Autocast::~Autocast() {
    if (casts_) {
        if (at::autocast::decrement_nesting() == 0) {
            at::autocast::clear_cache();
        }
        at::autocast::set_autocast_enabled(device_, enabled_);
        at::autocast::set_autocast_dtype(device_, type_);
    }
}

}  // namespace graft::model
