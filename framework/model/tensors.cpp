// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/tensors.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <ATen/ATen.h>

#include "core/problem.hpp"
#include "weights/containers.hpp"
#include "weights/safetensors.hpp"

namespace graft::model {
namespace {

using weights::DataType;

/// In the order of DataType.
constexpr std::array<at::ScalarType, 10> types = {at::kBool,  at::kByte,  at::kChar, at::kShort,
                                                  at::kInt,   at::kLong,  at::kHalf, at::kBFloat16,
                                                  at::kFloat, at::kDouble};

DataType data_type(at::ScalarType type) {
    const auto* found = std::find(types.begin(), types.end(), type);
    if (found == types.end()) {
        throw core::Failure(
            core::Category::internal,
            fmt::format("a tensor of type {} cannot be written as safetensors", at::toString(type)));
    }
    return static_cast<DataType>(found - types.begin());
}

/// The bytes from a tensor's first element to its last.
std::span<const std::byte> reached(const weights::Storage& storage, const weights::Tensor& tensor) {
    std::int64_t count = 1;
    for (std::size_t side = 0; side < tensor.shape.size(); ++side) {
        if (tensor.shape[side] == 0) {
            return {};
        }
        count += (tensor.shape[side] - 1) * tensor.strides[side];
    }
    const std::size_t size = weights::element_size(storage.type);
    return storage.bytes.subspan(static_cast<std::size_t>(tensor.offset) * size,
                                 static_cast<std::size_t>(count) * size);
}

at::Tensor copied(std::span<const std::byte> bytes, at::ScalarType type) {
    at::Tensor values = at::empty({static_cast<std::int64_t>(bytes.size() / c10::elementSize(type))}, type);
    std::copy(bytes.begin(), bytes.end(), static_cast<std::byte*>(values.mutable_data_ptr()));
    return values;
}

}  // namespace

at::ScalarType scalar_type(DataType type) {
    return types[static_cast<std::size_t>(type)];
}

at::Tensor to_tensor(const weights::WeightFile& file, const weights::Tensor& tensor) {
    const weights::Storage& storage = file.storages.at(tensor.storage);
    const std::span<const std::byte> bytes = reached(storage, tensor);
    at::Tensor values;
    if (storage.type == DataType::boolean) {  // a file may hold other bytes than 0 and 1
        values = copied(bytes, at::kByte).ne(0);
    } else if (file.file == nullptr || bytes.empty() ||
               reinterpret_cast<std::uintptr_t>(bytes.data()) % weights::element_size(storage.type) != 0) {
        values = copied(bytes, scalar_type(storage.type));
    } else {
        const auto count = static_cast<std::int64_t>(bytes.size() / weights::element_size(storage.type));
        values = at::from_blob(
            const_cast<std::byte*>(bytes.data()), {count}, [keep = file.file](void*) {},
            scalar_type(storage.type));
    }
    return values.as_strided(tensor.shape, tensor.strides);
}

std::string to_safetensors(const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                           const std::map<std::string, std::string>& metadata) {
    auto sorted = tensors;
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& left, const auto& right) { return left.first < right.first; });
    std::vector<weights::SafetensorsEntry> entries;
    std::size_t size = 0;
    for (auto& [name, tensor] : sorted) {
        tensor = tensor.detach().cpu().contiguous();
        entries.push_back({name, data_type(tensor.scalar_type()), tensor.sizes().vec()});
        size += tensor.nbytes();
    }
    auto texts = metadata;
    texts["format"] = "pt";  // by which other programs know whose tensors these are
    std::string bytes = weights::safetensors_header(entries, texts);
    bytes.reserve(bytes.size() + size);
    for (const auto& [name, tensor] : sorted) {
        bytes.append(static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes());
    }
    return bytes;
}

std::vector<std::pair<std::string, at::Tensor>> from_safetensors(const std::string& bytes,
                                                                 const std::string& source) {
    const weights::WeightFile file = weights::read_safetensors(std::as_bytes(std::span(bytes)), source);
    std::vector<std::pair<std::string, at::Tensor>> tensors;
    for (const weights::Tensor& tensor : file.tensors) {
        tensors.emplace_back(tensor.name, to_tensor(file, tensor));
    }
    return tensors;
}

}  // namespace graft::model
