// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// libFuzzer on one reader of weight files, FUZZED_READER: any bytes are read or refused, and what is read
// lies inside them.
#include <cstdlib>

#include "core/problem.hpp"
#include "weights/bytes.hpp"
#include "weights/containers.hpp"
#include "weights/pickle.hpp"
#include "weights/state_dict.hpp"
#include "weights/weight_file.hpp"

using namespace graft;
using namespace graft::weights;

namespace {

const std::string source = "file";

[[maybe_unused]] WeightFile any_container(Bytes bytes, const std::string& name) {
    return read_weights(bytes, name);
}

// These two are asked only for what begins like theirs.
[[maybe_unused]] WeightFile legacy_stream(Bytes bytes, const std::string& name) {
    return is_torch_legacy(bytes) ? read_torch_legacy(bytes, name) : WeightFile{};
}

[[maybe_unused]] WeightFile tar_archive(Bytes bytes, const std::string& name) {
    return is_torch_tar(bytes) ? read_torch_tar(bytes, name) : WeightFile{};
}

/// A bare pickle, in which every kind of object that any container may hold is asked for, and its state
/// dicts.
[[maybe_unused]] WeightFile pickle_machine(Bytes bytes, const std::string& name) {
    for (const Dialect dialect : {Dialect::tar, Dialect::torchscript, Dialect::state_dict}) {
        name_tensors(read_pickle(bytes, dialect, name), {}, name);
    }
    return {};
}

bool lies_inside(Bytes whole, Bytes part) {
    return part.empty() ||
           (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

/// Every element of a tensor belongs to its storage, and that to the file.
bool is_sound(const WeightFile& file, Bytes bytes) {
    for (const Tensor& tensor : file.tensors) {
        const Storage& storage = file.storages.at(tensor.storage);
        if (!lies_inside(bytes, storage.bytes) || tensor.offset < 0) {
            return false;
        }
        if (element_count(tensor.shape).value() == 0) {
            continue;  // its strides lead nowhere
        }
        std::int64_t last = tensor.offset;
        for (std::size_t side = 0; side < tensor.shape.size(); ++side) {
            last += (tensor.shape[side] - 1) * tensor.strides[side];
        }
        if (static_cast<std::uint64_t>(last) >= storage.count) {
            return false;
        }
    }
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes bytes = std::as_bytes(std::span(data, size));
    try {
        const WeightFile file = FUZZED_READER(bytes, source);
        if (!is_sound(file, bytes)) {
            std::abort();
        }
        verify(file, source);
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::data) {
            std::abort();
        }
    }
    return 0;
}
