// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "pipeline/pipeline.hpp"
#include "support.hpp"

using namespace graft;
using graft::test::failure_of;
using graft::test::Folder;
using pipeline::emit;
using pipeline::load_document;
using pipeline::Node;

namespace {

Node load(const std::string& file, std::vector<std::string> sets = {},
          std::map<std::string, std::string> environment = {}) {
    return load_document({file, std::move(sets), std::move(environment)});
}

}  // namespace

TEST_SUITE("smoke") {
    TEST_CASE("a file, what it extends, the environment and --set become one document") {
        const Folder folder;
        folder.write("base/base.yaml",
                     "graft: 1\ndata: {use: a, root: \"${ROOT}/x\"}\ntrain: {batch: 8, epochs: 1}\n");
        const std::string file = folder.write("p.yaml", "extends: base/base.yaml\ntrain: {epochs: 2}\n");
        CHECK(emit(load(file, {"train.batch=64"}, {{"ROOT", "/r"}})) ==
              "graft: 1\ndata:\n  use: a\n  root: \"/r/x\"\ntrain:\n  batch: 64\n  epochs: 2\n");
    }
}

TEST_CASE("extends: maps merge deeply, lists and values replace, each file names its own base") {
    const Folder folder;
    folder.write("a/one.yaml",
                 "m: {x: 1, y: {p: 1, q: 2}}\nlist: [1, 2, 3]\nkeep: k\nmap_then_text: {a: 1}\n");
    folder.write("a/two.yaml", "extends: one.yaml\nm: {y: {q: 3}}\nlist: [9]\n");
    const std::string file = folder.write("three.yaml", "extends: a/two.yaml\nm: {z: 4}\nmap_then_text: t\n");
    CHECK(emit(load(file)) ==
          "m:\n  x: 1\n  y:\n    p: 1\n    q: 3\n  z: 4\nlist: [9]\nkeep: k\nmap_then_text: t\n");
}

TEST_CASE("places lead into the file that a value came from") {
    const Folder folder;
    folder.write("base.yaml", "a: 1\nb: 2\n");
    const Node root = load(folder.write("p.yaml", "extends: base.yaml\n\nb: 3\n"));
    CHECK(folder.hide(root.find("a")->place.file) == "DIR/base.yaml");
    CHECK(folder.hide(root.find("b")->place.file) == "DIR/p.yaml");
    CHECK(root.key_place("b").line == 3);
}

TEST_CASE("extends: cycles, depth, missing files and wrong forms are told at the word that leads there") {
    const Folder folder;
    const std::string file = folder.write("a.yaml", "extends: b.yaml\n");
    folder.write("b.yaml", "graft: 1\nextends: ./a.yaml\n");
    CHECK(folder.hide(failure_of([&] { load(file); })) ==
          "DIR/b.yaml:2:10: this file extends itself: DIR/a.yaml -> DIR/b.yaml -> DIR/a.yaml\n"
          "  extends: ./a.yaml\n"
          "           ^\n"
          "  one of these files must stand alone");
    for (int level = 0; level < 20; ++level) {
        folder.write("d" + std::to_string(level) + ".yaml",
                     "extends: d" + std::to_string(level + 1) + ".yaml\n");
    }
    CHECK(failure_of([&] {
              load((folder.path() / "d0.yaml").string());
          }).find("more than 16 files extend one another") != std::string::npos);
    CHECK(folder.hide(failure_of([&] { load(folder.write("m.yaml", "extends: gone.yaml\n")); })) ==
          "DIR/m.yaml:1:10: there is no file 'DIR/gone.yaml'\n  extends: gone.yaml\n           ^");
    CHECK(folder.hide(failure_of([&] { load(folder.write("l.yaml", "extends: [a, b]\n")); })) ==
          "DIR/l.yaml:1:10: extends must be the name of one file\n  extends: [a, b]\n           ^\n  write "
          "extends: base.yaml");
    CHECK(folder.hide(failure_of([&] { load((folder.path() / "none.yaml").string()); })) ==
          "there is no file 'DIR/none.yaml'");
    CHECK(folder.hide(failure_of([&] { load(folder.path().string()); })) ==
          "'DIR' is a folder; a pipeline file is expected");
}

TEST_CASE("environment: defaults, empty values, several in one text, the escape") {
    const Folder folder;
    const std::string file = folder.write("p.yaml",
                                          "g: ${N}\na: ${X}-${Y:-d}\nb: ${E:-d}\nc: ${E}\nd: $${X} $X $\ne: "
                                          "[\"${N}\"]\nf: \"${X}\"\n${X}: key\n");
    const Node root = load(file, {}, {{"X", "x"}, {"E", ""}, {"N", "7"}});
    CHECK(root.find("a")->scalar == "x-d");
    CHECK(root.find("b")->scalar == "d");
    CHECK(root.find("c")->scalar.empty());
    CHECK(root.find("d")->scalar == "${X} $X $");
    CHECK(root.find("e")->items[0].scalar == "7");
    CHECK(root.find("f")->quoted);
    CHECK_FALSE(root.find("g")->quoted);
    CHECK(root.find("${X}") != nullptr);
}

TEST_CASE("environment: every unset or malformed variable is told at its own column") {
    const Folder folder;
    const std::string file = folder.write("p.yaml", "a: x/${ONE}/${TWO}\nb: \"${1}\"\nc: ${OPEN\n");
    CHECK(folder.hide(failure_of([&] { load(file); })) ==
          "DIR/p.yaml:1:6: the environment variable ONE is not set\n"
          "  a: x/${ONE}/${TWO}\n"
          "       ^\n"
          "  set it (ONE=... graft ...), or write ${ONE:-default}\n"
          "DIR/p.yaml:1:13: the environment variable TWO is not set\n"
          "  a: x/${ONE}/${TWO}\n"
          "              ^\n"
          "  set it (TWO=... graft ...), or write ${TWO:-default}\n"
          "DIR/p.yaml:2:5: '${' begins no variable here: letters, digits and _ are allowed, then '}'\n"
          "  b: \"${1}\"\n"
          "      ^\n"
          "  write ${NAME} or ${NAME:-default}; $${ stands for ${ itself\n"
          "DIR/p.yaml:3:4: '${' begins no variable here: letters, digits and _ are allowed, then '}'\n"
          "  c: ${OPEN\n"
          "     ^\n"
          "  write ${NAME} or ${NAME:-default}; $${ stands for ${ itself");
}

// Proves: a folder of any name can be given in every way, and the document stays text.
TEST_CASE("environment and --set: bytes that are no text become escapes") {
    const Folder folder;
    const std::string file = folder.write("p.yaml", "a: ${ROOT}/x\nb: caf\\xE9\n");
    const Node root = load(file, {"c=caf\xE9", "d=caf\\x5CxE9"}, {{"ROOT", "/caf\xE9"}});
    CHECK(root.find("a")->scalar == "/caf\\xE9/x");
    CHECK(root.find("b")->scalar == "caf\\xE9");
    CHECK(root.find("c")->scalar == "caf\\xE9");
    CHECK(root.find("d")->scalar == "caf\\x5CxE9");
    const Node again = pipeline::parse_document(emit(root), "again");
    CHECK(again.find("a")->scalar == "/caf\\xE9/x");
    CHECK(again.find("d")->scalar == "caf\\x5CxE9");
}

TEST_CASE("a variable is not looked for where another file replaces the value") {
    const Folder folder;
    folder.write("base.yaml", "root: ${UNSET}\n");
    CHECK(load(folder.write("p.yaml", "extends: base.yaml\nroot: here\n")).find("root")->scalar == "here");
    CHECK(load((folder.path() / "base.yaml").string(), {"root=there"}).find("root")->scalar == "there");
}

TEST_CASE("--set: values are YAML, missing levels are made, list entries are counted from 0") {
    const Folder folder;
    const std::string file =
        folder.write("p.yaml", "train: {phases: [{epochs: 1}, {epochs: 2}], optimizer: adam}\n");
    const Node root = load(file,
                           {"train.phases.1.epochs=5", "data.image.size=[64, 32]", "train.optimizer.lr=1e-2",
                            "name=\"7\"", "x={a: b}", "train.device=cuda:1", "root=${R}"},
                           {{"R", "r"}});
    CHECK(root.find("train")->find("phases")->items[1].find("epochs")->scalar == "5");
    CHECK(root.find("train")->find("phases")->items[0].find("epochs")->scalar == "1");
    CHECK(root.find("data")->find("image")->find("size")->items[1].scalar == "32");
    CHECK(root.find("train")->find("optimizer")->find("use")->scalar == "adam");
    CHECK(root.find("train")->find("optimizer")->find("lr")->scalar == "1e-2");
    CHECK(root.find("name")->quoted);
    CHECK(root.find("x")->find("a")->scalar == "b");
    CHECK(root.find("train")->find("device")->scalar == "cuda:1");
    CHECK(root.find("root")->scalar == "r");
    CHECK(root.find("data")->find("image")->find("size")->items[1].place ==
          core::Place{"--set data.image.size", 0, 22, "data.image.size=[64, 32]"});
}

TEST_CASE("--set train.epochs works where the single phase's keys stand directly under train") {
    const Folder folder;
    const std::string file = folder.write("p.yaml", test::Text().yaml());
    core::Problems problems;
    const auto read =
        pipeline::interpret(load(file, {"train.epochs=3", "train.optimizer.lr=0.5"}), file, problems);
    CHECK(core::render(problems).empty());
    CHECK(read.train.phases.at(0).epochs == 3);
    CHECK(read.train.phases.at(0).optimizer.learning_rate == 0.5);
}

TEST_CASE("--set: what cannot be set is told with the argument and a caret") {
    const Folder folder;
    const std::string file = folder.write("p.yaml", "train: {epochs: 1}\nlist: [1, 2]\nextends_not: 1\n");
    CHECK(failure_of([&] { load(file, {"train.phases.0.epochs=2"}); }) ==
          "--set train.phases.0.epochs: train.phases is no list, so there is no entry 0\n"
          "  train.phases.0.epochs=2\n"
          "               ^\n"
          "  the keys of a single phase stand directly under train: --set train.epochs=2");
    CHECK(failure_of([&] { load(file, {"list.2=1"}); }) ==
          "--set list.2: list is a list of 2; it has no entry 2\n  list.2=1\n       ^\n  entries count from "
          "0 to 1");
    CHECK(failure_of([&] { load(file, {"train.epochs.x=1"}); }) ==
          "--set train.epochs.x: train.epochs is a value; nothing stands below it\n  train.epochs.x=1\n      "
          "         ^");
    CHECK(failure_of([&] { load(file, {"train.batch"}); }) ==
          "--set: expected PATH=VALUE\n  train.batch\n  ^\n"
          "  for example --set train.batch=64 or --set train.phases.0.epochs=2");
    CHECK(failure_of([&] { load(file, {"extends=x.yaml"}); }) ==
          "--set extends: 'extends' cannot be set here\n  extends=x.yaml\n  ^\n  write it into a pipeline "
          "file of its own");
    CHECK(failure_of([&] { load(file, {"train.x=[1, 2"}); }) ==
          "--set train.x: not valid YAML: the closing ']' is missing, or this stands where a key must\n"
          "  train.x=[1, 2\n          ^\n  a key is plain text: `key: value`");
    CHECK(failure_of([&] { load(file, {"a..b=1", "=1"}); }).find("--set: expected PATH=VALUE") == 0);
    CHECK(failure_of([&] { load(file, {"a={k: 1, k: 2}"}); }) ==
          "--set a: 'k' stands here a second time; the first is on line 1\n  a={k: 1, k: 2}\n           ^\n  "
          "keep one of them");
}

TEST_CASE("an unset variable hides no other mistake, and makes none of its own") {
    const Folder folder;
    test::Text text;
    text.data = "data: {use: faces, bad_images: 3}";
    text.train = "train:\n  epochs: \"${UNSET}\"\n  batch: 0";
    const std::string shown = folder.hide(failure_of([&] { load(folder.write("p.yaml", text.yaml())); }));
    CHECK(shown.find("DIR/p.yaml:3:32: data.bad_images is 3; must be a number in [0, 1]\n") == 0);
    CHECK(shown.find("DIR/p.yaml:7:12: the environment variable UNSET is not set\n") != std::string::npos);
    CHECK(shown.find("train.batch is 0; must be") != std::string::npos);
    CHECK(shown.find("train.epochs is") == std::string::npos);
}

TEST_CASE("a mistake in a value that --set gave is told with the argument") {
    const Folder folder;
    const std::string file = folder.write("p.yaml", test::Text().yaml());
    core::Problems problems;
    pipeline::interpret(load(file, {"train.batch=-1", "trian.batch=2"}), file, problems);
    CHECK(core::render(problems) ==
          "--set train.batch: train.batch is -1; must be a whole number in [1, 1048576]\n"
          "  train.batch=-1\n"
          "              ^\n"
          "--set trian.batch: unknown key 'trian'\n"
          "  trian.batch=2\n"
          "  ^\n"
          "  did you mean 'train'?");
}
