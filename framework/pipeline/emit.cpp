// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cctype>
#include <string_view>

#include <fmt/format.h>

#include "pipeline/node.hpp"

namespace graft::pipeline {
namespace {

bool is_letter_or_digit(char byte) {
    return std::isalnum(static_cast<unsigned char>(byte)) != 0;
}

/// Whether text without quotes reads back as itself everywhere, also inside [ ].
bool is_plain(std::string_view text) {
    if (text.empty() || text == "null" || text == "Null" || text == "NULL") {
        return false;
    }
    const char first = text.front();
    const char second = text.size() > 1 ? text[1] : ' ';
    const bool number =
        (first == '-' || first == '+' || first == '.') && (is_letter_or_digit(second) || second == '.');
    if (!is_letter_or_digit(first) && first != '_' && first != '/' && !number) {
        return false;
    }
    if (text.substr(0, 2) == ".." || text.back() == ':' || text.back() == ' ') {
        return false;
    }
    for (std::size_t offset = 0; offset < text.size(); ++offset) {
        const bool colon = text[offset] == ':' && is_letter_or_digit(text[offset + 1]);
        const bool space = text[offset] == ' ' && is_letter_or_digit(text[offset + 1]);
        if (!is_letter_or_digit(text[offset]) &&
            std::string_view("_-./+*=").find(text[offset]) == std::string_view::npos && !colon && !space) {
            return false;
        }
    }
    return true;
}

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char byte : text) {
        const auto code = static_cast<unsigned char>(byte);
        if (byte == '"' || byte == '\\') {
            out += '\\';
            out += byte;
        } else if (byte == '\n') {
            out += "\\n";
        } else if (byte == '\t') {
            out += "\\t";
        } else if (code < 0x20 || code == 0x7F) {
            out += fmt::format("\\x{:02x}", code);
        } else {
            out += byte;
        }
    }
    return out + "\"";
}

/// "${" would be filled in when the text is loaded again.
std::string escaped(std::string_view text) {
    std::string out;
    for (std::size_t offset = 0; offset < text.size(); ++offset) {
        out += text.substr(offset, 2) == "${" ? "$$" : std::string(1, text[offset]);
    }
    return out;
}

std::string key_text(const std::string& key) {
    return is_plain(key) ? key : in_quotes(key);
}

std::string scalar_text(const Node& node) {
    if (node.kind == Node::Kind::null) {
        return "null";
    }
    if (!node.quoted && is_plain(node.scalar)) {
        return node.scalar;
    }
    return in_quotes(escaped(node.scalar));
}

bool is_leaf(const Node& node) {
    return node.is_scalar() || node.kind == Node::Kind::null;
}

/// What fits behind "key: " or "- ": scalars, empty containers, lists of scalars. Empty: needs lines.
std::string inline_text(const Node& node) {
    if (is_leaf(node)) {
        return scalar_text(node);
    }
    if (node.is_map()) {
        return node.entries.empty() ? "{}" : "";
    }
    if (!std::all_of(node.items.begin(), node.items.end(), is_leaf)) {
        return "";
    }
    std::string text;
    for (const Node& item : node.items) {
        text += (text.empty() ? "" : ", ") + scalar_text(item);
    }
    return "[" + text + "]";
}

void write(const Node& node, std::size_t indent, std::string& out);

/// Behind "key:".
void write_value(const Node& node, std::size_t indent, std::string& out) {
    const std::string text = inline_text(node);
    if (!text.empty()) {
        out += " " + text + "\n";
        return;
    }
    out += "\n";
    write(node, indent, out);
}

void write(const Node& node, std::size_t indent, std::string& out) {
    const std::string margin(indent, ' ');
    for (const auto& [key, value] : node.entries) {
        out += margin + key_text(key) + ":";
        write_value(value, indent + 2, out);
    }
    for (const Node& item : node.items) {
        const std::string text = inline_text(item);
        std::string lines = margin + "- " + text + "\n";
        if (text.empty()) {
            lines.clear();
            write(item, indent + 2, lines);
            lines[indent] = '-';  // in front of the item's first line
        }
        out += lines;
    }
}

}  // namespace

std::string emit(const Node& node) {
    const std::string text = inline_text(node);
    if (!text.empty()) {
        return text + "\n";
    }
    std::string out;
    write(node, 0, out);
    return out;
}

}  // namespace graft::pipeline
