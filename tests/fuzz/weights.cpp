// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer on the readers of weight files: any bytes are read or refused, and what is read lies inside them.
#include <cstdlib>

#include "core/problem.hpp"
#include "weights/bytes.hpp"
#include "weights/weight_file.hpp"

using namespace graft;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const weights::Bytes bytes = std::as_bytes(std::span(data, size));
    try {
        const weights::WeightFile file = weights::read_weights(bytes, "file");
        for (const weights::Tensor& tensor : file.tensors) {
            const weights::Storage& storage = file.storages.at(tensor.storage);
            std::int64_t last = tensor.offset;
            for (std::size_t side = 0; side < tensor.shape.size(); ++side) {
                last += (tensor.shape[side] - 1) * tensor.strides[side];
            }
            const auto begin = storage.bytes.data() - bytes.data();
            const bool inside =
                storage.bytes.empty() ||
                (begin >= 0 && static_cast<std::size_t>(begin) + storage.bytes.size() <= size);
            const bool empty = weights::element_count(tensor.shape).value() == 0;
            if (!inside || tensor.offset < 0 ||
                (!empty && static_cast<std::uint64_t>(last) >= storage.count)) {
                std::abort();
            }
        }
        weights::verify(file, "file");
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::data) {
            std::abort();
        }
    }
    return 0;
}
