// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The bytes of each format; in memory, so that the file itself is written in one step.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "export/network.hpp"

namespace graft::exporting {

using StateDict = std::vector<std::pair<std::string, at::Tensor>>;

/// An archive for torch::jit::load and torch.jit.load; the metadata are its extra files.
std::string to_torchscript(const Network& network);

/// ONNX, opset 17; the metadata are its metadata_props. Throws Failure(plugin) at an operator that graft has
/// no rule for, Failure(data) for an ONNX file of more than 2 GB.
std::string to_onnx(const Network& network);

/// What torch.save writes of a state dict: a zip that torch.load(weights_only=True) takes.
std::string to_pth(const StateDict& tensors);

}  // namespace graft::exporting
