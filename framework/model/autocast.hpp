// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <c10/core/DeviceType.h>
#include <c10/core/ScalarType.h>

namespace graft::model {

/// While it lives, convolutions and products of matrices on the device are of this type of numbers, and
/// operators that need more stay in float (LibTorch's autocast). Of float it does nothing. One thread.
class Autocast {
public:
    Autocast(c10::ScalarType type, c10::DeviceType device);
    ~Autocast();
    Autocast(const Autocast&) = delete;
    Autocast& operator=(const Autocast&) = delete;

private:
    bool casts_;
    c10::DeviceType device_;
    bool enabled_ = false;
    c10::ScalarType type_ = c10::ScalarType::Float;
};

}  // namespace graft::model
