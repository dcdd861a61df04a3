// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/checkpoint.hpp"

#include <cstdint>

#include <fmt/format.h>

#include "core/hash.hpp"
#include "core/little_endian.hpp"
#include "core/problem.hpp"

namespace graft::train {
namespace {

constexpr std::string_view magic = "graftckp";
constexpr std::uint32_t format_version = 2;
constexpr std::uint32_t oldest_version = 1;  // its sections were fewer, see store.cpp
constexpr std::uint32_t maximum_sections = 64;
constexpr std::uint32_t maximum_name = 256;

/// Takes numbers and text off the front, never beyond the end.
class Reader {
public:
    Reader(std::string_view bytes, const std::string& source) : bytes_(bytes), source_(source) {}

    std::string_view take(std::uint64_t size, std::string_view what) {
        if (size > bytes_.size() - position_) {
            fail(fmt::format("is cut off in {}: {} bytes are missing", what,
                             size - (bytes_.size() - position_)));
        }
        const std::string_view taken = bytes_.substr(position_, size);
        position_ += size;
        return taken;
    }

    template <class Number>
    Number number(std::string_view what) {
        Number value = 0;
        const std::string_view taken = take(sizeof(Number), what);
        for (std::size_t index = 0; index < sizeof(Number); ++index) {
            value |= static_cast<Number>(static_cast<unsigned char>(taken[index])) << (8 * index);
        }
        return value;
    }

    std::string_view so_far() const { return bytes_.substr(0, position_); }
    std::uint64_t left() const { return bytes_.size() - position_; }

    [[noreturn]] void fail(const std::string& what) const {
        throw core::Failure(core::Category::data, fmt::format("checkpoint {} {}", source_, what));
    }

private:
    std::string_view bytes_;
    const std::string& source_;
    std::size_t position_ = 0;
};

struct Entry {
    std::string name;
    std::uint64_t size = 0;
    std::uint64_t checksum = 0;
};

std::vector<Entry> read_table(Reader& reader) {
    if (reader.take(magic.size(), "its first bytes") != magic) {
        reader.fail("is no checkpoint of graft: its first bytes are not 'graftckp'");
    }
    const auto version = reader.number<std::uint32_t>("its header");
    const auto count = reader.number<std::uint32_t>("its header");
    if (version < oldest_version || version > format_version) {
        reader.fail(fmt::format("has format version {}; this graft reads versions {} and {}", version,
                                oldest_version, format_version));
    }
    if (count > maximum_sections) {
        reader.fail(fmt::format("is damaged in its header: {} sections, at most {} are possible", count,
                                maximum_sections));
    }
    std::vector<Entry> table;
    for (std::uint32_t index = 0; index < count; ++index) {
        const auto length = reader.number<std::uint32_t>("its table of sections");
        if (length > maximum_name) {
            reader.fail("is damaged in its table of sections");
        }
        Entry entry;
        entry.name = reader.take(length, "its table of sections");
        entry.size = reader.number<std::uint64_t>("its table of sections");
        entry.checksum = reader.number<std::uint64_t>("its table of sections");
        table.push_back(std::move(entry));
    }
    const std::uint64_t expected = core::hash64(reader.so_far());
    if (reader.number<std::uint64_t>("its table of sections") != expected) {
        reader.fail("is damaged in its table of sections: the checksum differs");
    }
    return table;
}

std::string_view read_content(Reader& reader, const Entry& entry, bool check) {
    const std::string_view content = reader.take(entry.size, fmt::format("section '{}'", entry.name));
    if (check && core::hash64(content) != entry.checksum) {
        reader.fail(fmt::format("is damaged in section '{}': the checksum differs", entry.name));
    }
    return content;
}

}  // namespace

std::string pack_sections(const std::vector<CheckpointSection>& sections) {
    std::string bytes(magic);
    std::size_t total = 0;
    bytes += core::little_endian(format_version);
    bytes += core::little_endian(static_cast<std::uint32_t>(sections.size()));
    for (const CheckpointSection& section : sections) {
        bytes += core::little_endian(static_cast<std::uint32_t>(section.name.size()));
        bytes += section.name;
        bytes += core::little_endian(static_cast<std::uint64_t>(section.bytes.size()));
        bytes += core::little_endian(core::hash64(section.bytes));
        total += section.bytes.size();
    }
    bytes += core::little_endian(core::hash64(bytes));
    bytes.reserve(bytes.size() + total);
    for (const CheckpointSection& section : sections) {
        bytes += section.bytes;
    }
    return bytes;
}

std::vector<CheckpointSection> unpack_sections(std::string_view bytes, const std::string& source) {
    Reader reader(bytes, source);
    std::vector<CheckpointSection> sections;
    for (const Entry& entry : read_table(reader)) {
        sections.push_back({entry.name, std::string(read_content(reader, entry, true))});
    }
    if (reader.left() > 0) {
        reader.fail(fmt::format("has {} bytes after its last section", reader.left()));
    }
    return sections;
}

std::string unpack_section(std::string_view bytes, const std::string& name, const std::string& source) {
    Reader reader(bytes, source);
    for (const Entry& entry : read_table(reader)) {
        const std::string_view content = read_content(reader, entry, entry.name == name);
        if (entry.name == name) {
            return std::string(content);
        }
    }
    reader.fail(fmt::format("has no section '{}'", name));
}

}  // namespace graft::train
