// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "csv_reader.hpp"

#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "cells.hpp"
#include "graft/error.hpp"

namespace graft::tables {
namespace {

constexpr std::uintmax_t most_bytes = std::uintmax_t{1} << 30;

[[noreturn]] void refuse(const std::string& place, const std::string& why) {
    throw Error(ErrorKind::data, place + ": " + why);
}

std::string read_text(const std::filesystem::path& path) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(path, error);
    if (error) {
        refuse(path.string(), "cannot be read: " + error.message());
    }
    if (bytes > most_bytes) {
        refuse(path.string(), "has more than 1 GiB, which is no table of pictures");
    }
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file.is_open() || file.bad() || text.size() != bytes) {
        refuse(path.string(), "cannot be read; is it readable for you?");
    }
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
        refuse(path.string(), "is UTF-16 text; save it as UTF-8");
    }
    if (text.find('\0') != std::string::npos) {
        refuse(path.string(), "is no text: it holds zero bytes");
    }
    return text;
}

class Parser {
public:
    Parser(const std::string& path, std::string_view text) : path_(path), text_(text) {
        constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
        if (text_.starts_with(byte_order_mark)) {
            text_.remove_prefix(byte_order_mark.size());
        }
    }

    /// False at the end.
    bool next(Row& row) {
        while (at_ < text_.size() && is_break(text_[at_])) {
            end_line();
        }
        if (at_ >= text_.size()) {
            return false;
        }
        row = {line_, {}};
        do {
            row.cells.push_back(cell());
        } while (at_ < text_.size() && text_[at_++] == ',');
        if (at_ > 0 && is_break(text_[at_ - 1])) {
            --at_;
            end_line();
        }
        return true;
    }

private:
    static bool is_break(char letter) { return letter == '\n' || letter == '\r'; }
    static bool is_space(char letter) { return letter == ' ' || letter == '\t'; }

    void end_line() {
        const bool pair = text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
        at_ += pair ? 2 : 1;
        ++line_;
    }

    void skip_spaces() {
        while (at_ < text_.size() && is_space(text_[at_])) {
            ++at_;
        }
    }

    bool at_end_of_cell() const { return at_ >= text_.size() || text_[at_] == ',' || is_break(text_[at_]); }

    std::string cell() {
        skip_spaces();
        if (at_ < text_.size() && text_[at_] == '"') {
            return quoted_cell();
        }
        const std::size_t begin = at_;
        while (!at_end_of_cell()) {
            ++at_;
        }
        return trimmed(text_.substr(begin, at_ - begin));
    }

    std::string quoted_cell() {
        const std::int64_t opened = line_;
        std::string content;
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == '"') {
                ++at_;
                if (at_ >= text_.size() || text_[at_] != '"') {
                    skip_spaces();
                    if (!at_end_of_cell()) {
                        refuse_line(line_,
                                    "a cell goes on after its closing quote; write a quote inside of "
                                    "a quoted cell twice");
                    }
                    return content;
                }
            }
            const bool line_ends =
                text_[at_] == '\n' || (text_[at_] == '\r' && text_.substr(at_, 2) != "\r\n");
            line_ += line_ends ? 1 : 0;
            content += text_[at_];
        }
        refuse_line(opened, "the quote that opens here is never closed");
    }

    [[noreturn]] void refuse_line(std::int64_t line, const std::string& why) const {
        refuse(path_ + ":" + std::to_string(line), why);
    }

    const std::string& path_;
    std::string_view text_;
    std::size_t at_ = 0;
    std::int64_t line_ = 1;
};

}  // namespace

Csv read_csv(const std::filesystem::path& path) {
    Csv csv;
    csv.path = path.string();
    const std::string text = read_text(path);
    Parser parser(csv.path, text);
    if (!parser.next(csv.header)) {
        refuse(csv.path, "is empty; expected a header and a line a picture");
    }
    if (csv.header.cells.size() == 1 && csv.header.cells[0].find_first_of(";\t") != std::string::npos) {
        refuse(csv.place(csv.header), "the columns are not separated by commas; save the table with commas");
    }
    for (Row row; parser.next(row);) {
        csv.rows.push_back(std::move(row));
    }
    return csv;
}

}  // namespace graft::tables
