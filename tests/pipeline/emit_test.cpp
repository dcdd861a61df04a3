// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "core/random.hpp"
#include "pipeline/node.hpp"
#include "pipeline/pipeline.hpp"
#include "support.hpp"

using namespace graft;
using pipeline::emit;
using pipeline::Node;
using pipeline::parse_document;

namespace {

/// Places aside. Quotes count only where they change the meaning: numbers, booleans.
bool same(const Node& left, const Node& right) {
    if (left.kind != right.kind || left.scalar != right.scalar || left.items.size() != right.items.size() ||
        left.entries.size() != right.entries.size()) {
        return false;
    }
    const bool meaningful =
        left.scalar.find_first_of("0123456789") == 0 || left.scalar == "true" || left.scalar == "false";
    if (meaningful && left.scalar.find_first_not_of("0123456789.eE+-truefals") == std::string::npos &&
        left.quoted != right.quoted) {
        return false;
    }
    for (std::size_t index = 0; index < left.items.size(); ++index) {
        if (!same(left.items[index], right.items[index])) {
            return false;
        }
    }
    for (std::size_t index = 0; index < left.entries.size(); ++index) {
        if (left.entries[index].first != right.entries[index].first ||
            !same(left.entries[index].second, right.entries[index].second)) {
            return false;
        }
    }
    return true;
}

Node text_node(const std::string& text, bool quoted) {
    Node node;
    node.kind = Node::Kind::scalar;
    node.scalar = text;
    node.quoted = quoted;
    return node;
}

Node random_node(core::RandomStream& random, int depth) {
    static const std::vector<std::string> texts = {
        "1",    "-1",   "1e-3", ".5",   "true",       "null",         "~",         "",
        " x",   "x ",   "a: b", "a:b",  "cuda:1",     "- x",          "-",         "[a",
        "{a}",  "#x",   "x #y", "it's", "\"q\"",      "back\\slash",  "new\nline", "tab\t",
        "\x1B", "é",    "*",    "a*",   "&a",         "!t",           "%p",        "@x",
        "`x",   "|",    ">",    "?",    "? x",        "---",          "...",       "..",
        "../x", "/a/b", "~/x",  "a,b",  "2026-01-01", "0x10",         "<<",        "=",
        "x:",   ": x",  "a  b", "\r\n", ".nan",       "\xE2\x80\xA8", "\xC2\x85",  "\xEF\xBB\xBFx"};
    Node node;
    const auto kind = depth == 0 ? random.below(2) : random.below(4);
    if (kind == 1) {
        return text_node(texts[random.below(texts.size())], random.below(2) == 1);
    }
    if (kind >= 2) {
        node.kind = kind == 2 ? Node::Kind::list : Node::Kind::map;
        const auto size = random.below(4);
        for (std::uint64_t child = 0; child < size; ++child) {
            Node value = random_node(random, depth - 1);
            if (kind == 2) {
                node.items.push_back(std::move(value));
            } else {
                const std::string& key = texts[random.below(texts.size())];
                node.set(key.empty() || key == "<<" ? "k" : key, std::move(value), {});
            }
        }
    }
    return node;
}

}  // namespace

TEST_SUITE("smoke") {
    TEST_CASE("a resolved pipeline reads well") {
        const std::string text =
            "graft: 1\n"
            "name: \"7\"\n"
            "data:\n"
            "  use: faces\n"
            "  augment:\n"
            "    - flip\n"
            "    - rotate: 10\n"
            "      more: 1\n"
            "    - - 1\n"
            "heads: {}\n"
            "train:\n"
            "  device: cuda:1\n"
            "  freeze: [backbone, \"**.bn1\"]\n"
            "  phases: []\n"
            "  none: null\n";
        CHECK(emit(parse_document(text, "p.yaml")) ==
              "graft: 1\nname: \"7\"\ndata:\n  use: faces\n  augment:\n    - flip\n    - rotate: 10\n      "
              "more: 1\n    - [1]\n"
              "heads: {}\ntrain:\n  device: cuda:1\n  freeze: [backbone, \"**.bn1\"]\n  phases: []\n  none: "
              "null\n");
    }
}

TEST_CASE("what is emitted parses back to the same tree, whatever the texts hold") {
    core::RandomStream random(1, 0, "emit");
    for (int round = 0; round < 3000; ++round) {
        const Node node = random_node(random, 4);
        const std::string text = emit(node);
        CAPTURE(text);
        bool equal = false;
        REQUIRE_NOTHROW(equal = same(node, parse_document(text, "p.yaml")));
        REQUIRE(equal);
        REQUIRE(emit(parse_document(text, "p.yaml")) == text);
    }
}

TEST_CASE("a literal ${ survives being loaded again") {
    const test::Folder folder;
    const auto load = [&](const std::string& file) {
        return pipeline::load_document({file, {}, {{"HOST", "h"}}});
    };
    const Node first = load(folder.write("a.yaml", "a: $${HOST}/${HOST}\nb: 'x$${'\nc: $$$${HOST}\n"));
    CHECK(first.find("a")->scalar == "${HOST}/h");
    CHECK(first.find("b")->scalar == "x${");
    const Node second = load(folder.write("b.yaml", emit(first)));
    CHECK(same(first, second));
}
