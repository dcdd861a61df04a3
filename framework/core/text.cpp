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

/// "\\xE9" for each byte.
std::string escapes(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const char byte : bytes) {
        const auto code = static_cast<unsigned char>(byte);
        text += "\\x";
        text += digits[code >> 4U];
        text += digits[code & 0xfU];
    }
    return text;
}

/// The number that a hexadecimal digit stands for; -1: it is none.
int digit_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    const char small = static_cast<char>(digit | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// The byte that an escape at the front stands for; -1: there is none that name_to_text makes.
int escaped_byte(std::string_view text) {
    if (text.size() < 4 || text[0] != '\\' || text[1] != 'x') {
        return -1;
    }
    const int high = digit_value(text[2]);
    const int low = digit_value(text[3]);
    const int code = high < 0 || low < 0 ? -1 : 16 * high + low;
    return code < 0x20 || code == '\\' || code >= 0x7f ? code : -1;
}

/// The text with escapes for what cannot be shown, but for the bytes of `kept`.
std::string escaped(std::string_view text, std::string_view kept) {
    std::string shown;
    while (!text.empty()) {
        const std::size_t length = shown_bytes(text);
        if (length > 0 || kept.find(text.front()) != std::string_view::npos) {
            shown += text.substr(0, std::max<std::size_t>(length, 1));
        } else {
            shown += escapes(text.substr(0, 1));
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return shown;
}

std::string csv_cell(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
        return text;
    }
    std::string cell = "\"";
    for (const char letter : text) {
        cell += letter == '"' ? std::string("\"\"") : std::string(1, letter);
    }
    return cell + "\"";
}

}  // namespace

std::string name_to_text(std::string_view name) {
    std::string text;
    for (std::size_t begin = 0; begin < name.size();) {
        const std::size_t literal = std::min(name.find("\\x", begin), name.size());
        text += escaped(name.substr(begin, literal - begin), "");
        text += literal < name.size() ? escapes("\\") : "";
        begin = literal + 1;
    }
    return text;
}

std::string text_to_name(std::string_view text) {
    std::string name;
    while (!text.empty()) {
        const int code = escaped_byte(text);
        name += code < 0 ? text.front() : static_cast<char>(code);
        text.remove_prefix(code < 0 ? 1 : 4);
    }
    return name;
}

std::string legible(std::string_view text) {
    return escaped(text, "\n\t");
}

std::string printable_line(std::string_view line, std::size_t longest) {
    std::string shown;
    while (!line.empty()) {
        const std::size_t length = shown_bytes(line);
        const std::string next = length > 0             ? std::string(line.substr(0, length))
                                 : line.front() == '\t' ? " "
                                                        : escapes(line.substr(0, 1));
        if (shown.size() + next.size() > longest) {
            return shown + "...";
        }
        shown += next;
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

std::string csv_row(const std::vector<std::string>& cells) {
    std::string row;
    for (const std::string& cell : cells) {
        row += csv_cell(cell) + ",";
    }
    return row.substr(0, row.size() - 1) + "\n";
}

}  // namespace graft::core
