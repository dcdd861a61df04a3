// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "weights/weight_file.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <zlib.h>

#include "core/event.hpp"
#include "core/json_text.hpp"
#include "weights/containers.hpp"

namespace graft::weights {
namespace {

struct Type {
    const char* name;
    std::size_t size;
};
constexpr std::array<Type, 10> types = {{{"bool", 1},
                                         {"uint8", 1},
                                         {"int8", 1},
                                         {"int16", 2},
                                         {"int32", 4},
                                         {"int64", 8},
                                         {"float16", 2},
                                         {"bfloat16", 2},
                                         {"float32", 4},
                                         {"float64", 8}}};

constexpr std::size_t longest_reason = 500;

WeightFile read_container(Bytes bytes, const std::string& source, const StateDictChoice& choice) {
    const std::string_view text = as_text(bytes);
    if (text.starts_with("PK")) {
        return read_torch_zip(bytes, source, choice);
    }
    if (is_torch_legacy(bytes)) {
        return read_torch_legacy(bytes, source, choice);
    }
    if (is_torch_tar(bytes)) {
        return read_torch_tar(bytes, source, choice);
    }
    constexpr std::size_t length_bytes = 8;
    if (bytes.size() > length_bytes && text[length_bytes] == '{') {
        refuse_choice(choice, "a safetensors file", source);
        return read_safetensors(bytes, source);
    }
    if (text.starts_with("\x80")) {
        throw refused(source, "it is a bare pickle, not written by torch.save",
                      "write it with torch.save(model.state_dict(), \"weights.pth\")");
    }
    throw refused(
        source,
        "it is none of the known containers: zip, legacy stream and tar of PyTorch, "
        "TorchScript, safetensors",
        bytes.empty() ? "it is empty: fetch it again" : "name a weight file, or convert it to safetensors");
}

/// Text of the file that ends up in JSON; what is no UTF-8 in it becomes the replacement character.
std::string as_utf8(const std::string& text) {
    using Json = core::Json;
    return core::parse_json(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace))
        .get<std::string>();
}

void mend_texts(WeightFile& file) {
    for (std::string* text : {&file.wrapper, &file.module_class}) {
        *text = as_utf8(*text);
    }
    for (std::vector<std::string>* texts : {&file.alternatives, &file.others, &file.foreign}) {
        std::transform(texts->begin(), texts->end(), texts->begin(), as_utf8);
    }
    std::map<std::string, std::string> unread;
    for (const auto& [name, type] : file.unread) {
        unread.emplace(as_utf8(name), as_utf8(type));
    }
    file.unread = std::move(unread);
}

/// Names end up in JSON and on the screen.
void check_names(const WeightFile& file, const std::string& source) {
    for (std::size_t index = 0; index < file.tensors.size(); ++index) {
        const std::string& name = file.tensors[index].name;
        if (index > 0 && file.tensors[index - 1].name == name) {
            throw refused(source, fmt::format("it names '{}' twice", name));
        }
        try {
            core::Json(name).dump();
        } catch (const core::Json::exception&) {
            throw refused(source, "a tensor's name is no UTF-8 text");
        }
    }
}

}  // namespace

std::size_t element_size(DataType type) {
    return types[static_cast<std::size_t>(type)].size;
}

const char* type_name(DataType type) {
    return types[static_cast<std::size_t>(type)].name;
}

core::Failure refused(const std::string& source, const std::string& why, const std::string& remedy) {
    std::string shown = why.substr(0, longest_reason) + (why.size() > longest_reason ? "..." : "");
    std::replace_if(
        shown.begin(), shown.end(),
        [](char byte) { return static_cast<unsigned char>(byte) < ' ' || byte == 0x7F; }, '?');
    return core::Failure(core::Category::data,
                         fmt::format("'{}' cannot be used as weights: {}", source, shown), remedy);
}

std::optional<std::uint64_t> element_count(const std::vector<std::int64_t>& shape) {
    std::int64_t count = 1;
    for (const std::int64_t side : shape) {
        if (__builtin_mul_overflow(count, std::max<std::int64_t>(side, 1), &count)) {
            return std::nullopt;
        }
    }
    const bool empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
    return empty ? 0 : static_cast<std::uint64_t>(count);
}

std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& shape) {
    std::vector<std::int64_t> strides(shape.size());
    std::int64_t stride = 1;
    for (std::size_t side = shape.size(); side-- > 0;) {
        strides[side] = stride;
        stride *= std::max<std::int64_t>(shape[side], 1);
    }
    return strides;
}

void check_view(const Tensor& tensor, std::uint64_t count, const std::string& key,
                const std::string& source) {
    constexpr std::size_t most_sides = 64;
    for (const auto& [numbers, what] : {std::pair{&tensor.shape, "side"}, {&tensor.strides, "stride"}}) {
        const auto negative =
            std::find_if(numbers->begin(), numbers->end(), [](std::int64_t value) { return value < 0; });
        if (negative != numbers->end()) {
            throw refused(source, fmt::format("a tensor has the {} {}, must be at least 0", what, *negative));
        }
    }
    const auto elements = element_count(tensor.shape);
    if (!elements || tensor.shape.size() != tensor.strides.size() || tensor.shape.size() > most_sides) {
        throw refused(source, fmt::format("a tensor of storage '{}' has no possible shape", key));
    }
    std::int64_t last = tensor.offset;
    bool inside = tensor.offset >= 0;
    for (std::size_t side = 0; side < tensor.shape.size() && *elements > 0; ++side) {
        std::int64_t step = 0;
        inside = inside && !__builtin_mul_overflow(tensor.shape[side] - 1, tensor.strides[side], &step) &&
                 !__builtin_add_overflow(last, step, &last);
    }
    const auto limit = static_cast<std::int64_t>(count);
    if (!inside || (*elements > 0 ? last >= limit : last > limit)) {
        throw refused(source,
                      fmt::format("a tensor reaches beyond its storage '{}' of {} elements", key, count));
    }
}

void check_extent(const WeightFile& file, const std::string& source) {
    constexpr double views_a_storage = 16;
    constexpr double small = 1 << 24;  // elements
    double held = 0;
    for (const Storage& storage : file.storages) {
        held += static_cast<double>(storage.count);
    }
    double seen = 0;
    for (const Tensor& tensor : file.tensors) {
        seen += static_cast<double>(element_count(tensor.shape).value_or(0));
    }
    if (seen > views_a_storage * held + small) {
        throw refused(source,
                      fmt::format("its tensors repeat {:.0f} elements until they are {:.0f}", held, seen));
    }
}

void refuse_choice(const StateDictChoice& choice, const std::string& what, const std::string& source) {
    if (!choice.key.empty()) {
        throw core::Failure(
            core::Category::pipeline,
            core::Problems{{choice.place,
                            fmt::format("'{}' is {}, which holds one set of tensors only, none under '{}'",
                                        source, what, choice.key),
                            "leave `key` out"}});
    }
}

WeightFile read_weights(std::span<const std::byte> bytes, const std::string& source,
                        const StateDictChoice& choice) {
    WeightFile file = read_container(bytes, source, choice);
    check_names(file, source);
    mend_texts(file);
    check_extent(file, source);
    return file;
}

WeightFile read_weights(const std::filesystem::path& path, const StateDictChoice& choice) {
    const auto mapped = std::make_shared<core::MappedFile>(path);
    WeightFile file = read_weights(mapped->bytes(), path.string(), choice);
    file.file = mapped;
    return file;
}

void verify(const WeightFile& file, const std::string& source) {
    for (const Storage& storage : file.storages) {
        if (storage.crc && ::crc32_z(0, reinterpret_cast<const Bytef*>(storage.bytes.data()),
                                     storage.bytes.size()) != *storage.crc) {
            throw refused(source, fmt::format("its storage '{}' is damaged (CRC-32)", storage.key));
        }
    }
}

}  // namespace graft::weights
