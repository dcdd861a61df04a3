// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "export/network.hpp"

namespace graft::exporting {

/// ONNX Runtime where this machine has it, loaded when it is asked for: graft neither needs nor links it.
/// `GRAFT_ONNXRUNTIME` names the library; otherwise libonnxruntime.so is looked for as any library is.
class OnnxRuntime {
public:
    /// Throws std::runtime_error with the reason where no usable library is found.
    OnnxRuntime();

    /// True where the environment names a library, which is then meant to be used.
    static bool is_named();

    const std::string& version() const { return version_; }

    /// The network's outputs, float [N, ...], for images [N, 3, height, width], float. Throws
    /// std::runtime_error with ONNX Runtime's message where it cannot load or run the network.
    std::vector<at::Tensor> run(const std::string& bytes, const at::Tensor& image,
                                const std::vector<NetworkOutput>& outputs) const;

private:
    const void* const* functions_ = nullptr;
    std::string version_;
};

}  // namespace graft::exporting
