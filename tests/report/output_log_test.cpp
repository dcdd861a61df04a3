// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/output_log.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

#include "support/temporary_folder.hpp"

namespace {

using graft::report::OutputLog;
using graft::tests::TemporaryFolder;

/// The texts of a log's lines, whose time stamp has 20 letters.
std::vector<std::string> texts(const std::filesystem::path& file) {
    std::vector<std::string> all;
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) {
        const auto event = graft::core::from_line(line.substr(20));
        CHECK(event.name == "output");
        all.push_back(event.fields["text"]);
    }
    return all;
}

// Proves: what was printed before the folder is known comes first, and nothing is written anywhere else.
TEST_CASE("output goes to the run's log") {
    const TemporaryFolder folder;
    OutputLog log;
    log.emit({"output", {{"text", "early"}}});
    log.emit({"folder", {{"folder", folder.path().string()}}});
    log.emit({"output", {{"text", "a crash"}}});  // there where the run never began
    CHECK(texts(folder / "log.txt") == std::vector<std::string>{"early", "a crash"});
    log.emit({"started", {{"folder", folder.path().string()}}});
    log.emit({"warning", {{"text", "not mine"}}});
    log.emit({"output", {{"text", "late"}}});
    CHECK(texts(folder / "log.txt") == std::vector<std::string>{"early", "a crash", "late"});
}

// Proves: what waits is bounded, the end of it is kept, and the loss is told.
TEST_CASE("very much output before a run begins") {
    const TemporaryFolder folder;
    OutputLog log;
    for (std::size_t line = 0; line < OutputLog::most_waiting + 2; ++line) {
        log.emit({"output", {{"text", std::to_string(line)}}});
    }
    log.emit({"started", {{"folder", folder.path().string()}}});
    const auto kept = texts(folder / "log.txt");
    REQUIRE(kept.size() == OutputLog::most_waiting + 1);
    CHECK(kept[0] == "(2 lines before these were not kept)");
    CHECK(kept[1] == "2");
}

// Proves: a folder that cannot be written, or none, does no harm.
TEST_CASE("a log that cannot be written") {
    OutputLog log;
    log.emit({"started", {{"folder", 7}}});
    log.emit({"started", {{"folder", "/nowhere"}}});
    CHECK_NOTHROW(log.emit({"output", {{"text", "lost"}}}));
}

}  // namespace
