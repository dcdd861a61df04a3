// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/events.hpp"

#include <doctest/doctest.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>
#include <string>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "support/generated_page.hpp"

namespace {

using graft::core::Event;
using graft::core::Failure;
using graft::core::Json;

/// The table of docs/events.md.
std::string markdown() {
    std::string text = "| event | field | what it is |\n|---|---|---|\n";
    for (const graft::core::EventKind& kind : graft::core::event_kinds()) {
        text += "| `" + std::string(kind.name) + "` | | " + kind.doc + " |\n";
        for (const graft::core::EventField& field : kind.fields) {
            text += "| | `" + std::string(field.name) + "`" + (field.optional ? ", may be missing" : "") +
                    " | " + field.doc + " |\n";
        }
    }
    return text;
}

std::string refusal(const Event& event, void (*require)(const Event&)) {
    try {
        require(event);
    } catch (const Failure& failure) {
        CHECK(failure.category() == graft::core::Category::internal);
        return failure.what();
    }
    return "";
}

TEST_SUITE("smoke") {
    // Proves: the documented table is the one in the code. With GRAFT_UPDATE set it is written instead.
    TEST_CASE("docs/events.md lists the events") {
        graft::tests::check_generated("events.md", "framework/core/events.cpp by GRAFT_UPDATE=1 test-core",
                                      markdown());
    }
}

// Proves: names are unique, and every event and field is explained.
TEST_CASE("the table of events is whole") {
    std::set<std::string> names;
    for (const graft::core::EventKind& kind : graft::core::event_kinds()) {
        CAPTURE(kind.name);
        CHECK(names.insert(kind.name).second);
        CHECK(kind.doc != std::string());
        std::set<std::string> fields;
        for (const graft::core::EventField& field : kind.fields) {
            CAPTURE(field.name);
            CHECK(fields.insert(field.name).second);
            CHECK(field.doc != std::string());
        }
    }
}

/// The names that our sources write behind what the expression says, white space left out.
std::set<std::string> names_in_sources(const std::string& before) {
    const std::regex pattern("(?:" + before + ")\"([a-z_]+)\"");
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(GRAFT_TEST_SOURCE "/framework")) {
        if (entry.is_directory() || entry.path().filename() == "events.cpp") {
            continue;
        }
        std::string text = graft::core::read_file(entry.path());
        std::erase_if(text, [](unsigned char letter) { return std::isspace(letter) != 0; });
        for (std::sregex_iterator match(text.begin(), text.end(), pattern); match != std::sregex_iterator();
             ++match) {
            names.insert((*match)[1]);
        }
    }
    return names;
}

// Proves: what is in the table is sent by someone, and nobody sends or awaits anything else. `tell` sends the
// two events around a plugin's loading, and crash.cpp writes its line by hand.
TEST_CASE("every event of the table is sent, and no other") {
    const auto sent = names_in_sources(R"(emit\(\{|Eventevent\{|tell\(|\{"event":)");
    const auto awaited = names_in_sources(R"(event\.name[!=]=)");
    CHECK(awaited.size() > 10);
    std::set<std::string> known;
    for (const graft::core::EventKind& kind : graft::core::event_kinds()) {
        const std::string name = kind.name;
        CAPTURE(name);
        CHECK(sent.contains(name));
        known.insert(name);
    }
    for (const auto& names : {sent, awaited}) {
        for (const std::string& name : names) {
            CAPTURE(name);
            CHECK(known.contains(name));
        }
    }
}

// Proves: whoever sends what is not in the table learns it.
TEST_CASE("an event that is not in the table is a fault") {
    using graft::core::require_complete;
    using graft::core::require_known;
    CHECK(refusal({"warning", {{"text", "x"}}}, require_complete) == "");
    CHECK(refusal({"result", {{"anything", 1}}}, require_complete) == "");
    CHECK(refusal({"prediction", {{"image", "x"}}}, require_complete) == "");
    CHECK(refusal({"warning", Json::object()}, require_known) == "");
    CHECK(refusal({"warning", Json::object()}, require_complete) ==
          "the event 'warning' lacks its field 'text' (core/events.cpp)");
    CHECK(refusal({"warnings", {{"text", "x"}}}, require_known) ==
          "there is no event 'warnings' (core/events.cpp)");
    CHECK(refusal({"warning", {{"text", "x"}, {"head", 1}}}, require_known) ==
          "the event 'warning' has no field 'head' (core/events.cpp)");
}

// Proves: an event's own fields never meet its name, whatever they are called.
TEST_CASE("an event survives its line") {
    const Event event{"prediction", {{"event", 1}, {"data", {{"data", 2}}}, {"heads", {{"event", "x"}}}}};
    const std::string line = to_line(event);
    CHECK(line == R"({"event":"prediction","data":{"event":1,"data":{"data":2},"heads":{"event":"x"}}})");
    const Event again = graft::core::from_line(line);
    CHECK(again.name == event.name);
    CHECK(again.fields == event.fields);
    for (const std::string wrong : {"", "7", "[]", "{}", R"({"event":"x"})", R"({"event":"x","data":1})",
                                    R"({"event":1,"data":{}})", R"({"event":"x","data":{},"more":1})"}) {
        CAPTURE(wrong);
        CHECK_THROWS_WITH_AS(graft::core::from_line(wrong),
                             ("not an event of the form {\"event\":NAME,\"data\":{..}}: " + wrong).c_str(),
                             Failure);
    }
}

}  // namespace
