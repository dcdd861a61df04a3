// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/csv.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/text.hpp"

namespace {

using graft::core::csv_row;
using graft::core::csv_rows;
using Rows = std::vector<std::vector<std::string>>;

// Proves: the examples of RFC 4180, section 2, are read as it says.
TEST_CASE("rows of separated values") {
    CHECK(csv_rows("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n") == Rows{{"aaa", "bbb", "ccc"}, {"zzz", "yyy", "xxx"}});
    CHECK(csv_rows("aaa,bbb,ccc\nzzz,yyy,xxx") == Rows{{"aaa", "bbb", "ccc"}, {"zzz", "yyy", "xxx"}});
    CHECK(csv_rows("\"aaa\",\"b\r\nbb\",\"ccc\"\r\n") == Rows{{"aaa", "b\r\nbb", "ccc"}});
    CHECK(csv_rows("\"aaa\",\"b\"\"bb\",\"ccc\"") == Rows{{"aaa", "b\"bb", "ccc"}});
    CHECK(csv_rows("a,,\n,\n") == Rows{{"a", "", ""}, {"", ""}});
    CHECK(csv_rows("a,") == Rows{{"a", ""}});
    CHECK(csv_rows("").empty());
    CHECK(csv_rows("\"never closed,\n") == Rows{{"never closed,\n"}});
}

// Proves: whatever a cell holds comes back.
TEST_CASE("what csv_row writes is read back") {
    const Rows rows = {{"id", "a,b", "\"quoted\""}, {"two\nlines", "", " spaces "}, {"\"", ",", "\r\n"}};
    std::string text;
    for (const auto& row : rows) {
        text += csv_row(row);
    }
    CHECK(csv_rows(text) == rows);
}

}  // namespace
