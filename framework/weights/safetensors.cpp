// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "weights/safetensors.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "core/json_text.hpp"
#include "weights/containers.hpp"

namespace graft::weights {
namespace {

using core::Json;

constexpr std::uint64_t header_limit = 100'000'000;
constexpr std::size_t length_bytes = 8;
constexpr int deepest_header = 8;
constexpr std::size_t alignment = 8;  // of the data, as every reader likes it

struct NamedType {
    const char* name;
    DataType type;
};
constexpr NamedType named_types[] = {{"BOOL", DataType::boolean}, {"U8", DataType::uint8},
                                     {"I8", DataType::int8},      {"I16", DataType::int16},
                                     {"I32", DataType::int32},    {"I64", DataType::int64},
                                     {"F16", DataType::float16},  {"BF16", DataType::bfloat16},
                                     {"F32", DataType::float32},  {"F64", DataType::float64}};

const char* header_name(DataType type) {
    return std::find_if(std::begin(named_types), std::end(named_types),
                        [&](const NamedType& known) { return known.type == type; })
        ->name;
}

struct Entry {
    std::string name;
    DataType type;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// JSON that has each name once in each object: nlohmann's own parser silently keeps the last.
Json parse_header(const std::string& text, const std::string& source) {
    std::vector<std::set<std::string>> names;
    std::string duplicate;
    const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
        if (depth > deepest_header) {
            throw refused(source, "its header nests too deep");
        }
        const auto level = static_cast<std::size_t>(depth);
        if (event == Json::parse_event_t::object_start) {
            names.resize(std::max(names.size(), level + 1));
            names[level].clear();
        } else if (event == Json::parse_event_t::key) {
            const auto name = parsed.get<std::string>();
            if (!names[level - 1].insert(name).second) {
                duplicate = name;
            }
        }
        return true;
    };
    Json header;
    try {
        header = Json::parse(text, watch);
    } catch (const Json::exception&) {
        throw refused(source, "its header is no JSON");
    }
    if (!duplicate.empty()) {
        throw refused(source, fmt::format("its header names '{}' twice", duplicate));
    }
    if (!header.is_object()) {
        throw refused(source, "its header is no JSON object");
    }
    return header;
}

std::uint64_t whole_number(const Json& value, const std::string& source, const std::string& what) {
    if (!value.is_number_unsigned() ||
        value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw refused(source,
                      fmt::format("{} is {}, must be a whole number from 0", what, core::json_text(value)));
    }
    return value.get<std::uint64_t>();
}

Entry read_entry(const std::string& name, const Json& value, const std::string& source) {
    const std::string who = fmt::format("tensor '{}'", name);
    if (!value.is_object() || value.size() != 3 || !value.contains("dtype") || !value.contains("shape") ||
        !value.contains("data_offsets") || !value["dtype"].is_string() || !value["shape"].is_array() ||
        !value["data_offsets"].is_array() || value["data_offsets"].size() != 2) {
        throw refused(source, who + " must have dtype, shape and two data_offsets, nothing else");
    }
    Entry entry{name, DataType::float32, {}, 0, 0};
    const auto type =
        std::find_if(std::begin(named_types), std::end(named_types),
                     [&](const NamedType& known) { return value["dtype"].get<std::string>() == known.name; });
    if (type == std::end(named_types)) {
        throw refused(source,
                      fmt::format("{} has the unknown dtype {}", who, core::json_text(value["dtype"])));
    }
    entry.type = type->type;
    for (const Json& side : value["shape"]) {
        entry.shape.push_back(static_cast<std::int64_t>(whole_number(side, source, who + "'s side")));
    }
    entry.begin = whole_number(value["data_offsets"][0], source, who + "'s begin");
    entry.end = whole_number(value["data_offsets"][1], source, who + "'s end");
    const auto count = element_count(entry.shape);
    const std::uint64_t size = element_size(entry.type);
    if (entry.end < entry.begin || !count || *count > std::numeric_limits<std::int64_t>::max() / size ||
        *count * size != entry.end - entry.begin) {
        throw refused(source, fmt::format("{} of shape {} and dtype {} cannot lie at {}..{}", who,
                                          core::json_text(value["shape"]), core::json_text(value["dtype"]),
                                          entry.begin, entry.end));
    }
    return entry;
}

std::vector<Entry> read_entries(const Json& header, WeightFile& file, const std::string& source) {
    std::vector<Entry> entries;
    for (const auto& [name, value] : header.items()) {
        if (name == "__metadata__") {
            const bool texts =
                value.is_object() &&
                std::all_of(value.begin(), value.end(), [](const Json& text) { return text.is_string(); });
            if (!texts) {
                throw refused(source, "__metadata__ must map names to texts");
            }
            value.get_to(file.metadata);
            continue;
        }
        entries.push_back(read_entry(name, value, source));
    }
    return entries;
}

/// Every byte belongs to exactly one tensor.
void check_cover(std::vector<Entry> entries, std::uint64_t size, const std::string& source) {
    std::sort(entries.begin(), entries.end(), [](const Entry& left, const Entry& right) {
        return std::pair(left.begin, left.end) < std::pair(right.begin, right.end);
    });
    std::uint64_t offset = 0;
    for (const Entry& entry : entries) {
        if (entry.begin != offset) {
            throw refused(
                source,
                fmt::format("tensor '{}' begins at byte {}, {} at {}", entry.name, entry.begin,
                            entry.begin < offset ? "inside another that ends" : "after a gap that begins",
                            offset));
        }
        offset = entry.end;
    }
    if (offset != size) {
        throw refused(source, fmt::format("its tensors end at byte {}, its data at {}", offset, size));
    }
}
/// Numbers by their value: "blocks.9" before "blocks.10". The format keeps no order of its own.
bool comes_before(std::string_view left, std::string_view right) {
    const auto digits = [](std::string_view text) {
        return std::min(text.find_first_not_of("0123456789"), text.size());
    };
    while (!left.empty() && !right.empty()) {
        std::size_t mine = digits(left);
        std::size_t theirs = digits(right);
        if (mine > 0 && theirs > 0 && mine != theirs) {
            return mine < theirs;  // without leading zeros the longer number is the larger
        }
        mine = std::max<std::size_t>(mine, 1);
        theirs = std::max<std::size_t>(theirs, 1);
        if (const int order = left.substr(0, mine).compare(right.substr(0, theirs)); order != 0) {
            return order < 0;
        }
        left.remove_prefix(mine);
        right.remove_prefix(theirs);
    }
    return left.empty() && !right.empty();
}

}  // namespace

WeightFile read_safetensors(Bytes bytes, const std::string& source) {
    Cursor cursor(bytes, source);
    const auto length = cursor.number<std::uint64_t>();
    if (length > header_limit || length > cursor.left()) {
        throw refused(source,
                      fmt::format("its header claims {} bytes; there are {} and no more than {} are allowed",
                                  length, cursor.left(), header_limit));
    }
    WeightFile file;
    file.container = "safetensors";
    const std::vector<Entry> entries =
        read_entries(parse_header(std::string(as_text(cursor.take(length))), source), file, source);
    const Bytes data = cursor.take(cursor.left());
    check_cover(entries, data.size(), source);
    for (const Entry& entry : entries) {
        file.tensors.push_back(
            {entry.name, file.storages.size(), entry.shape, contiguous_strides(entry.shape), 0, 0});
        const std::uint64_t size = entry.end - entry.begin;
        file.storages.push_back(
            {entry.name, entry.type, size / element_size(entry.type), data.subspan(entry.begin, size), {}});
    }
    std::sort(file.tensors.begin(), file.tensors.end(),
              [](const Tensor& left, const Tensor& right) { return comes_before(left.name, right.name); });
    for (std::size_t index = 0; index < file.tensors.size(); ++index) {
        file.tensors[index].position = index;
    }
    std::sort(file.tensors.begin(), file.tensors.end(),
              [](const Tensor& left, const Tensor& right) { return left.name < right.name; });
    return file;
}

std::string safetensors_header(const std::vector<SafetensorsEntry>& entries,
                               const std::map<std::string, std::string>& metadata) {
    Json header = Json::object();
    if (!metadata.empty()) {
        header["__metadata__"] = metadata;
    }
    std::uint64_t offset = 0;
    for (const SafetensorsEntry& entry : entries) {
        const std::uint64_t end = offset + element_count(entry.shape).value() * element_size(entry.type);
        header[entry.name] = {
            {"dtype", header_name(entry.type)}, {"shape", entry.shape}, {"data_offsets", {offset, end}}};
        offset = end;
    }
    std::string text = core::json_text(header);
    text.resize((text.size() + alignment - 1) / alignment * alignment, ' ');
    const std::uint64_t length = text.size();
    std::string bytes(length_bytes, '\0');
    std::memcpy(bytes.data(), &length, length_bytes);
    return bytes + text;
}

}  // namespace graft::weights
