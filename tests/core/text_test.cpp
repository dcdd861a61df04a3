// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Names are bytes, files hold text: one form, and back.
#include <doctest/doctest.h>

#include <limits>
#include <set>

#include "core/json_text.hpp"
#include "core/random.hpp"
#include "core/text.hpp"

using namespace graft::core;
using namespace std::string_literals;

TEST_CASE("a name that is text stays; other bytes, control characters and a literal \\x are escaped") {
    CHECK(name_to_text("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9d") ==
          "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9d");
    CHECK(name_to_text("caf\xe9") == "caf\\xE9");
    CHECK(name_to_text("caf\\xE9") == "caf\\x5CxE9");
    CHECK(name_to_text("a\\b\\") == "a\\b\\");
    CHECK(name_to_text("\\\xe9\\\\x") == "\\\\xE9\\\\x5Cx");
    CHECK(name_to_text("a\nb\t\x1b\x7f\xc2\x9b"s + '\0') == "a\\x0Ab\\x09\\x1B\\x7F\\xC2\\x9B\\x00");
    // Half a character, too many bytes for one, half a pair of UTF-16, beyond Unicode.
    CHECK(name_to_text("\xc3|\xc0\x80|\xed\xa0\x80|\xf4\x90\x80\x80") ==
          "\\xC3|\\xC0\\x80|\\xED\\xA0\\x80|\\xF4\\x90\\x80\\x80");
    CHECK(text_to_name("caf\\xe9") == "caf\xe9");
    CHECK(text_to_name("\\x41 \\xg0 \\x \\x4 \\") ==
          "\\x41 \\xg0 \\x \\x4 \\");  // nothing that a name becomes
}

// Proves: no name is lost, and no two become one.
TEST_CASE(
    "every name of two bytes, and thousands of longer ones, come back; the texts are valid and differ") {
    std::set<std::string> texts;
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            const std::string name = {static_cast<char>(first), static_cast<char>(second)};
            const std::string text = name_to_text(name);
            CHECK(text_to_name(text) == name);
            texts.insert(text);
        }
    }
    CHECK(texts.size() == 256 * 256);
    RandomStream random(1, 0, "names");
    const std::string letters = "\\x59CEce\xc3\xa9\xe2\x82\xac\xff\n";
    for (int round = 0; round < 20000; ++round) {
        std::string name;
        for (std::uint64_t left = random.below(12); left > 0; --left) {
            name += letters[random.below(letters.size())];
        }
        const std::string text = name_to_text(name);
        CHECK(text_to_name(text) == name);
        CHECK_NOTHROW(Json(text).dump());
    }
}

TEST_CASE("a text with names in it keeps its lines") {
    CHECK(legible("a: caf\xe9\n\tb\x1b[1m \\xE9") == "a: caf\\xE9\n\tb\\x1B[1m \\xE9");
}

// Proves: whatever a library prints is a short line of valid UTF-8.
TEST_CASE("a line that anything may have written") {
    CHECK(printable_line("a\tb\x1b[1m\x7f", 100) == "a b\\x1B[1m\\x7F");
    CHECK(printable_line("\xff|\xc3|\xc2\x9b", 100) == "\\xFF|\\xC3|\\xC2\\x9B");
    CHECK(printable_line("12345", 5) == "12345");
    CHECK(printable_line("123456", 5) == "12345...");
    CHECK(printable_line("1234\xc3\xb6", 5) == "1234...");
    CHECK(printable_line("12\xff", 5) == "12...");
}

TEST_CASE("JSON is valid whatever is in it, keys among it; texts can all be changed") {
    const Json json = {{"caf\xe9", {"a\xff", 1, nullptr, {{"b", "\x1b"}}}},
                       {"nan", std::numeric_limits<double>::quiet_NaN()}};
    CHECK(json_text(json) == R"({"caf\\xE9":["a\\xFF",1,null,{"b":"\\x1B"}],"nan":null})");
    CHECK(json_text({{"a", "\x1b"}}, 2) == "{\n  \"a\": \"\\u001b\"\n}");
    const Json names = {{"images", {"caf\xe9", "caf\\xE9"}}};
    const std::string sent = json_text(with_texts(names, name_to_text));
    CHECK(sent == R"({"images":["caf\\xE9","caf\\x5CxE9"]})");
    CHECK(with_texts(parse_json(sent), text_to_name) == names);
}

// Proves: what is printed to be typed is one word that the shell reads back as it was; by the POSIX shell's
// rules for quotes, and bash's for $'..'.
TEST_CASE("words for a shell") {
    CHECK(shell_word("runs/first-1.0_a+b:c,d@e=f") == "runs/first-1.0_a+b:c,d@e=f");
    CHECK(shell_word("Gr\xc3\xb6\xc3\x9f"
                     "e") ==
          "Gr\xc3\xb6\xc3\x9f"
          "e");
    CHECK(shell_word("") == "''");
    CHECK(shell_word("my runs") == "'my runs'");
    CHECK(shell_word("it's") == "'it'\\''s'");
    CHECK(shell_word("$HOME/a*") == "'$HOME/a*'");
    CHECK(shell_word("~/runs") == "'~/runs'");
    CHECK(shell_word("-run") == "./-run");
    CHECK(shell_word("a\nb'c\\") == "$'a\\x0ab\\'c\\\\'");
}
