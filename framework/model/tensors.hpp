// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "weights/weight_file.hpp"

namespace graft::model {

/// LibTorch's name for a type of a weight file. Any thread, as all of these.
at::ScalarType scalar_type(weights::DataType type);

/// A file's tensor on the CPU. It looks at the file's bytes and keeps them, so it is not to be written to;
/// it is a copy only where they lie at an address that its type cannot have.
at::Tensor to_tensor(const weights::WeightFile& file, const weights::Tensor& tensor);

/// safetensors bytes of named tensors, sorted by name (github.com/huggingface/safetensors, format). Throws
/// Failure(internal) for a type that the format lacks.
std::string to_safetensors(const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                           const std::map<std::string, std::string>& metadata = {});

/// Strict, see weights/containers.hpp; the tensors own their values. Throws Failure(data) naming `source`.
std::vector<std::pair<std::string, at::Tensor>> from_safetensors(const std::string& bytes,
                                                                 const std::string& source);

}  // namespace graft::model
