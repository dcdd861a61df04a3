// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "pipeline/node.hpp"
#include "support.hpp"

using namespace graft;
using graft::test::parse_failure;
using pipeline::Node;
using pipeline::parse_document;

TEST_SUITE("smoke") {
    TEST_CASE("a document becomes nodes with places that count from 1") {
        const Node root = parse_document("a: 1\nlist: [x, \"7\"]\nmap:\n  k: ~\n", "p.yaml");
        REQUIRE(root.is_map());
        REQUIRE(root.entries.size() == 3);
        CHECK(root.entries[0].first == "a");
        CHECK(root.find("a")->scalar == "1");
        CHECK_FALSE(root.find("a")->quoted);
        CHECK(root.find("a")->place == core::Place{"p.yaml", 1, 4, "a: 1"});
        CHECK(root.key_place("list") == core::Place{"p.yaml", 2, 1, "list: [x, \"7\"]"});
        const Node& list = *root.find("list");
        REQUIRE(list.items.size() == 2);
        CHECK(list.items[1].scalar == "7");
        CHECK(list.items[1].quoted);
        CHECK(list.items[1].place.column == 11);
        CHECK(root.find("map")->find("k")->kind == Node::Kind::null);
        CHECK(root.find("nothing") == nullptr);
    }
}

TEST_CASE("aliases are expanded and keep the place of what they name") {
    const Node root = parse_document("a: &x {k: [1, 2]}\nb: *x\n", "p.yaml");
    REQUIRE(root.find("b")->is_map());
    CHECK(root.find("b")->find("k")->items[1].scalar == "2");
    CHECK(root.find("b")->find("k")->place.line == 1);
}

TEST_CASE("columns count characters, so the caret stands right behind other alphabets") {
    const Node root = parse_document("é: {größe: 3}\n", "p.yaml");
    CHECK(root.find("é")->place.column == 4);
    CHECK(root.find("é")->find("größe")->place.column == 12);
}

TEST_CASE("a byte order mark, Windows line ends and tabs between words change nothing") {
    const Node root = parse_document(
        "\xEF\xBB\xBF"
        "a: 1\r\nb:\t2\r\n",
        "p.yaml");
    CHECK(root.find("a")->place == core::Place{"p.yaml", 1, 4, "a: 1"});
    CHECK(root.find("b")->scalar == "2");
}

TEST_CASE("every duplicate key is reported, not the first alone") {
    CHECK(parse_failure("a: 1\nb: {c: 1, c: 2}\na: 2\n") ==
          "p.yaml:2:11: 'c' stands here a second time; the first is on line 2\n"
          "  b: {c: 1, c: 2}\n"
          "            ^\n"
          "  keep one of them\n"
          "p.yaml:3:1: 'a' stands here a second time; the first is on line 1\n"
          "  a: 2\n"
          "  ^\n"
          "  keep one of them");
}

TEST_CASE("what YAML allows and a pipeline does not is refused at its place") {
    CHECK(parse_failure("a: 1\n---\nb: 2\n") ==
          "p.yaml:2:1: a second document begins here; a pipeline is one document\n"
          "  ---\n"
          "  ^\n"
          "  remove the line ---");
    CHECK(parse_failure("a: !!float 3\n") ==
          "p.yaml:1:4: the tag tag:yaml.org,2002:float has no meaning in a pipeline\n"
          "  a: !!float 3\n"
          "     ^\n"
          "  write the value alone; quotes make text of a number");
    CHECK(parse_failure("a: &x {b: 1}\nc:\n  <<: *x\n") ==
          "p.yaml:3:3: the merge key << is not part of this format\n"
          "    <<: *x\n"
          "    ^\n"
          "  `extends: FILE` builds upon another pipeline");
    CHECK(parse_failure("? [1, 2]\n: 3\n") ==
          "p.yaml:1:3: not valid YAML: the closing ']' is missing, or this stands where a key must\n"
          "  ? [1, 2]\n"
          "    ^\n"
          "  a key is plain text: `key: value`");
    CHECK(parse_failure("? - 1\n: 3\n") ==
          "p.yaml:1:3: a key must be plain text\n"
          "  ? - 1\n"
          "    ^\n"
          "  write `key: value`");
    CHECK(parse_failure("a: &x [*x]\n") ==
          "p.yaml:1:8: this alias stands inside what it names\n"
          "  a: &x [*x]\n"
          "         ^\n"
          "  an alias can only name what ended before it");
}

TEST_CASE("broken YAML is told with place, caret and a remedy") {
    CHECK(parse_failure("a: b: c\n") ==
          "p.yaml:1:5: not valid YAML: a ':' cannot stand here\n"
          "  a: b: c\n"
          "      ^\n"
          "  text with ': ' in it needs quotes; a line may be indented deeper only below one that ends with "
          "':'");
    CHECK(parse_failure("a:\n  c: 1\n\tb: 1\n") ==
          "p.yaml:3:1: not valid YAML: a tab stands in the indentation\n"
          "  \tb: 1\n"
          "  ^\n"
          "  indent with spaces, not tabs");
    CHECK(parse_failure("a: [1, 2\nb: 3\n") ==
          "p.yaml:2:2: not valid YAML: a ',' or the closing ']' is missing here\n"
          "  b: 3\n"
          "   ^\n"
          "  it begins at line 1, column 4");
    CHECK(parse_failure("a: {root: ${X}/b}\n") ==
          "p.yaml:1:12: not valid YAML: a ',' or the closing '}' is missing here\n"
          "  a: {root: ${X}/b}\n"
          "             ^\n"
          "  inside [ ] and { } text with ${...} in it needs quotes");
    CHECK(parse_failure("a:\n  b: 1\n c: 2\n") ==
          "p.yaml:3:2: not valid YAML: expected another key of the map above, or the end of it\n"
          "   c: 2\n"
          "   ^\n"
          "  indent the line like those it belongs to");
    CHECK(parse_failure("a: *.jpg\n") ==
          "p.yaml:1:4: not valid YAML: no anchor above has the name of this alias\n"
          "  a: *.jpg\n"
          "     ^\n"
          "  text that begins with '*' needs quotes");
    CHECK(parse_failure("a: @x\n") ==
          "p.yaml:1:4: not valid YAML: text cannot begin with this character\n"
          "  a: @x\n"
          "     ^\n"
          "  put it in quotes");
    CHECK(parse_failure("a: 1]\nb: ]\n") ==
          "p.yaml:2:4: not valid YAML: nothing is open that this could close\n"
          "  b: ]\n"
          "     ^\n"
          "  remove it, or add the opening '[' or '{'");
}

TEST_CASE("a quote that is never closed is found, though yaml-cpp takes the end for it") {
    CHECK(parse_failure("a: \"x\nb: 1\n") ==
          "p.yaml:1:4: not valid YAML: this quote is never closed\n"
          "  a: \"x\n"
          "     ^\n"
          "  add the closing \"");
    CHECK(parse_document("a: \"x \\\" y\"\nb: 'it''s'\nc: \"two\n  lines\"\n", "p.yaml").find("b")->scalar ==
          "it's");
}

TEST_CASE("bytes that are no text are refused") {
    CHECK(parse_failure(std::string("a: \0b\n", 6)) ==
          "p.yaml:1:4: a control character, 0x00, stands here\n"
          "  remove it; inside double quotes it can be written as an escape, like \"\\t\"");
    CHECK(parse_failure("a: 1\nb: \xFF\n") ==
          "p.yaml:2:4: byte 0xFF is not valid UTF-8\n  save the file as UTF-8");
    CHECK(parse_failure("a: \xED\xA0\x80\n") ==
          "p.yaml:1:4: byte 0xED is not valid UTF-8\n  save the file as UTF-8");
    CHECK(parse_failure("a: \xC0\xAF\n") ==
          "p.yaml:1:4: byte 0xC0 is not valid UTF-8\n  save the file as UTF-8");
    CHECK(parse_failure("a: \x1B[31mred\n").find("0x1B") != std::string::npos);
}

TEST_CASE("an alias bomb stops at the budget of values") {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
    for (int level = 1; level < 9; ++level) {
        const std::string below = "*a" + std::to_string(level - 1);
        bomb += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" + below;
        for (int copy = 0; copy < 8; ++copy) {
            bomb += ", " + below;
        }
        bomb += "]\n";
    }
    CHECK(parse_failure(bomb).find("more than 100000 values, those that aliases repeat among them") !=
          std::string::npos);
}

TEST_CASE("depth is limited, also where aliases make it") {
    const std::string deep = "nested deeper than 64 levels";
    for (const std::string opening : {"- ", "? - "}) {
        std::string text;
        for (int level = 0; level < 100'000; ++level) {
            text += opening;
        }
        CHECK(parse_failure(text) != "nothing was thrown");
    }
    CHECK(parse_failure("a: " + std::string(100'000, '[') + std::string(100'000, ']')).find(deep) !=
          std::string::npos);
    CHECK(parse_failure("a: " + std::string(70, '[') + std::string(70, ']')).find(deep) != std::string::npos);
    CHECK(parse_failure("a: " + std::string(60, '[') + std::string(60, ']')) == "nothing was thrown");
    const std::string forty = std::string(40, '[') + "x" + std::string(40, ']');
    CHECK(
        parse_failure("a: &x " + forty + "\nb: " + std::string(40, '[') + "*x" + std::string(40, ']') + "\n")
            .find(deep) != std::string::npos);
}

TEST_CASE("size is limited before anything is parsed") {
    CHECK(parse_failure("a: " + std::string(2'000'000, 'x')) ==
          "p.yaml: has 2000003 bytes; a pipeline has at most 1048576\n  is this the right file?");
    CHECK(parse_document("a: " + std::string(1'000'000, 'x'), "p.yaml").find("a")->scalar.size() ==
          1'000'000);
    const std::string many = parse_failure("a: [" + [] {
        std::string items;
        for (int item = 0; item < 200'000; ++item) {
            items += "1,";
        }
        return items;
    }() + "]\n");
    CHECK(many.find("more than 100000 values") != std::string::npos);
    CHECK(many.size() < 1000);
    CHECK(parse_failure(std::string(300, 'k') + ": 1\n")
              .find("this key has 300 bytes; at most 200 are allowed") != std::string::npos);
}

TEST_CASE("thousands of problems are cut to a hundred and counted") {
    std::string text = "a: 1\n";
    for (int line = 0; line < 1000; ++line) {
        text += "a: 2\n";
    }
    const std::string shown = parse_failure(text);
    CHECK(shown.find("and 900 more problems below") != std::string::npos);
}

TEST_CASE(
    "every beginning of a valid file, and every file with one byte changed, ends in a tree or a Failure") {
    const std::string text =
        "graft: 1\nname: \"x\\n\"\ndata: &d {use: a, root: '${R:-x}'}\nheads:\n  h:\n    - 'it''s'\n    - "
        ">\n     folded\n"
        "  j: *d\n# comment\ntrain: {phases: [{epochs: 1, freeze: [backbone]}]}\r\n";
    int whole = 0;
    const auto attempt = [&](const std::string& variant) {
        try {
            core::Problems problems;
            pipeline::interpret(parse_document(variant, "p.yaml"), "p.yaml", problems);
            ++whole;
        } catch (const core::Failure& failure) {
            CHECK(failure.category() == core::Category::pipeline);
            CHECK_FALSE(failure.problems().empty());
        }
    };
    for (std::size_t length = 0; length <= text.size(); ++length) {
        attempt(text.substr(0, length));
    }
    for (std::size_t offset = 0; offset < text.size(); ++offset) {
        for (const char byte : std::string("\0\t\n :-[]{}\"'*&!#%|>\xC3\xFF,?", 23)) {
            std::string variant = text;
            variant[offset] = byte;
            attempt(variant);
        }
    }
    CHECK(whole > 100);  // else the loop would prove nothing about what goes beyond the parser
}
