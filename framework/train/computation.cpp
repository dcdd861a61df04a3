// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/computation.hpp"

#include <cstdlib>

#include <ATen/Context.h>

#include "core/problem.hpp"

namespace graft::train {
namespace {

/// Elsewhere oneDNN turns the numbers to float and back.
bool multiplies_bfloat16() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bf16") != 0;
#else
    return true;  // not known
#endif
}

void set_tf32(bool wanted) {
    const auto precision = wanted ? at::Float32Precision::TF32 : at::Float32Precision::IEEE;
    for (const auto operation : {at::Float32Op::CONV, at::Float32Op::RNN, at::Float32Op::MATMUL}) {
        at::globalContext().setFloat32Precision(at::Float32Backend::CUDA, operation, precision);
    }
}

}  // namespace

void check_precision(const at::Device& device, const pipeline::Train& train) {
    if (train.precision == "tf32" && device.is_cpu()) {
        throw core::Failure(core::Category::pipeline,
                            {{train.precision_place,
                              "train.precision is tf32, which only NVIDIA GPUs have; this run is on the CPU",
                              "write float32, or bfloat16"}});
    }
}

void prepare_computation(const at::Device& device, const pipeline::Train& train) {
    const bool deterministic = train.deterministic;
    check_precision(device, train);
    if (device.is_cuda()) {
        set_tf32(train.precision == "tf32");
    }
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

void set_precision(model::Model& model, const pipeline::Train& train) {
    model.compute_in(train.precision == "bfloat16" ? at::kBFloat16 : at::kFloat);
}

std::string precision_note(const at::Device& device, const pipeline::Train& train) {
    const bool slow = train.precision == "bfloat16" && device.is_cpu() && !multiplies_bfloat16();
    return slow ? "this CPU has no products of bfloat16, so `train.precision: bfloat16` is slower here than "
                  "float32"
                : "";
}

}  // namespace graft::train
