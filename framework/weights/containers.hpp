// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// One reader a container; read_weights() picks one. Each throws Failure(data) naming `source`.
#pragma once

#include <string>

#include "weights/bytes.hpp"

namespace graft::weights {

/// torch.save since 1.6: a zip archive PREFIX/{data.pkl, byteorder, data/KEY...}; with PREFIX/code/ it is a
/// TorchScript archive, whose parameters are its objects' attributes.
WeightFile read_torch_zip(Bytes bytes, const std::string& source, const StateDictChoice& choice = {});

/// torch.save before that: pickles of a magic number, a version, the system and the object, then the keys of
/// the storages, and for each the count of its elements (int64) and its bytes.
WeightFile read_torch_legacy(Bytes bytes, const std::string& source, const StateDictChoice& choice = {});
bool is_torch_legacy(Bytes bytes);

/// torch.save of 2016: a tar archive with the members storages, tensors and pickle.
WeightFile read_torch_tar(Bytes bytes, const std::string& source, const StateDictChoice& choice = {});
bool is_torch_tar(Bytes bytes);

/// Eight bytes with the header's length (little endian), a JSON header
/// {"name": {"dtype", "shape", "data_offsets": [begin, end]}, ...}, and the data
/// (github.com/huggingface/safetensors). Strict: header limit 100 MB, no overlap, no gap, exact length, no
/// duplicate, known types only.
WeightFile read_safetensors(Bytes bytes, const std::string& source);

/// Refuses a choice among the state dicts of what never has several: "a safetensors file".
void refuse_choice(const StateDictChoice& choice, const std::string& what, const std::string& source);

}  // namespace graft::weights
