// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// How an installed graft finds its LibTorch, and a wheel's program its graft: in trees of empty files.
#include <doctest/doctest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"
#include "support/skip.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;

const std::string tree = "env/lib/python3.11/site-packages/graft";

/// An installed graft in the packages of a virtual environment; `named`: what its libtorch.json names.
class InstalledGraft {
public:
    explicit InstalledGraft(const std::string& named = "") {
        line.folder.write(tree + "/lib/graft/libtorch.json",
                          R"({"version": "2.11.0", "folder": ")" + named + "\"}");
        fs::create_directories(line.folder / (tree + "/bin"));
        fs::copy_file(GRAFT_TEST_BINARY "/bin/graft", line.folder / (tree + "/bin/graft"));
        line.folder.write("env/pyvenv.cfg", "home = " + line.folder.file("base/bin") +
                                                "\ninclude-system-site-packages = true\nversion = 3.11.2\n");
        line.folder.write("other/bin/python3", "");
    }

    void write_torch(const std::string& folder, const std::string& numbers = "2 11 0") const {
        line.folder.write(folder + "/lib/libtorch_cpu.so", "");
        std::istringstream stream(numbers);
        std::string header;
        for (const char* part : {"MAJOR", "MINOR", "PATCH"}) {
            std::string number;
            stream >> number;
            header += std::string("#define TORCH_VERSION_") + part + " " + number + "\n";
        }
        line.folder.write(folder + "/include/torch/headeronly/version.h", header);
    }

    /// Runs the program of the tree with words for the shell; `other` is in front on the PATH.
    Printed run(const std::string& words, const std::string& variables = "") const {
        return line.shell(
            "unset GRAFT_CACHE GRAFT_LIBTORCH PYTHONUSERBASE LD_LIBRARY_PATH; PATH=$PWD/other/bin:$PATH " +
            variables + " " + tree + "/bin/graft " + words);
    }

    Json found() const { return parse_json(run("where --json").out)["libtorch"]; }

    std::string file(const std::string& name) const {
        return fs::canonical(line.folder.path()).string() + "/" + name;
    }

    CommandLine line;
};

/// Whether this machine's own Python would be found at last.
bool system_has_torch(const InstalledGraft& graft) {
    if (graft.run("where libtorch").exit_code != 0) {
        return false;
    }
    graft::tests::skip("this machine's Python has LibTorch in /usr, so there is always one");
    return true;
}

}  // namespace

// Proves: of all places where a LibTorch may be the nearest is taken, and each is looked at.
TEST_CASE("graft where: places of LibTorch in their order") {
    const InstalledGraft graft;
    const std::vector<std::pair<std::string, std::string>> places = {
        {tree + "/lib/graft/libtorch-2.11.0/torch", "fetched into graft's own tree"},
        {"env/lib/python3.11/site-packages/torch", "beside graft"},
        {"base/local/lib/python3.11/dist-packages/torch", "of the Python that graft is installed in"},
        {".cache/graft/libtorch-2.11.0/torch", "fetched by tools/fetch-libtorch"},
        {"other/lib64/python3.12/site-packages/torch", "of the Python on the PATH"},
        {".local/lib/python3.9/site-packages/torch", "of the user's Python packages"},
    };
    for (const auto& [folder, words] : places) {
        graft.write_torch(folder);
    }
    for (const auto& [folder, words] : places) {
        const Json found = graft.found();
        CHECK(found["place"] == words);
        CHECK(fs::equivalent(found["folder"].get<std::string>(), graft.line.folder / folder));
        CHECK(found["version"] == "2.11.0");
        CHECK(found["cuda"] == false);
        fs::remove_all(graft.line.folder / folder);
    }
}

// Proves: a LibTorch that will not do is passed by; where none will, each that was found is named with the
// reason.
TEST_CASE("graft where: a LibTorch of another version, none at all") {
    const InstalledGraft graft("/gone/torch");
    if (system_has_torch(graft)) {
        return;
    }
    graft.write_torch("env/lib/python3.11/site-packages/torch", "2 5 1");
    const Printed printed = graft.run("where");
    CHECK(printed.exit_code == 6);
    CHECK(has(printed.out, "configs") == false);  // this tree has none
    CHECK(has(printed.out, "plugins") == false);
    CHECK(has(printed.out, "tree  " + graft.file(tree)));
    CHECK(printed.err ==
          "error: there is no LibTorch 2.11.* here, and graft computes with it\n  /gone/torch (named when "
          "graft "
          "was built) has no lib/libtorch_cpu.so\n  " +
              graft.file("env/lib/python3.11/site-packages/torch") +
              " (beside graft) is LibTorch 2.5.1\n  pip install 'torch==2.11.*' into the Python that is "
              "first on the "
              "PATH, or name the folder of a LibTorch (lib/, include/): GRAFT_LIBTORCH=DIR; or fetch one "
              "without "
              "Python: " +
              graft.file(tree) + "/share/graft/fetch-libtorch\n");
    CHECK(graft.run("eval runs/one", "GRAFT_ENGINE=/bin/true").err == printed.err);
    graft.write_torch(".local/lib/python3.12/site-packages/torch", "2 11 3");  // a patch of the version
    CHECK(graft.found()["version"] == "2.11.3");
}

// Proves: the variable comes before all else, and what it names is never passed by in silence.
TEST_CASE("graft where: GRAFT_LIBTORCH") {
    const InstalledGraft graft;
    graft.write_torch(tree + "/lib/graft/libtorch-2.11.0/torch");
    graft.write_torch("mine/torch");
    CHECK(graft.run("where libtorch", "GRAFT_LIBTORCH=mine").out ==
          graft.line.folder.file("mine/torch") + "\n");
    const Printed refused = graft.run("where libtorch", "GRAFT_LIBTORCH=nowhere");
    CHECK(refused.exit_code == 6);
    CHECK(refused.err ==
          "error: GRAFT_LIBTORCH names 'nowhere', which has no lib/libtorch_cpu.so\n  name a folder with "
          "lib/ and "
          "include/ of LibTorch 2.11.*, or unset it: graft looks for one itself\n");
}

// Proves: the engine is shown the LibTorch that was found before any other; one that it is linked with needs
// no help.
TEST_CASE("the engine finds LibTorch") {
    for (const bool is_named : {false, true}) {
        const InstalledGraft graft(is_named ? "../torch" : "");
        graft.write_torch("env/lib/python3.11/site-packages/torch");
        graft.line.folder.write_script("engine", "echo \"$LD_LIBRARY_PATH\" > path; exit 1");
        graft.run("eval runs/one", "LD_LIBRARY_PATH=/others GRAFT_ENGINE=$PWD/engine");
        CHECK(graft::tests::slurp(graft.line.folder / "path") ==
              (is_named ? "/others\n"
                        : graft.file("env/lib/python3.11/site-packages/torch/lib") + ":/others\n"));
    }
}

// Proves: of two grafts beside each other each starts its own engine with its own LibTorch, also where the
// other's is in front among the folders of libraries.
TEST_CASE("two grafts beside each other") {
    const InstalledGraft graft;
    const std::string other = "opt/graft-9";
    graft.write_torch("env/lib/python3.11/site-packages/torch");
    graft.write_torch(other + "/lib/graft/libtorch-2.11.0/torch");
    for (const std::string& each : {tree, other}) {
        graft.line.folder.write(each + "/lib/graft/libtorch.json", R"({"version": "2.11.0", "folder": ""})");
        graft.line.folder.write_script(each + "/bin/graft-engine",
                                       R"(echo "$0 ${LD_LIBRARY_PATH%%:*}" > path; exit 1)");
    }
    fs::create_directories(graft.line.folder / (other + "/bin"));
    fs::copy_file(GRAFT_TEST_BINARY "/bin/graft", graft.line.folder / (other + "/bin/graft"));
    const std::string torch = graft.file("env/lib/python3.11/site-packages/torch/lib");
    const std::string other_torch = graft.file(other + "/lib/graft/libtorch-2.11.0/torch/lib");
    graft.run("eval runs/one", "LD_LIBRARY_PATH=" + other_torch);
    CHECK(graft::tests::slurp(graft.line.folder / "path") ==
          graft.file(tree) + "/bin/graft-engine " + torch + "\n");
    graft.line.shell("unset GRAFT_CACHE GRAFT_LIBTORCH PYTHONUSERBASE; LD_LIBRARY_PATH=" + torch + " " +
                     other + "/bin/graft eval runs/one");
    CHECK(graft::tests::slurp(graft.line.folder / "path") ==
          graft.file(other) + "/bin/graft-engine " + other_torch + "\n");
}

// Proves: where LibTorch has no part for GPUs, and that alone is missing, the way to another is that by which
// this one came.
TEST_CASE("a LibTorch for the CPU alone") {
    if (!graft::tests::has_engine()) {
        return;
    }
    const CommandLine line;
    const Json libtorch = parse_json(line.shell("\"$graft\" where --json").out)["libtorch"];
    if (libtorch["cuda"].get<bool>()) {
        graft::tests::skip("the LibTorch here has its part for GPUs");
        return;
    }
    // Any library will do as the driver: it is loaded, and then asked nothing.
    line.folder.write("libcuda.so.1", graft::tests::slurp(GRAFT_TEST_BINARY "/lib/libgraft_codecs.so"));
    const std::string folder = line.folder.path().string();
    const std::string fetch =
        fs::canonical(GRAFT_TEST_BINARY).string() + "/share/graft/fetch-libtorch --cuda";
    for (const auto& [packages, words] : std::vector<std::pair<std::string, std::string>>{
             {"env/site-packages",
              "it is a Python's torch for the CPU alone; pip install the same version with "
              "CUDA in its place"},
             {"cache/libtorch-2.11.0", "fetch one that has it: " + fetch},
             {"mine", "name one that has it: GRAFT_LIBTORCH=DIR"}}) {
        fs::create_directories(line.folder / packages);
        fs::create_directory_symlink(libtorch["folder"].get<std::string>(),
                                     line.folder / (packages + "/torch"));
        const std::string torch = folder + "/" + packages + "/torch";
        const Printed printed = line.shell("LD_LIBRARY_PATH=" + folder + " GRAFT_LIBTORCH=" + torch +
                                           " \"$graft\" run \"$(\"$graft\" where configs)/synthetic.yaml\" "
                                           "--dry-run --device cuda");
        CHECK(printed.exit_code == 2);
        CHECK(printed.err == "error: --device is cuda, but LibTorch in " + torch + " has no part for GPUs; " +
                                 words + "\n  use `--device cpu`, or auto\n");
    }
}

// Proves: parts are told to scripts, and one that is not there gets the nearest name.
TEST_CASE("graft where: a part") {
    const CommandLine line;
    const Printed configs = line.graft({"where", "configs"});
    CHECK(configs.exit_code == 0);
    CHECK(has(configs.out, "/share/graft/configs\n"));
    CHECK(line.graft({"where", "tree", "--json"}).out ==
          Json(fs::canonical(GRAFT_TEST_BINARY).string()).dump() + "\n");
    const Printed refused = line.graft({"where", "config"});
    CHECK(refused.exit_code == 2);
    CHECK(has(refused.err, "'config' is no part of this graft\n  did you mean 'configs'?"));
}

// Proves: the program that a wheel puts into bin becomes the graft of its own version among the packages of
// any Python beside it, and says where it looked when there is none.
TEST_CASE("a wheel's program") {
    CommandLine line;
    const std::string words = line.graft({"--version"}).out;
    const std::string version = words.substr(6, words.find('\n') - 6);
    fs::create_directories(line.folder / "env/bin");
    fs::copy_file(GRAFT_TEST_BINARY "/bin/graft-launcher", line.folder / "env/bin/graft");
    const Printed lost = line.shell("env/bin/graft --version");
    CHECK(lost.exit_code == 6);
    CHECK(
        lost.err ==
        "error: graft " + version + " is not among the packages of a Python in " +
            fs::canonical(line.folder / "env").string() +
            "\n  this file belongs to its wheel and cannot be moved or copied alone: pip install it here\n");
    const std::string body = "echo \"$0: $*\"; exit 5";
    for (const auto& [packages, its_version] : std::vector<std::pair<std::string, std::string>>{
             {"env/lib/python3.10/site-packages", "0.0.1"}, {"env/lib/python3.12/dist-packages", version}}) {
        line.folder.write_script(packages + "/graft/bin/graft", body);
        line.folder.write(packages + "/graft-" + its_version + ".dist-info/RECORD", "");
    }
    const Printed started = line.shell("ln -s env/bin/graft link; ./link run 'a b'");
    CHECK(started.exit_code == 5);
    CHECK(started.out == fs::canonical(line.folder / "env").string() +
                             "/lib/python3.12/dist-packages/graft/bin/graft: run a b\n");
    fs::remove_all(line.folder / "env/lib");
    line.folder.write_script("env/graft/bin/graft", body);  // as pip's --target puts them
    line.folder.write("env/graft-" + version + ".dist-info/RECORD", "");
    CHECK(line.shell("env/bin/graft").exit_code == 5);
}
