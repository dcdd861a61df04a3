// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::Printed;

const std::string page =
    "docs/data.md says where the data of configs/ comes from; tools/fetch-data fetches it";

}  // namespace

// Proves: whoever starts a pipeline of configs/ without its data is told where to get it.
TEST_CASE("a run without its data names the page about data") {
    if (!graft::tests::has_engine()) {
        return;
    }
    const CommandLine line;
    int without = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(GRAFT_TEST_SOURCE) / "configs")) {
        if (graft::tests::slurp(entry.path()).find("${DATA:-data}") == std::string::npos) {
            continue;  // it draws its pictures, or stands upon another
        }
        CAPTURE(entry.path().string());
        const Printed printed =
            line.shell("unset DATA; \"$graft\" run --dry-run " + graft::tests::quoted(entry.path().string()));
        CHECK(printed.exit_code == 4);
        CHECK(printed.err.find(page) != std::string::npos);
        ++without;
    }
    CHECK(without >= 9);
}

// Proves: data that is there but wrong is not said to be missing.
TEST_CASE("data of the wrong kind does not name the page about data") {
    if (!graft::tests::has_engine()) {
        return;
    }
    const CommandLine line;
    line.folder.write("data/hymenoptera/readme.txt", "");
    const Printed printed = line.shell("unset DATA; \"$graft\" run --dry-run " GRAFT_TEST_SOURCE
                                       "/configs/ants_bees_resnet18.yaml");
    CHECK(printed.exit_code != 0);
    CHECK(printed.err.find(page) == std::string::npos);
}
