// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "catalog/catalog.hpp"
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
