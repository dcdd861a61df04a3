// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "csv_reader.hpp"

#include <algorithm>
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

std::string conversion(const char* from, const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    return std::string("\nConvert it: iconv -f ") + from + " -t utf-8 " + name + " > converted-" + name;
}

void require_utf8(const std::filesystem::path& path, std::string_view text) {
    std::int64_t line = 1;
    for (std::size_t place = 0; place < text.size();) {
        const std::size_t length = character_length(text.substr(place));
        if (length == 0) {
            constexpr std::string_view digits = "0123456789ABCDEF";
            const auto byte = static_cast<unsigned char>(text[place]);
            refuse(path.string() + ":" + std::to_string(line),
                   "byte " + std::to_string(place) + " of the file (counted from 0) is 0x" +
                       digits[byte >> 4U] + digits[byte & 0xfU] + ", which is not UTF-8; a table must be." +
                       conversion("windows-1252", path) +
                       "\n(or from the encoding that the table was saved in)");
        }
        line += text[place] == '\n' || (text[place] == '\r' && text.substr(place, 2) != "\r\n") ? 1 : 0;
        place += length;
    }
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
        refuse(path.string(), "is UTF-16 text, as its byte order mark says; a table must be UTF-8." +
                                  conversion("utf-16", path));
    }
    if (text.find('\0') != std::string::npos) {
        refuse(path.string(), "is no text: it holds zero bytes. If it is UTF-16 without a byte order mark:" +
                                  conversion("utf-16le", path));
    }
    require_utf8(path, text);
    return text;
}

class Parser {
public:
    Parser(const std::string& path, std::string_view text, char delimiter)
        : path_(path), text_(text), delimiter_(delimiter) {
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
        } while (at_ < text_.size() && text_[at_++] == delimiter_);
        if (at_ > 0 && is_break(text_[at_ - 1])) {
            --at_;
            end_line();
        }
        return true;
    }

private:
    static bool is_break(char letter) { return letter == '\n' || letter == '\r'; }
    bool is_space(char letter) const { return letter != delimiter_ && (letter == ' ' || letter == '\t'); }

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

    bool at_end_of_cell() const {
        return at_ >= text_.size() || text_[at_] == delimiter_ || is_break(text_[at_]);
    }

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
    char delimiter_;
    std::size_t at_ = 0;
    std::int64_t line_ = 1;
};

std::string shown(char delimiter) {
    return delimiter == '\t' ? "\"\\t\"" : std::string("\"") + delimiter + "\"";
}

std::size_t columns(const std::string& path, std::string_view text, char delimiter) {
    Row header;
    return Parser(path, text, delimiter).next(header) ? header.cells.size() : 0;
}

/// What separates the cells: as the form says, or as the header shows.
char delimiter_of(Csv& csv, std::string_view text, const CsvForm& form) {
    const char given = form.delimiter.value_or(',');
    if (columns(csv.path, text, given) > 1) {
        return given;
    }
    for (const char other : {';', '\t', ','}) {
        if (other == given || columns(csv.path, text, other) < 2) {
            continue;
        }
        if (form.delimiter) {
            refuse(csv.path + ":1", "the header has a single column, since `delimiter` is " + shown(given) +
                                        "; with " + shown(other) +
                                        " it has several. Correct `delimiter`, or leave it out");
        }
        csv.note = "the header shows " + shown(other) + " between columns; `delimiter: " + shown(other) +
                   "` says so";
        return other;
    }
    return given;
}

}  // namespace

bool CsvForm::is_missing(const std::string& cell) const {
    const std::optional<double> number = to_number(cell);
    return std::any_of(missing.begin(), missing.end(), [&](const std::string& word) {
        return word == cell || (number && to_number(word) == number);
    });
}

Csv read_csv(const std::filesystem::path& path, const CsvForm& form) {
    Csv csv;
    csv.path = path.string();
    const std::string text = read_text(path);
    Parser parser(csv.path, text, delimiter_of(csv, text, form));
    if (!parser.next(csv.header)) {
        refuse(csv.path, "is empty; expected a header and a line a picture");
    }
    for (Row row; parser.next(row);) {
        for (std::string& cell : row.cells) {
            if (form.is_missing(cell)) {
                cell = missing_cell;
            }
        }
        csv.rows.push_back(std::move(row));
    }
    return csv;
}

}  // namespace graft::tables
