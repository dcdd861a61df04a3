// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `graft new`: what it writes and what it refuses. tests/tools/projects_test.sh builds what it writes.
#include <doctest/doctest.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;
using graft::tests::slurp;

std::set<std::string> files_below(const fs::path& folder) {
    std::set<std::string> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) {
            files.insert(fs::relative(entry.path(), folder).string());
        }
    }
    return files;
}

}  // namespace

// Proves: a project of each kind has every part, under the name given, and nothing of the template's own name
// is left, neither in a text nor in a file's name.
TEST_CASE("graft new writes a project of each kind") {
    for (const std::string kind : {"backbone", "head", "dataset", "loss"}) {
        CAPTURE(kind);
        const CommandLine line;
        const Printed printed = line.graft({"new", kind, "blue_whale"});
        CHECK(printed.exit_code == 0);
        CHECK(printed.err == "");
        const std::set<std::string> files = files_below(line.folder / "blue_whale");
        CHECK(files == std::set<std::string>{".ci/run", ".clang-format", ".github/workflows/ci.yml",
                                             ".gitignore", "CMakeLists.txt", "README.md", "blue_whale.cpp",
                                             "blue_whale.hpp", "blue_whale.yaml", "blue_whale_test.cpp"});
        for (const std::string& file : files) {
            CAPTURE(file);
            CHECK(has(printed.out, "\n  " + file + "\n"));
            const std::string text = slurp(line.folder / "blue_whale/" / file);
            CHECK_FALSE(has(text, "my_plugin"));
            CHECK_FALSE(has(text, "MyPlugin"));
        }
        CHECK(has(slurp(line.folder / "blue_whale/blue_whale.hpp"), "class BlueWhale : public graft::"));
        CHECK(has(slurp(line.folder / "blue_whale/blue_whale.cpp"), "(BlueWhale, \"blue_whale\", "));
        const fs::perms permissions = fs::status(line.folder / "blue_whale/.ci/run").permissions();
        CHECK((permissions & fs::perms::owner_exec) != fs::perms::none);
    }
}

// Proves: what was there stays as it was, and a refusal leaves nothing behind.
TEST_CASE("graft new overwrites nothing") {
    const CommandLine line;
    line.folder.write("full/CMakeLists.txt", "mine");
    line.folder.write("file", "mine");
    const Printed full = line.graft({"new", "loss", "blue_whale", "--dir", "full"});
    CHECK(full.exit_code == 2);
    CHECK(has(full.err, "/full' is not empty\n  name a new one with --dir; nothing was written\n"));
    CHECK(files_below(line.folder / "full") == std::set<std::string>{"CMakeLists.txt"});
    CHECK(slurp(line.folder / "full/CMakeLists.txt") == "mine");
    const Printed file = line.graft({"new", "loss", "blue_whale", "--dir", "file"});
    CHECK(file.exit_code == 2);
    CHECK(has(file.err, "/file' is a file\n"));
    CHECK(slurp(line.folder / "file") == "mine");

    fs::create_directories(line.folder / "empty");
    CHECK(line.graft({"new", "loss", "blue_whale", "--dir", "empty"}).exit_code == 0);
    CHECK(fs::exists(line.folder / "empty/blue_whale.cpp"));
    CHECK(line.graft({"new", "loss", "blue_whale", "--dir", "some/where/else/"}).exit_code == 0);
    CHECK(fs::exists(line.folder / "some/where/else/blue_whale.cpp"));
    CHECK(line.graft({"new", "loss", "blue_whale", "--dir", "empty"}).exit_code == 2);
    for (const fs::directory_entry& entry : fs::directory_iterator(line.folder.path())) {
        CHECK_FALSE(has(entry.path().filename().string(), ".graft-new"));
    }
}

// Proves: of several that make one project at the same time one makes it, whole, and the others are told;
// what a killed one left is in nobody's way.
TEST_CASE("graft new several times at once") {
    const CommandLine line;
    CHECK(line.graft({"new", "loss", "blue_whale", "--dir", "alone"}).exit_code == 0);
    line.folder.write(".graft-new-same/left.cpp", "by a killed process");
    const Printed held = line.shell(R"(flock .graft-new-same "$graft" new loss blue_whale --dir same)");
    CHECK(held.exit_code == 2);
    CHECK(has(held.err, "error: another graft is writing into '"));
    CHECK(has(held.err, "/same' right now\n  name another folder with --dir\n"));
    const Printed printed = line.shell(
        R"(for n in 1 2 3 4 5 6; do "$graft" new loss blue_whale --dir same >/dev/null && echo made & done; wait)");
    CHECK(printed.out == "made\n");
    CHECK(files_below(line.folder / "same") == files_below(line.folder / "alone"));
    CHECK_FALSE(fs::exists(line.folder / ".graft-new-same"));
}

// Proves: an empty folder that is there stays what it is, be it the one where graft is started or the end of
// a link, and what can be no folder is told as that.
TEST_CASE("graft new writes into the folder that is there") {
    const CommandLine line;
    const Printed here = line.shell(R"(mkdir here && cd here && "$graft" new loss blue_whale --dir . && ls)");
    CHECK(here.exit_code == 0);
    CHECK(has(here.out, "\nCMakeLists.txt\nREADME.md\nblue_whale.cpp\n"));
    fs::create_directories(line.folder / "end");
    fs::create_symlink("end", line.folder / "link");
    CHECK(line.graft({"new", "loss", "blue_whale", "--dir", "link"}).exit_code == 0);
    CHECK(fs::is_symlink(line.folder / "link"));
    CHECK(fs::exists(line.folder / "end/.ci/run"));
    CHECK_FALSE(fs::exists(line.folder / "end/.graft-new-blue_whale"));
    fs::create_symlink("gone", line.folder / "dangling");
    const Printed dangling = line.graft({"new", "loss", "blue_whale", "--dir", "dangling"});
    CHECK(dangling.exit_code == 2);
    CHECK(has(dangling.err,
              "dangling' is a link to something that is not there\n  name a new folder with --dir\n"));
    const Printed nameless = line.graft({"new", "loss", "blue_whale", "--dir", ""});
    CHECK(nameless.exit_code == 2);
    CHECK(has(nameless.err, "the project's folder has no name\n  name a new folder with --dir\n"));
}

// Proves: a name that could be no id, no target or no word of YAML is refused before anything is written.
TEST_CASE("graft new refuses names that cannot be") {
    const CommandLine line;
    for (const std::string name :
         {"Whale", "9lives", "_x", "blue-whale", "a b", "../out", "wal\xC3\xA4", "x.y"}) {
        CAPTURE(name);
        const Printed printed = line.graft({"new", "head", name});
        CHECK(printed.exit_code == 2);
        CHECK(has(printed.err,
                  "' cannot be the name of a plugin\n  a name begins with a lower case letter, goes on "
                  "with these, digits and `_`, and has at most 64 characters: cosine_head\n"));
    }
    for (const std::string word : {"test", "install", "all", "true", "null"}) {
        CAPTURE(word);
        const Printed printed = line.graft({"new", "head", word});
        CHECK(printed.exit_code == 2);
        CHECK(has(printed.err, "is a word of CMake, YAML or graft\n  add a word: my_" + word + "\n"));
        CHECK_FALSE(fs::exists(line.folder / word));
    }
    CHECK(line.graft({"new", "head", std::string(65, 'a')}).exit_code == 2);
    CHECK(line.graft({"new", "head", std::string(64, 'a')}).exit_code == 0);
}

// Proves: wrong usage says what is allowed.
TEST_CASE("graft new without a kind or a name") {
    const CommandLine line;
    CHECK(has(line.graft({"new"}).err, "which kind of plugin?\n  allowed: backbone, head, dataset, loss\n"));
    CHECK(has(line.graft({"new", "haed", "x"}).err, "'haed' is no kind of plugin\n  did you mean 'head'?\n"));
    CHECK(has(line.graft({"new", "head"}).err, "which name shall the head have?\n"));
}

// Proves: an id that a plugin has is refused, of its kind alone.
TEST_CASE("graft new refuses a name that a plugin has") {
    if (!graft::tests::has_engine()) {
        return;  // and no plugins
    }
    const CommandLine line;
    const Printed printed = line.graft({"new", "head", "classification"});
    CHECK(printed.exit_code == 2);
    CHECK(has(printed.err, "there is a head 'classification' already, in "));
    CHECK(has(printed.err, "\n  choose another name: two plugins of one id cannot be used together\n"));
    CHECK(line.graft({"new", "loss", "classification"}).exit_code == 0);
}

// Proves: programs get the files, and commands that name this graft where the PATH does not.
TEST_CASE("graft new --json") {
    const CommandLine line;
    const Json away = parse_json(line.graft({"new", "head", "one", "--json"}).out);
    CHECK(away["folder"] == "one");
    CHECK(away["files"].size() == 10);
    CHECK(has(away["next"][1].get<std::string>(), "cmake -B build -DCMAKE_PREFIX_PATH="));
    const Json near =
        parse_json(line.shell("PATH=\"$(dirname \"$graft\"):$PATH\" graft new head two --json").out);
    CHECK(near["next"] == Json::array({"cd two", "cmake -B build && cmake --build build -j",
                                       "ctest --test-dir build --output-on-failure", "graft run two.yaml"}));
}
