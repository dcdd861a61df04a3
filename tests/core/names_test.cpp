// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "core/names.hpp"
#include "core/random.hpp"

using namespace graft::core;

TEST_SUITE("smoke") {
    TEST_CASE("the nearest name is a slip away, or none") {
        const std::vector<std::string> names = {"dropout", "hidden", "target", "use"};
        CHECK(nearest("drpout", names) == "dropout");
        CHECK(nearest("hiddne", names) == "hidden");  // two letters swapped are one slip
        CHECK(nearest("learning_rate", names).empty());
        CHECK(nearest("", names).empty());
        CHECK(nearest("d", {"c"}).empty());  // nothing of the name would be left
        CHECK(nearest("a", {"ab"}) == "ab");
        CHECK(suggest("tagret", names) == "did you mean 'target'?");
        CHECK(suggest("zzz", names) == "allowed: dropout, hidden, target, use");
        CHECK(suggest("zzz", {}).empty());
        CHECK(listed({}) == "none");
    }
}

TEST_CASE("a name of a megabyte has no nearest name, and costs nothing") {
    CHECK(nearest(std::string(1 << 20, 'x'), {"batch", "device"}).empty());
}

TEST_CASE("patterns: a star stays within its level, two go across") {
    CHECK(matches("backbone", "backbone"));
    CHECK_FALSE(matches("backbone", "backbones"));
    CHECK_FALSE(matches("backbone", "backbon"));
    CHECK(matches("backbone.layer*", "backbone.layer1"));
    CHECK_FALSE(matches("backbone.layer*", "backbone.layer1.0"));
    CHECK(matches("backbone.*.bn1", "backbone.layer1.bn1"));
    CHECK_FALSE(matches("backbone.*.bn1", "backbone.layer1.0.bn1"));
    CHECK(matches("backbone.**.bn1", "backbone.layer1.0.bn1"));
    CHECK(matches("**", ""));
    CHECK(matches("*", ""));
    CHECK(matches("**", "a.b.c"));
    CHECK_FALSE(matches("*", "a.b"));
    CHECK(matches("**.bn1", "backbone.layer1.0.bn1"));
    CHECK_FALSE(matches("", "a"));
    CHECK(matches("", ""));
    CHECK_FALSE(matches("a", ""));
    CHECK(matches("***", "a.b"));
}

TEST_CASE("patterns agree with a plain recursive matcher on thousands of short cases") {
    // Independent of the table in names.cpp: follows the definition, letter by letter.
    const std::function<bool(const std::string&, const std::string&)> plain =
        [&](const std::string& pattern, const std::string& path) -> bool {
        if (pattern.empty()) {
            return path.empty();
        }
        const bool across = pattern.compare(0, 2, "**") == 0;
        if (across || pattern[0] == '*') {
            const std::string rest = pattern.substr(across ? 2 : 1);
            for (std::size_t length = 0; length <= path.size(); ++length) {
                if (!across && path.substr(0, length).find('.') != std::string::npos) {
                    break;
                }
                if (plain(rest, path.substr(length))) {
                    return true;
                }
            }
            return false;
        }
        return !path.empty() && path[0] == pattern[0] && plain(pattern.substr(1), path.substr(1));
    };
    RandomStream random(3, 0, "patterns");
    const auto word = [&](const std::string& letters) {
        std::string text;
        for (std::uint64_t left = random.below(8); left > 0; --left) {
            text += letters[random.below(letters.size())];
        }
        return text;
    };
    int matched = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::string pattern = word("ab.**");
        const std::string path = word("ab.");
        CAPTURE(pattern);
        CAPTURE(path);
        REQUIRE(matches(pattern, path) == plain(pattern, path));
        matched += matches(pattern, path) ? 1 : 0;
    }
    CHECK(matched > 500);
}

TEST_CASE("a hostile pattern ends: forty times ** would take longer than the universe by recursion") {
    std::string pattern;
    for (int part = 0; part < 40; ++part) {
        pattern += "**a";
    }
    CHECK_FALSE(matches(pattern + "b", std::string(400, 'a')));
    CHECK(matches(pattern, std::string(400, 'a')));
}
