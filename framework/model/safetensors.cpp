// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// safetensors: eight bytes with the header's length (little endian), a JSON header
// {"name": {"dtype", "shape", "data_offsets": [begin, end]}, ...}, and the data. Files come from
// strangers, so nothing is believed before it is checked.
#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <set>

#include <fmt/format.h>

#include <ATen/ATen.h>

#include "core/problem.hpp"
#include "model/model.hpp"

namespace graft::model {
namespace {

using core::Json;
using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

constexpr std::uint64_t header_limit = 100'000'000;
constexpr std::size_t length_bytes = 8;

struct Type {
    const char* name;
    at::ScalarType type;
};
constexpr Type types[] = {{"BOOL", at::kBool}, {"U8", at::kByte},       {"I8", at::kChar},
                          {"I16", at::kShort}, {"I32", at::kInt},       {"I64", at::kLong},
                          {"F16", at::kHalf},  {"BF16", at::kBFloat16}, {"F32", at::kFloat},
                          {"F64", at::kDouble}};

core::Failure refused(const std::string& source, const std::string& why) {
    return core::Failure(core::Category::data,
                         fmt::format("'{}' is no safetensors file that can be trusted: {}", source, why),
                         "fetch or write the file again");
}

struct Entry {
    std::string name;
    at::ScalarType type;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// JSON that has each name once in each object: nlohmann's own parser silently keeps the last.
Json parse_header(const std::string& text, const std::string& source) {
    std::vector<std::set<std::string>> names;
    std::string duplicate;
    const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
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

/// Bytes that shape and type need; nothing where the sides multiply to more than fits.
std::optional<std::uint64_t> bytes_needed(const std::vector<std::int64_t>& shape, at::ScalarType type) {
    const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    std::uint64_t bytes = c10::elementSize(type);
    bool empty = false;
    for (const std::int64_t side : shape) {
        const auto factor = static_cast<std::uint64_t>(std::max<std::int64_t>(side, 1));
        empty = empty || side == 0;
        if (bytes > most / factor) {
            return std::nullopt;
        }
        bytes *= factor;
    }
    return empty ? 0 : bytes;
}

std::uint64_t whole_number(const Json& value, const std::string& source, const std::string& what) {
    if (!value.is_number_unsigned() ||
        value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw refused(source, fmt::format("{} is {}, must be a whole number from 0", what, value.dump()));
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
    Entry entry{name, at::kFloat, {}, 0, 0};
    const auto type = std::find_if(std::begin(types), std::end(types), [&](const Type& known) {
        return value["dtype"].get<std::string>() == known.name;
    });
    if (type == std::end(types)) {
        throw refused(source, fmt::format("{} has the unknown dtype {}", who, value["dtype"].dump()));
    }
    entry.type = type->type;
    for (const Json& side : value["shape"]) {
        entry.shape.push_back(static_cast<std::int64_t>(whole_number(side, source, who + "'s side")));
    }
    entry.begin = whole_number(value["data_offsets"][0], source, who + "'s begin");
    entry.end = whole_number(value["data_offsets"][1], source, who + "'s end");
    const auto needed = bytes_needed(entry.shape, entry.type);
    if (entry.end < entry.begin || !needed || *needed != entry.end - entry.begin) {
        throw refused(source,
                      fmt::format("{} of shape {} and dtype {} cannot lie at {}..{}", who,
                                  value["shape"].dump(), value["dtype"].dump(), entry.begin, entry.end));
    }
    return entry;
}

std::vector<Entry> read_entries(const Json& header, const std::string& source) {
    std::vector<Entry> entries;
    for (const auto& [name, value] : header.items()) {
        if (name == "__metadata__") {
            const bool texts =
                value.is_object() &&
                std::all_of(value.begin(), value.end(), [](const Json& text) { return text.is_string(); });
            if (!texts) {
                throw refused(source, "__metadata__ must map names to texts");
            }
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
    std::uint64_t at = 0;
    for (const Entry& entry : entries) {
        if (entry.begin != at) {
            throw refused(
                source,
                fmt::format("tensor '{}' begins at byte {}, {} at {}", entry.name, entry.begin,
                            entry.begin < at ? "inside another that ends" : "after a gap that begins", at));
        }
        at = entry.end;
    }
    if (at != size) {
        throw refused(source, fmt::format("its tensors end at byte {}, its data at {}", at, size));
    }
}

const char* type_name(at::ScalarType type) {
    for (const Type& known : types) {
        if (known.type == type) {
            return known.name;
        }
    }
    throw core::Failure(
        core::Category::internal,
        fmt::format("a tensor of type {} cannot be written as safetensors", at::toString(type)));
}

}  // namespace

std::string to_safetensors(const NamedTensors& tensors) {
    NamedTensors sorted = tensors;
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& left, const auto& right) { return left.first < right.first; });
    Json header = Json::object();
    std::uint64_t at = 0;
    for (auto& [name, tensor] : sorted) {
        tensor = tensor.detach().cpu().contiguous();
        header[name] = {{"dtype", type_name(tensor.scalar_type())},
                        {"shape", tensor.sizes().vec()},
                        {"data_offsets", {at, at + tensor.nbytes()}}};
        at += tensor.nbytes();
    }
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data is aligned
    const std::uint64_t length = text.size();
    std::string bytes(length_bytes, '\0');
    std::memcpy(bytes.data(), &length, length_bytes);
    bytes.reserve(length_bytes + text.size() + at);
    bytes += text;
    for (const auto& [name, tensor] : sorted) {
        bytes.append(static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes());
    }
    return bytes;
}

NamedTensors from_safetensors(const std::string& bytes, const std::string& source) {
    std::uint64_t length = 0;
    if (bytes.size() < length_bytes) {
        throw refused(source,
                      fmt::format("it has {} bytes, not even the 8 of its header's length", bytes.size()));
    }
    std::memcpy(&length, bytes.data(), length_bytes);
    if (length > header_limit || length > bytes.size() - length_bytes) {
        throw refused(source,
                      fmt::format("its header claims {} bytes; there are {} and no more than {} are allowed",
                                  length, bytes.size() - length_bytes, header_limit));
    }
    const std::vector<Entry> entries =
        read_entries(parse_header(bytes.substr(length_bytes, length), source), source);
    const std::size_t data = length_bytes + length;
    check_cover(entries, bytes.size() - data, source);
    NamedTensors tensors;
    for (const Entry& entry : entries) {
        at::Tensor tensor = at::empty(entry.shape, entry.type);
        if (entry.end > entry.begin) {
            std::memcpy(tensor.mutable_data_ptr(), bytes.data() + data + entry.begin,
                        entry.end - entry.begin);
        }
        tensors.emplace_back(entry.name, tensor);
    }
    std::sort(tensors.begin(), tensors.end(),
              [](const auto& left, const auto& right) { return left.first < right.first; });
    return tensors;
}

}  // namespace graft::model
