// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "pipeline/pipeline.hpp"
#include "support.hpp"
#include "support/temporary_folder.hpp"

using namespace graft;

namespace {

OptionTable table() {
    return {option::boolean("flag", false, "a flag"),
            option::integer("count", 3, "a count").between(1, 10),
            option::real("rate", 0.5, "a rate").below(0, 1),
            option::text("label", "x", "a label"),
            option::choice("mode", {"softmax", "sigmoid"}, "softmax", "a mode"),
            option::path("root", "a folder"),
            option::integers("hidden", {}, "widths").at_least(1),
            option::reals("weights", {1.0}, "weights").optional(),
            option::texts("names", {"a"}, "names"),
            option::real("limit", 0, "a limit").optional()};
}

struct Read {
    Options options;
    std::string problems;
};

Read read(const std::string& yaml, const OptionTable& options = table()) {
    pipeline::Use use;
    use.id = "toy";
    use.path = "heads.h";
    use.section = pipeline::parse_document("{use: toy" + (yaml.empty() ? "" : ", " + yaml) + "}", "p.yaml");
    use.place = use.section.find("use")->place;
    core::Problems problems;
    Options values = pipeline::read_options(use, "head", options, problems);
    std::string shown;
    for (const core::Problem& problem : problems) {
        shown += (shown.empty() ? "" : "\n") + problem.message +
                 (problem.remedy.empty() ? "" : " | " + problem.remedy);
    }
    return {std::move(values), shown};
}

}  // namespace

TEST_SUITE("smoke") {
    TEST_CASE("options arrive typed, as given or as their fallback") {
        const Read given = read(
            "flag: true, count: 10, rate: 0, label: 7, mode: sigmoid, root: /x, hidden: [128, 64], weights: "
            "[1, 2.5], "
            "names: [\"1\", b], limit: -1e3");
        CHECK(given.problems.empty());
        CHECK(given.options.boolean("flag"));
        CHECK(given.options.integer("count") == 10);
        CHECK(given.options.real("rate") == 0.0);  // a whole number is a number
        CHECK(given.options.text("label") == "7");
        CHECK(given.options.text("mode") == "sigmoid");
        CHECK(given.options.text("root") == "/x");
        CHECK(given.options.integers("hidden") == std::vector<std::int64_t>{128, 64});
        CHECK(given.options.reals("weights") == std::vector<double>{1, 2.5});
        CHECK(given.options.texts("names") == std::vector<std::string>{"1", "b"});
        CHECK(given.options.real("limit") == -1000);
        const Read absent = read("");
        CHECK(absent.problems.empty());
        CHECK(absent.options.integer("count") == 3);
        CHECK(absent.options.texts("names") == std::vector<std::string>{"a"});
        CHECK_FALSE(absent.options.has("root"));
        CHECK_FALSE(absent.options.has("weights"));
        CHECK_FALSE(absent.options.has("limit"));
    }
}

TEST_CASE("wrong options are refused, and keep their fallback") {
    const Read wrong = read("count: 2.0, rate: 1");
    CHECK(wrong.problems ==
          "heads.h.count is 2.0; must be a whole number in [1, 10]\nheads.h.rate is 1; must be a number in "
          "[0, 1)");
    CHECK(wrong.options.integer("count") == 3);
    CHECK(wrong.options.real("rate") == 0.5);
    CHECK(read("count: \"3\"").problems ==
          "heads.h.count is the text \"3\"; must be a whole number in [1, 10] | take the quotes away");
    CHECK(read("count: 0x3").problems == "heads.h.count is 0x3; must be a whole number in [1, 10]");
    CHECK(read("rate: nan").problems == "heads.h.rate is nan; must be a number in [0, 1)");
    CHECK(read("rate: inf").problems == "heads.h.rate is inf; must be a number in [0, 1)");
    CHECK(read("flag: 1").problems == "heads.h.flag is 1; must be true or false | write true");
    CHECK(read("flag: \"true\"").problems ==
          "heads.h.flag is the text \"true\"; must be true or false | take the quotes away");
    CHECK(read("mode: sigmod").problems ==
          "heads.h.mode is sigmod; must be one of softmax, sigmoid | did you mean 'sigmoid'?");
    CHECK(read("label: [a]").problems == "heads.h.label is a list; must be text");
    CHECK(read("root: \"\"").problems == "heads.h.root is empty; must be a path");
    CHECK(read("hidden: 128").problems ==
          "heads.h.hidden is 128; must be a list of whole numbers, each at least 1 | write a list: [128]");
    CHECK(read("hidden: [1, 0, x]").problems ==
          "heads.h.hidden.1 is 0; must be a whole number, at least 1\nheads.h.hidden.2 is x; must be a whole "
          "number, at least 1");
    CHECK(read("hidden: [[1]]").problems == "heads.h.hidden.0 is a list; must be a whole number, at least 1");
    CHECK(read("names: [a, ~]").problems ==
          "heads.h.names.1 is empty; must be text | leave the key out for the default");
    CHECK(read("label: {a: 1}").problems == "heads.h.label is a map; must be text");
}

TEST_CASE("unknown options: the nearest name, or all of them, host keys among them") {
    CHECK(read("hiden: [1]").problems ==
          "unknown key 'hiden' in heads.h (the head toy) | did you mean 'hidden'?");
    CHECK(read("tagret: a").problems ==
          "unknown key 'tagret' in heads.h (the head toy) | did you mean 'target'?");
    CHECK(read("target: a, from: b, loss: c").problems.empty());
    CHECK(read("zzzzzz: a").problems ==
          "unknown key 'zzzzzz' in heads.h (the head toy) | allowed: flag, count, rate, label, mode, root, "
          "hidden, weights, names, "
          "limit, use, target, targets, from, loss");
}

TEST_CASE("a missing required option is told at `use`") {
    pipeline::Use use;
    use.id = "folder";
    use.section = pipeline::parse_document("a: 1\nuse: folder\n", "p.yaml");
    use.section.entries.erase(use.section.entries.begin());
    use.section.key_places.erase(use.section.key_places.begin());
    use.place = use.section.find("use")->place;
    core::Problems problems;
    pipeline::read_options(use, "dataset", {option::path("root", "folder of the pictures").must()}, problems);
    CHECK(core::render(problems) ==
          "p.yaml:2:6: 'root' is missing in dataset: folder of the pictures\n  use: folder\n       ^");
}

TEST_CASE("a path below the home folder is expanded, any other stays as it is") {
    const tests::ScopedVariable home("HOME", "/home/someone");
    CHECK(read("root: ~/data").options.text("root") == "/home/someone/data");
    CHECK(read("root: \"~\"").options.text("root") == "/home/someone");
    CHECK(read("root: ~other/data").options.text("root") == "~other/data");
    CHECK(read("root: a/~/b").options.text("root") == "a/~/b");
}

TEST_CASE("a huge value is shortened in its message") {
    const std::string shown = read("count: " + std::string(100'000, 'y')).problems;
    CHECK(shown.size() < 200);
    CHECK(shown.find("yyy...; must be a whole number") != std::string::npos);
}
