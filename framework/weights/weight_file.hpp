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
#include "core/problem.hpp"

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
    std::size_t position = 0;           ///< in the writer's order; safetensors: in that of the names
};

/// Which state dict of a training checkpoint is wanted.
struct StateDictChoice {
    std::string key;  ///< keys from the outside, joined by dots: "state_dict_ema"; empty: the plain weights
    core::Place place{};  ///< of the key in a pipeline
};

struct WeightFile {
    std::string container;     ///< zip, legacy, tar, safetensors or torchscript
    std::string wrapper;       ///< keys of a training checkpoint that lead to the state dict; empty: none
    std::string module_class;  ///< of the pickled module whose tensors these are; empty: a state dict
    std::vector<std::string> alternatives;  ///< other state dicts beside it, as `key` names them
    std::vector<Storage> storages;
    std::vector<Tensor> tensors;                ///< sorted by name, each name once
    std::map<std::string, std::string> unread;  ///< names of tensors that are not read, and their type
    std::vector<std::string> others;            ///< names beside them that hold no tensor: "epoch"
    std::vector<std::string> foreign;  ///< Python's classes and functions that it names; none is made
    std::map<std::string, std::string> metadata;   ///< safetensors' own
    std::shared_ptr<const core::MappedFile> file;  ///< keeps the bytes; null: the caller does
};

/// Reads any of the containers, found by content, never by the name's end: PyTorch's zip, its older pickle
/// stream and tar, TorchScript archives (no code of theirs is run), safetensors. A pickle may hold any of
/// Python's objects; none is made. Tensors' bytes stay where they are. Throws Failure(data) that names the
/// file and what is wrong with it, Failure(pipeline) for a choice that the file does not have.
WeightFile read_weights(const std::filesystem::path& path, const StateDictChoice& choice = {});

/// The same of bytes in memory, which must outlive the result; `source` is their name in messages.
WeightFile read_weights(std::span<const std::byte> bytes, const std::string& source,
                        const StateDictChoice& choice = {});

/// Whether a name speaks of weights that follow others, averages over the training: "model_ema".
bool is_of_averages(const std::string& name);

/// Throws Failure(data) when a storage's bytes do not have the CRC-32 that the file gives for them.
void verify(const WeightFile& file, const std::string& source);

}  // namespace graft::weights
