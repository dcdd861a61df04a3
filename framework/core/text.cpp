// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/text.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>

#include <fmt/format.h>

namespace graft::core {
namespace {

/// How many bytes at the beginning are one character that can be shown; 0: none.
std::size_t shown_bytes(std::string_view text) {
    const auto byte = [&](std::size_t index) -> std::uint32_t {
        return static_cast<unsigned char>(text[index]);
    };
    if (byte(0) < 0x80) {
        return byte(0) >= 0x20 && byte(0) != 0x7f ? 1 : 0;
    }
    const std::size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
    if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < length) {
        return 0;
    }
    std::uint32_t point = byte(0) & (0xffU >> (length + 1));
    for (std::size_t index = 1; index < length; ++index) {
        if ((byte(index) & 0xc0) != 0x80) {
            return 0;
        }
        point = point << 6 | (byte(index) & 0x3f);
    }
    // Too short a number for so many bytes, half of a pair of UTF-16, beyond Unicode, or a control character.
    const std::uint32_t least = length == 2 ? 0xa0 : length == 3 ? 0x800 : 0x10000;
    const bool is_half = point >= 0xd800 && point <= 0xdfff;
    return point < least || is_half || point > 0x10ffff ? 0 : length;
}

}  // namespace

std::string printable_line(std::string_view line, std::size_t longest) {
    std::string shown;
    while (!line.empty()) {
        const std::size_t length = shown_bytes(line);
        if (shown.size() + std::max<std::size_t>(length, 1) > longest) {
            return shown + "...";
        }
        if (length == 0) {
            shown += line.front() == '\t' ? ' ' : '?';
        } else {
            shown += line.substr(0, length);
        }
        line.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return shown;
}

std::string shell_word(std::string_view word) {
    const std::string named = (word.starts_with('-') ? "./" : "") + std::string(word);
    const auto is_plain = [](char letter) {
        const auto byte = static_cast<unsigned char>(letter);
        return std::isalnum(byte) != 0 || byte >= 0x80 ||
               std::string_view("/._-+=:,@%~").find(letter) != std::string_view::npos;
    };
    const auto is_control = [](char letter) {
        const auto byte = static_cast<unsigned char>(letter);
        return byte < 0x20 || byte == 0x7F;
    };
    if (!named.empty() && named.front() != '~' && std::all_of(named.begin(), named.end(), is_plain)) {
        return named;
    }
    const bool escapes = std::any_of(named.begin(), named.end(), is_control);
    std::string quoted = escapes ? "$'" : "'";
    for (const char letter : named) {
        if (escapes && is_control(letter)) {
            quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(letter));
        } else if (escapes && (letter == '\'' || letter == '\\')) {
            quoted += std::string("\\") + letter;
        } else {
            quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
        }
    }
    return quoted + "'";
}

}  // namespace graft::core
