// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/backend.hpp"

#include <cstdlib>

#include <ATen/Context.h>

namespace graft::train {

void prepare_backend(const at::Device& device, bool deterministic) {
    at::Context& context = at::globalContext();
    if (deterministic) {
        // Without it the sums of cuBLAS may differ from run to run.
        ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
        context.setDeterministicFillUninitializedMemory(false);
    }
    context.setDeterministicAlgorithms(deterministic, /*warn_only=*/false);
    context.setDeterministicCuDNN(deterministic);
    context.setBenchmarkCuDNN(device.is_cuda() && !deterministic);
}

}  // namespace graft::train
