// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace graft::conformance {

using Function = std::function<std::vector<at::Tensor>(const std::vector<at::Tensor>&)>;

/// Traces the function on `example` and throws unless the trace agrees with it on `other` (of another batch
/// size). Parameters must not require gradients. `what`: "forward".
void require_traceable(const Function& function, const std::vector<at::Tensor>& example,
                       const std::vector<at::Tensor>& other, const std::string& what);

/// Runs what was traced of `what` with a number of samples on another number of them; throws when that fails.
void run_traced(const std::function<void()>& run, std::int64_t traced_samples, std::int64_t samples,
                const std::string& what);

}  // namespace graft::conformance
