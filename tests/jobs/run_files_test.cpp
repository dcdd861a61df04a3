// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/run_files.hpp"

#include <chrono>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "support/temporary_folder.hpp"

namespace fs = std::filesystem;
using graft::jobs::find_run;

// Proves: a run is found by its folder and by the folder above it alone; among several nobody chooses in
// silence: they are listed, the newest first, as a shell takes them.
TEST_CASE("the run that a folder means") {
    const graft::tests::TemporaryFolder folder;
    const std::string above = (folder / "runs").string();
    folder.write("runs/one/run.json", "{}");
    folder.write("runs/no-run/notes.txt", "");
    CHECK(find_run(above + "/one") == above + "/one");
    CHECK(find_run(above) == above + "/one");
    folder.write("runs/the other/run.json", "{}");
    const auto now = fs::last_write_time(folder / "runs/one/run.json");
    fs::last_write_time(folder / "runs/the other/run.json", now + std::chrono::hours(1));
    std::string text;
    try {
        find_run(above);
    } catch (const graft::core::Failure& failure) {
        CHECK(failure.category() == graft::core::Category::pipeline);
        text = failure.what();
    }
    CHECK(text == "'" + above + "' holds 2 runs; which one?\n  newest first:\n    '" + above +
                      "/the other'\n    " + above + "/one");
    CHECK_THROWS_AS(find_run(above + "/no-run"), graft::core::Failure);
}

// Proves: whoever tells that a run's engine died does not write over what another process does there
// meanwhile.
TEST_CASE("the death of a run that another process has gone on with") {
    const graft::tests::TemporaryFolder folder;
    const std::string run = (folder / "run").string();
    const std::string file = folder.write("run/run.json", R"({"status": "running"})").string();
    {
        const auto goes_on = graft::core::FolderLock::take(run);
        graft::jobs::record_death(run, "killed");
        CHECK(graft::core::read_file(file) == R"({"status": "running"})");
    }
    graft::jobs::record_death(run, "killed");
    CHECK(graft::jobs::state_of(run).status == "failed");
    CHECK(graft::jobs::state_of(run).record["error"] == "killed");
}
