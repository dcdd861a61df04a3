// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <limits>

#include "core/event.hpp"
#include "core/problem.hpp"

using namespace graft::core;

TEST_SUITE("smoke") {
    TEST_CASE("a problem shows place, line, caret and remedy") {
        CHECK(render(Problem{{"t.yaml", 12, 3, "  lr: x"}, "lr is x", "write 0.1"}) ==
              "t.yaml:12:3: lr is x\n    lr: x\n    ^\n  write 0.1");
        CHECK(render(Problem{{"t.yaml", 0, 0, ""}, "is empty", ""}) == "t.yaml: is empty");
        CHECK(render(Problem{{}, "no place", "do this"}) == "no place\n  do this");
    }
}

TEST_CASE("the caret stands below its column behind tabs, too") {
    CHECK(render(Problem{{"t", 1, 3, "\ta: b"}, "m", ""}) == "t:1:3: m\n  \ta: b\n  \t ^");
}

TEST_CASE("problems come in the order of file, line and column; equal places keep their order") {
    const Problems problems = {{{"b", 1, 1, ""}, "5", ""},
                               {{"a", 10, 1, ""}, "4", ""},
                               {{"a", 2, 5, ""}, "2", ""},
                               {{"a", 2, 5, ""}, "3", ""},
                               {{}, "0", ""},
                               {{"a", 2, 4, ""}, "1", ""}};
    CHECK(render(problems) == "0\na:2:4: 1\na:2:5: 2\na:2:5: 3\na:10:1: 4\nb:1:1: 5");
}

TEST_CASE("a failure carries its category, every problem and their text") {
    const Failure failure(Category::data, Problems{{{"a", 1, 1, ""}, "x", ""}, {{"a", 2, 1, ""}, "y", ""}});
    CHECK(static_cast<int>(failure.category()) == 4);
    CHECK(failure.problems().size() == 2);
    CHECK(std::string(failure.what()) == "a:1:1: x\na:2:1: y");
    CHECK_NOTHROW(throw_if_any(Category::data, {}));
    CHECK_THROWS_AS(throw_if_any(Category::data, failure.problems()), Failure);
}

TEST_CASE("events survive the way through a line") {
    const Event event{"epoch",
                      {{"epoch", 3}, {"val", {{"loss", 0.25}}}, {"text", "two\nlines, \"quotes\", é"}}};
    const std::string line = to_line(event);
    CHECK(line.find('\n') == std::string::npos);
    const Event back = from_line(line);
    CHECK(back.name == "epoch");
    CHECK(back.fields == event.fields);
}

TEST_CASE("numbers that JSON does not know become null, bytes that are no text are replaced") {
    CHECK(to_line({"progress", {{"loss", std::numeric_limits<double>::quiet_NaN()}}}) ==
          R"({"event":"progress","data":{"loss":null}})");
    CHECK(to_line({"progress", {{"loss", std::numeric_limits<double>::infinity()}}}) ==
          R"({"event":"progress","data":{"loss":null}})");
    CHECK_NOTHROW(to_line({"log", {{"text", "\xFF\xFE"}}}));
}

TEST_CASE("what is no event is refused") {
    for (const std::string line : {"", "{}", "[]", "text", "{\"event\": 3}", "{\"event\": \"x\"", "null"}) {
        CAPTURE(line);
        CHECK_THROWS_AS(from_line(line), Failure);
    }
}
