// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What cases demand of a component. All throw Fault; one call at a time.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include <ATen/core/Tensor.h>

namespace graft::conformance {

/// What a component does wrong, and what its author does about it.
class Fault : public std::runtime_error {
public:
    Fault(const std::string& message, std::string remedy)
        : std::runtime_error(message), remedy_(std::move(remedy)) {}

    const std::string& remedy() const { return remedy_; }

private:
    std::string remedy_;
};

/// Throws with the message, and what to do, unless the condition holds.
inline void require(bool condition, const std::string& message, const std::string& remedy = "") {
    if (!condition) {
        throw Fault(message, remedy);
    }
}

/// "[2, 64, 8, 8]".
std::string shape_text(const at::Tensor& tensor);

/// Throws unless shape, type and every value agree to the tolerance (0: bit by bit).
void require_equal(const at::Tensor& got, const at::Tensor& wanted, double tolerance, const std::string& what,
                   const std::string& remedy = "");

/// Throws unless the tensor is float and finite.
void require_float(const at::Tensor& tensor, const std::string& what);

/// Calls `use` some times and throws where the process holds more memory after each of them.
void require_no_growth(const std::function<void()>& use, const std::string& what);

}  // namespace graft::conformance
