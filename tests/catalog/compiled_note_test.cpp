// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "catalog/elf.hpp"
#include "support/skip.hpp"
#include "support/temporary_folder.hpp"

namespace {

namespace fs = std::filesystem;
using graft::catalog::host_stamp;
using graft::catalog::PluginFile;
using graft::catalog::read_plugin_file;

void check_fixture(const PluginFile& file) {
    CHECK(file.problem == "");
    CHECK(file.stamp == host_stamp());
    REQUIRE(file.entries.size() == 3);
    std::string ids;
    for (const auto& entry : file.entries) {
        ids += entry.kind + " " + entry.id + " " + entry.version + "\n";
    }
    // A compiler may emit statics in another order than written.
    CHECK(ids.find("head first 1.0.0\n") != std::string::npos);
    CHECK(ids.find("backbone second 2.0.0\n") != std::string::npos);
    CHECK(ids.find("loss third 3.0.0\n") != std::string::npos);
}

bool stripped(const fs::path& from, const fs::path& to) {
    const std::string command = "strip --strip-all -o '" + to.string() + "' '" + from.string() + "'";
    return std::system(command.c_str()) == 0;
}

// Proves: what this compiler and linker (with --gc-sections) make of GRAFT_NOTE is what the reader reads,
// alignment padding and all, before and after `strip`.
TEST_CASE("compiled notes are readable, stripped or not") {
    const fs::path library = fs::path(GRAFT_TEST_BINARY) / "tests/catalog/test-catalog-note.so";
    check_fixture(read_plugin_file(library, host_stamp()));
    const graft::tests::TemporaryFolder folder;
    REQUIRE(stripped(library, folder / "stripped.so"));
    CHECK(fs::file_size(folder / "stripped.so") < fs::file_size(library));
    check_fixture(read_plugin_file(folder / "stripped.so", host_stamp()));
}

/// The library's dynamic entries of a tag, by readelf: what stands between the brackets.
std::vector<std::string> readelf(const fs::path& library, const std::string& tag) {
    const graft::tests::TemporaryFolder folder;
    const std::string command = "readelf -dW '" + library.string() + "' | sed -n 's/.*(" + tag +
                                ").*\\[\\(.*\\)\\]$/\\1/p' > '" + folder.file("lines") + "'";
    REQUIRE(std::system(command.c_str()) == 0);
    std::ifstream lines(folder / "lines");
    std::vector<std::string> texts;
    for (std::string line; std::getline(lines, line);) {
        texts.push_back(line);
    }
    return texts;
}

// Proves: what a library needs, and where it says that this lies, is what binutils reads.
TEST_CASE("the libraries that a library needs") {
    const fs::path note = fs::path(GRAFT_TEST_BINARY) / "tests/catalog/test-catalog-note.so";
    for (const fs::path& library : {note, fs::path(GRAFT_TEST_BINARY) / "lib/libgraft_sdk.so"}) {
        if (!fs::exists(library)) {
            graft::tests::skip(library.string() + " is not in this build");
            continue;
        }
        CAPTURE(library.string());
        graft::catalog::ElfFile elf(library);
        CHECK(elf.needed() == readelf(library, "NEEDED"));
        // The note alone needs nothing, but what a sanitizer brings.
        CHECK((library == note || !elf.needed().empty()));
        std::vector<std::string> folders;  // a linker may leave room behind the last, as empty ones
        for (const std::string& list : readelf(library, "RUNPATH")) {
            std::istringstream stream(list);
            for (std::string folder; std::getline(stream, folder, ':');) {
                if (!folder.empty()) {
                    folders.push_back(folder);
                }
            }
        }
        CHECK(elf.library_folders() == folders);
    }
}

// Proves: the same of every plugin that this build made.
TEST_CASE("built plugins are readable after strip") {
    const fs::path plugins = fs::path(GRAFT_TEST_BINARY) / "lib/graft/plugins";
    const graft::catalog::Catalog catalog({plugins}, host_stamp());
    if (catalog.files().empty()) {
        graft::tests::skip("there are no plugins in this build");
        return;
    }
    const graft::tests::TemporaryFolder folder;
    for (const PluginFile& file : catalog.files()) {
        CAPTURE(file.path.string());
        CHECK(file.problem == "");
        const fs::path copy = folder / file.path.filename().string();
        REQUIRE(stripped(file.path, copy));
        const PluginFile again = read_plugin_file(copy, host_stamp());
        CHECK(again.problem == "");
        CHECK(again.entries.size() == file.entries.size());
    }
}

}  // namespace
