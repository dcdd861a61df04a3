// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <ATen/autocast_mode.h>

namespace graft::model {

/// While it lives, convolutions and products of matrices on the device are of this type of numbers, and
/// operators that need more stay in float (LibTorch's autocast). Of float it does nothing. One thread.
class Autocast {
public:
    Autocast(at::ScalarType type, at::DeviceType device) : casts_(type != at::kFloat), device_(device) {
        if (casts_) {
            enabled_ = at::autocast::is_autocast_enabled(device_);
            type_ = at::autocast::get_autocast_dtype(device_);
            at::autocast::set_autocast_dtype(device_, type);
            at::autocast::set_autocast_enabled(device_, true);
            at::autocast::increment_nesting();
        }
    }
    ~Autocast() {
        if (casts_) {
            if (at::autocast::decrement_nesting() == 0) {
                at::autocast::clear_cache();
            }
            at::autocast::set_autocast_enabled(device_, enabled_);
            at::autocast::set_autocast_dtype(device_, type_);
        }
    }
    Autocast(const Autocast&) = delete;
    Autocast& operator=(const Autocast&) = delete;

private:
    bool casts_;
    at::DeviceType device_;
    bool enabled_ = false;
    at::ScalarType type_ = at::kFloat;
};

}  // namespace graft::model
