// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "export/export.hpp"

namespace graft::exporting {

/// Pictures, uint8 [N, height, width, 3], and what the model says of them.
struct TestPictures {
    at::Tensor images;
    std::vector<at::Tensor> expected;

    at::Tensor image() const;  ///< as the exported network takes it
};

/// Noise that stays the same from one export to the next.
TestPictures test_pictures(const model::Model& model, const NetworkOptions& options);

/// Throws Failure(plugin) where it cannot run or an output differs by more than 1e-4: the trace is wrong.
Check check_torchscript(const std::string& bytes, const TestPictures& sample);

/// By OpenCV, and by ONNX Runtime where that can be loaded. Throws Failure(internal) where an output differs
/// by more than 1e-4.
std::vector<Check> check_onnx(const std::string& bytes, const TestPictures& sample,
                              const std::vector<NetworkOutput>& outputs);

}  // namespace graft::exporting
