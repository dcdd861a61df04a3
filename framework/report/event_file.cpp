// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/event_file.hpp"

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

#include "core/little_endian.hpp"
#include "core/problem.hpp"

namespace graft::report {
namespace {

/// The remainders of single bytes; the polynomial with its bits reversed.
std::array<std::uint32_t, 256> make_table() {
    constexpr std::uint32_t castagnoli = 0x82F63B78;
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t rest = byte;
        for (int bit = 0; bit < 8; ++bit) {
            rest = (rest >> 1) ^ ((rest & 1) != 0 ? castagnoli : 0);
        }
        table[byte] = rest;
    }
    return table;
}

/// The checksum of bytes that hold checksums themselves would be weak, so those are stored changed.
std::uint32_t masked(std::uint32_t checksum) {
    return std::rotr(checksum, 15) + 0xA282EAD8;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
    static const std::array<std::uint32_t, 256> table = make_table();
    std::uint32_t rest = ~0U;
    for (const char byte : bytes) {
        rest = table[(rest ^ static_cast<unsigned char>(byte)) & 0xFF] ^ (rest >> 8);
    }
    return ~rest;
}

std::string framed(std::string_view bytes) {
    const std::string length = core::little_endian(static_cast<std::uint64_t>(bytes.size()));
    return length + core::little_endian(masked(crc32c(length))) + std::string(bytes) +
           core::little_endian(masked(crc32c(bytes)));
}

std::vector<std::string> messages_in(std::string_view bytes) {
    constexpr std::size_t before = 12;  // length and its checksum
    constexpr std::size_t behind = 4;
    std::vector<std::string> messages;
    while (bytes.size() >= before + behind) {
        std::uint64_t length = 0;
        for (std::size_t index = 0; index < sizeof(length); ++index) {
            length |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[index])) << 8 * index;
        }
        if (length > bytes.size() - before - behind) {
            break;
        }
        const std::string_view message = bytes.substr(before, length);
        if (framed(message) != bytes.substr(0, before + length + behind)) {
            break;
        }
        messages.emplace_back(message);
        bytes.remove_prefix(before + length + behind);
    }
    return messages;
}

void append_bytes(const std::filesystem::path& file, std::string_view bytes) {
    std::ofstream stream(file, std::ios::binary | std::ios::app);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    stream.flush();
    if (!stream) {
        throw core::Failure(core::Category::system,
                            fmt::format("'{}' cannot be written: {}", file.string(), std::strerror(errno)));
    }
}

}  // namespace graft::report
