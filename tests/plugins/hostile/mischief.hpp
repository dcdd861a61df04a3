// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include <ATen/core/Tensor.h>

#include "graft/options.hpp"

namespace hostile {

/// What a component does wrong, as its options ask for it.
class Mischief {
public:
    /// `method`, `how` and `after`.
    static graft::OptionTable options();

    /// `component`: under which calls are counted, whichever object they reach.
    Mischief(const char* component, const graft::Options& options);

    /// Stands at the beginning of every method. Throws, crashes or prints when the time of this one has come;
    /// returns what is to be wrong with the result: "undefined", "dtype", "shape" (a sample too many),
    /// "channels" (one too few), or "" for nothing.
    std::string enter(std::string_view method) const;

private:
    std::string component_;
    std::string method_;
    std::string how_;
    std::int64_t after_ = 0;
};

/// Does what `how` says, if that needs no result: throws, crashes or prints.
void act(const std::string& how);

/// A tensor that is wrong as `enter` said, or the good one.
at::Tensor spoiled(const std::string& wrong, const at::Tensor& good);

}  // namespace hostile
