// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Files that PyTorch and safetensors wrote (tools/goldens/weight_files.py) against what those hold
// themselves.
#include <doctest/doctest.h>

#include "core/json_text.hpp"
#include "weights/support.hpp"

using namespace graft;
using namespace graft::weights;
using namespace graft::weights::test;
using graft::core::Json;
using graft::core::parse_json;

namespace {

double half(std::uint16_t bits) {
    const int exponent = bits >> 10 & 0x1F;
    const double fraction = bits & 0x3FF;
    const double size =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    return (bits & 0x8000) != 0 ? -size : size;
}

template <class Number>
Number load(const std::byte* from) {
    Number value;
    std::memcpy(&value, from, sizeof(value));
    return value;
}

double element(const Storage& storage, std::size_t index) {
    const std::byte* from = storage.bytes.data() + index * element_size(storage.type);
    switch (storage.type) {
        case DataType::boolean:
        case DataType::uint8:
            return load<std::uint8_t>(from);
        case DataType::int8:
            return load<std::int8_t>(from);
        case DataType::int16:
            return load<std::int16_t>(from);
        case DataType::int32:
            return load<std::int32_t>(from);
        case DataType::int64:
            return static_cast<double>(load<std::int64_t>(from));
        case DataType::float16:
            return half(load<std::uint16_t>(from));
        case DataType::bfloat16: {
            const auto bits = static_cast<std::uint32_t>(load<std::uint16_t>(from)) << 16;
            return load<float>(reinterpret_cast<const std::byte*>(&bits));
        }
        case DataType::float32:
            return load<float>(from);
        case DataType::float64:
            return load<double>(from);
    }
    return 0;
}

/// In the order of rows, as flatten() has them.
std::vector<double> values(const WeightFile& file, const Tensor& tensor) {
    std::vector<double> all;
    std::vector<std::int64_t> place(tensor.shape.size(), 0);
    const auto count = element_count(tensor.shape).value();
    for (std::uint64_t done = 0; done < count; ++done) {
        std::int64_t index = tensor.offset;
        for (std::size_t side = 0; side < place.size(); ++side) {
            index += place[side] * tensor.strides[side];
        }
        all.push_back(element(file.storages[tensor.storage], static_cast<std::size_t>(index)));
        for (std::size_t side = place.size(); side-- > 0 && ++place[side] == tensor.shape[side];) {
            place[side] = 0;
        }
    }
    return all;
}

Json golden(const std::string& file) {
    return parse_json(core::read_file(files / file))["files"];
}

void compare(const WeightFile& file, const Json& wanted) {
    REQUIRE(file.tensors.size() == wanted.size());
    for (const Tensor& tensor : file.tensors) {
        CAPTURE(tensor.name);
        const Json& entry = wanted.at(tensor.name);
        CHECK(type_name(file.storages[tensor.storage].type) == entry["dtype"]);
        CHECK(tensor.shape == entry["shape"].get<std::vector<std::int64_t>>());
        CHECK(values(file, tensor) == entry["values"].get<std::vector<double>>());
    }
}

}  // namespace

// Proves: every container, data type, view and wrapper gives PyTorch's own names, shapes and numbers, to the
// bit.
TEST_CASE("files of PyTorch and safetensors hold what those say") {
    const Json cases = golden("values.json");
    REQUIRE(cases.size() == 16);
    for (const auto& [key, wanted] : cases.items()) {
        const std::string& name = key;  // clang 14 captures no structured binding
        CAPTURE(name);
        const WeightFile file = read_weights(files / name);
        CHECK_NOTHROW(verify(file, name));
        CHECK(file.container == wanted["container"]);
        CHECK(file.wrapper == wanted["wrapper"]);
        CHECK(file.others == wanted["others"].get<std::vector<std::string>>());
        compare(file, wanted["tensors"]);
    }
}

// Proves: what timm, torchvision's references, Lightning, MMEngine, Ultralytics and torch.save(model) leave
// (tools/goldens/training_checkpoints.py) gives the numbers that PyTorch finds there, plain or by key.
TEST_CASE("checkpoints of training programs hold what PyTorch finds in them") {
    const Json cases = golden("training/expected.json");
    REQUIRE(cases.size() == 8);
    for (const auto& [key, choices] : cases.items()) {
        for (const auto& [chosen, wanted] : choices.items()) {
            const std::string name = key + " " + chosen;
            CAPTURE(name);
            const WeightFile file = read_weights(files / "training" / key, {chosen, {}});
            CHECK_NOTHROW(verify(file, name));
            CHECK(file.wrapper == wanted["wrapper"]);
            CHECK(file.module_class == wanted["module_class"]);
            CHECK(file.alternatives == wanted["alternatives"].get<std::vector<std::string>>());
            compare(file, wanted["tensors"]);
        }
    }
    CHECK(read_weights(files / "training/timm.pth.tar").foreign ==
          std::vector<std::string>{"argparse.Namespace", "numpy._core.multiarray.scalar", "numpy.dtype",
                                   "pathlib.PurePosixPath"});
}

// Proves: one file is found by what is in it.
TEST_CASE("the name's end says nothing" * doctest::test_suite("smoke")) {
    const std::string bytes = core::read_file(files / "types.safetensors");
    CHECK(read_weights(as_bytes(bytes), "weights.pth").container == "safetensors");
    CHECK(read_weights(files / "legacy.pth").container == "legacy");
}

// Proves: tied tensors stay tied, so that nothing is held twice.
TEST_CASE("tensors of one storage share it") {
    const WeightFile file = read_weights(files / "views.pth");
    std::map<std::string, std::size_t> storages;
    for (const Tensor& tensor : file.tensors) {
        storages[tensor.name] = tensor.storage;
    }
    CHECK(storages["tied"] == storages["whole"]);
    CHECK(storages["transposed"] == storages["whole"]);
    CHECK(storages["hollow"] != storages["whole"]);
}

// Proves: safetensors' own texts come along.
TEST_CASE("metadata of safetensors") {
    CHECK(read_weights(files / "types.safetensors").metadata ==
          std::map<std::string, std::string>{{"format", "pt"}});
}

// Proves: the CRC-32 that zip has finds any flipped bit of the values; LibTorch's reader does not look.
TEST_CASE("a flipped bit in a storage is found") {
    std::string bytes = core::read_file(files / "zip.pth");
    const WeightFile file = read_weights(as_bytes(bytes), "file");
    int tried = 0;
    for (const Storage& storage : file.storages) {
        if (storage.bytes.empty()) {
            continue;
        }
        char& byte = bytes[static_cast<std::size_t>(as_text(storage.bytes).data() - bytes.data())];
        byte ^= 0x10;
        CHECK_THROWS_AS(verify(file, "file"), core::Failure);
        byte ^= 0x10;
        ++tried;
    }
    CHECK(tried > 5);
    CHECK_NOTHROW(verify(file, "file"));
}
