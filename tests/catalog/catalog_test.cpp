// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "catalog/catalog.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "catalog/elf_builder.hpp"
#include "core/files.hpp"
#include "support/temporary_folder.hpp"

namespace {

namespace fs = std::filesystem;
using graft::catalog::Catalog;
using graft::catalog::plugin_folders;
using graft::tests::build;
using graft::tests::note;
using graft::tests::ScopedVariable;
using graft::tests::TemporaryFolder;

const std::map<std::string, std::string> host = {{"abi", "1"}};

std::string plugin(const std::string& kind, const std::string& id) {
    return build({note(1, "abi=1") + note(2, kind + "\n" + id + "\n1.0.0\nx")});
}

// Proves: only *.so count, folders come in their order, a missing folder is no error, find and ids agree.
TEST_CASE("a catalog lists what the folders hold") {
    const TemporaryFolder folder;
    folder.write("b/two.so", plugin("head", "two"));
    folder.write("b/one.so", plugin("loss", "one"));
    folder.write("b/README", "no plugin");
    folder.write("b/.hidden.so", "no plugin");
    folder.write("a/three.so", plugin("head", "three"));
    const Catalog catalog({folder / "b", folder / "nowhere", folder / "a"}, host);
    REQUIRE(catalog.files().size() == 3);
    CHECK(catalog.files()[0].path == folder / "b/one.so");
    CHECK(catalog.files()[1].path == folder / "b/two.so");
    CHECK(catalog.files()[2].path == folder / "a/three.so");
    CHECK(catalog.problems().empty());
    CHECK(catalog.ids("head") == std::vector<std::string>{"three", "two"});
    REQUIRE(catalog.find("head", "two") != nullptr);
    CHECK(catalog.find("head", "two")->path == folder / "b/two.so");
    CHECK(catalog.find("loss", "two") == nullptr);
}

// Proves: one id in two files is refused, naming both; one id of two kinds is not.
TEST_CASE("clashing ids name both files") {
    const TemporaryFolder folder;
    folder.write("a/one.so", plugin("head", "same"));
    folder.write("b/two.so", plugin("head", "same"));
    folder.write("b/three.so", plugin("loss", "same"));
    const Catalog catalog({folder / "a", folder / "b"}, host);
    const auto problems = catalog.problems();
    REQUIRE(problems.size() == 1);
    CHECK(graft::core::render(problems) ==
          (folder / "b/two.so").string() + ": brings the head 'same', and so does " +
              (folder / "a/one.so").string() +
              "\n  remove one of the two files, or give one of them another id");
}

// Proves: an unusable file is a problem of the whole search, and nothing is found in it.
TEST_CASE("an unusable file is a problem with its path") {
    const TemporaryFolder folder;
    folder.write("text.so", "text");
    folder.write("old.so", build({note(1, "abi=0") + note(2, "head\nold\n1\nx")}));
    const Catalog catalog({folder.path()}, host);
    REQUIRE(catalog.problems().size() == 2);
    CHECK(graft::core::render(catalog.problems()[1]) ==
          (folder / "text.so").string() +
              ": is no shared library: it does not begin as an ELF file does; build it again or remove it");
    CHECK(catalog.find("head", "old") == nullptr);
    CHECK(catalog.ids("head").empty());
}

// Proves: who has the source on this machine is told how to build it again, and nobody else.
TEST_CASE("an unusable file that graft has built is told with the command that builds it again") {
    const graft::tests::TemporaryFolder folder;
    const ScopedVariable data("XDG_DATA_HOME", folder.path().c_str());
    const fs::path installed = folder / "graft/installed/mine/plugins";
    folder.write("graft/installed/mine/plugins/mine.so", "damaged");
    folder.write("other/mine.so", "damaged");
    const Catalog catalog({installed, folder / "other"}, host);
    REQUIRE(catalog.files().size() == 2);
    CHECK(catalog.files()[0].problem.ends_with(
        "\n  `graft plugins update mine` builds it again from its source"));
    CHECK(catalog.files()[1].problem.find("graft plugins update") == std::string::npos);
}

// Proves: a link to a plugin is that plugin, no clash with it.
TEST_CASE("a file found twice counts once") {
    const TemporaryFolder folder;
    folder.write("a/one.so", plugin("head", "same"));
    fs::create_directory_symlink(folder / "a", folder / "b");
    fs::create_symlink(folder / "a/one.so", folder / "a/two.so");
    const Catalog catalog({folder / "a", folder / "b"}, host);
    CHECK(catalog.files().size() == 1);
    CHECK(catalog.problems().empty());
}

// Proves: the order of the search; an empty element of GRAFT_PLUGIN_PATH is not the working directory, and
// a relative XDG_DATA_HOME is ignored, as its specification says.
TEST_CASE("folders are searched in the documented order") {
    const fs::path beside = (graft::core::executable_folder() / "../lib/graft/plugins").lexically_normal();
    {
        const ScopedVariable path("GRAFT_PLUGIN_PATH", "/env/one::/env/two:");
        const ScopedVariable data("XDG_DATA_HOME", "/data");
        CHECK(plugin_folders({"/given", "/both"}, {"/both", "/pipeline"}) ==
              std::vector<fs::path>{"/given", "/both", "/pipeline", "/env/one", "/env/two",
                                    "/data/graft/plugins", beside});
    }
    {
        const graft::tests::TemporaryFolder data_folder;
        for (const std::string name : {"two", "one", ".being-made"}) {
            fs::create_directories(data_folder / ("graft/installed/" + name + "/plugins"));
        }
        data_folder.write("graft/installed/notes.txt", "");
        const ScopedVariable path("GRAFT_PLUGIN_PATH", nullptr);
        const ScopedVariable data("XDG_DATA_HOME", data_folder.path().c_str());
        CHECK(plugin_folders({}, {}) == std::vector<fs::path>{data_folder / "graft/plugins",
                                                              data_folder / "graft/installed/one/plugins",
                                                              data_folder / "graft/installed/two/plugins",
                                                              beside});
    }
    const ScopedVariable path("GRAFT_PLUGIN_PATH", nullptr);
    const ScopedVariable data("XDG_DATA_HOME", "relative");
    const ScopedVariable home("HOME", "/home/someone");
    CHECK(plugin_folders({}, {}) ==
          std::vector<fs::path>{"/home/someone/.local/share/graft/plugins", beside});
}

// Proves: the host's stamp has the keys that plugins carry.
TEST_CASE("the host's stamp is complete") {
    const auto stamp = graft::catalog::host_stamp();
    for (const char* key : {"sdk_abi", "libtorch", "cxx11_abi", "standard_library", "architecture"}) {
        CAPTURE(key);
        CHECK(stamp.count(key) == 1);
    }
    CHECK(stamp.size() == 5);
    CHECK(std::all_of(stamp.begin(), stamp.end(), [](const auto& entry) { return !entry.second.empty(); }));
}

}  // namespace
