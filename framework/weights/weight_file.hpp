// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Weight files as named tensors, whatever program wrote them. Files are not trusted: nothing in them is
// used before it is checked, and none of them can run code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/files.hpp"

namespace graft::weights {

enum class DataType { boolean, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64 };

/// Bytes of one element.
std::size_t element_size(DataType type);
/// As PyTorch calls it: "float32".
const char* type_name(DataType type);

/// Elements that one or several tensors look at.
struct Storage {
    std::string key;  ///< as the file calls it
    DataType type = DataType::float32;
    std::uint64_t count = 0;           ///< of elements
    std::span<const std::byte> bytes;  ///< count * element_size(type) of them, little endian, at any address
    std::optional<std::uint32_t> crc;  ///< CRC-32 of the bytes where the file has one
};

/// A view of a storage. Every element that shape, strides and offset can reach lies inside it.
struct Tensor {
    std::string name;
    std::size_t storage = 0;            ///< index into the file's storages
    std::vector<std::int64_t> shape;    ///< each from 0
    std::vector<std::int64_t> strides;  ///< in elements, each from 0, one a side
    std::int64_t offset = 0;            ///< of the first element
};

struct WeightFile {
    std::string container;  ///< zip, legacy, tar, safetensors or torchscript
    std::string wrapper;    ///< key of a training checkpoint that holds the state dict; empty: none
    std::vector<Storage> storages;
    std::vector<Tensor> tensors;                   ///< sorted by name, each name once
    std::vector<std::string> others;               ///< names beside them that hold no tensor: "epoch"
    std::map<std::string, std::string> metadata;   ///< safetensors' own
    std::shared_ptr<const core::MappedFile> file;  ///< keeps the bytes; null: the caller does
};

/// Reads any of the containers, found by content, never by the name's end: PyTorch's zip, its older pickle
/// stream and tar, TorchScript archives (no code of theirs is run), safetensors. Tensors' bytes stay
/// where they are. Throws Failure(data) that names the file and what is wrong with it.
WeightFile read_weights(const std::filesystem::path& path);

/// The same of bytes in memory, which must outlive the result; `source` is their name in messages.
WeightFile read_weights(std::span<const std::byte> bytes, const std::string& source);

/// Throws Failure(data) when a storage's bytes do not have the CRC-32 that the file gives for them.
void verify(const WeightFile& file, const std::string& source);

}  // namespace graft::weights
