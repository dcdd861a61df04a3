// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// To add a case: NAME.yaml, its first line a comment that says what the mistake is, a second line
// `# arguments: ...` where `graft check` gets more than the file; then run with GRAFT_UPDATE=1 and read
// what was written into NAME.expected.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "app/engine.hpp"
#include "pipeline/pipeline.hpp"

namespace fs = std::filesystem;

namespace {

const fs::path folder = fs::path(GRAFT_TEST_SOURCE) / "tests/pipelines";
const fs::path program = fs::path(GRAFT_TEST_BINARY) / "bin/graft";

std::string read(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::vector<std::string> case_names() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".yaml") {
            names.push_back(entry.path().stem().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

/// What stands behind "# arguments: "; empty: nothing.
std::string arguments_of(const std::string& name) {
    const std::string text = read(folder / (name + ".yaml"));
    const std::string label = "\n# arguments: ";
    const std::size_t begin = text.find(label);
    if (begin == std::string::npos) {
        return "";
    }
    const std::size_t words = begin + label.size();
    return text.substr(words, text.find('\n', words) - words);
}

/// The build folder lies elsewhere on every machine.
std::string without_build_folder(std::string text) {
    for (const std::string& shown :
         {std::string(GRAFT_TEST_BINARY), fs::weakly_canonical(GRAFT_TEST_BINARY).string()}) {
        for (std::size_t offset = text.find(shown); offset != std::string::npos; offset = text.find(shown)) {
            text.replace(offset, shown.size(), "BUILD");
        }
    }
    return text;
}

/// "exit CODE", then everything that `graft check` prints on standard error. Its environment is empty, so
/// that nobody's plugins or variables change the message.
std::string checked(const std::string& name) {
    const fs::path caught = fs::temp_directory_path() / ("graft-pipelines-" + std::to_string(::getpid()) +
                                                         "-" + fs::path(name).filename().string());
    const std::string command =
        "cd '" + folder.string() + "' && env -i PATH=/usr/bin:/bin HOME=/nonexistent '" + program.string() +
        "' check '" + name + ".yaml' " + arguments_of(name) + " >/dev/null 2>'" + caught.string() + "'";
    const int status = std::system(command.c_str());
    const std::string text = without_build_folder(read(caught));
    fs::remove(caught);
    return "exit " + std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : -1) + "\n" + text;
}

/// The problems that can be said without a plugin, each as it is shown.
std::vector<std::string> said_by_library(const std::string& name) {
    graft::core::Problems problems;
    graft::pipeline::LoadRequest request;
    request.file = name + ".yaml";
    std::string words = arguments_of(name) + " ";
    for (std::size_t space = words.find(' '); space != std::string::npos; space = words.find(' ')) {
        const std::string word = words.substr(0, space);
        words.erase(0, space + 1);
        if (!word.empty() && word != "--set") {
            request.sets.push_back(word);
        }
    }
    try {
        graft::pipeline::interpret(graft::pipeline::load_document(request), request.file.string(), problems);
    } catch (const graft::core::Failure& failure) {
        problems = failure.problems();
    }
    std::vector<std::string> shown;
    for (const graft::core::Problem& problem : problems) {
        shown.push_back(graft::core::render(problem));
    }
    return shown;
}

}  // namespace

TEST_CASE("graft check says of every broken pipeline exactly what is expected") {
    if (!graft::tests::has_engine()) {
        return;
    }
    const std::vector<std::string> names = case_names();
    REQUIRE(names.size() >= 24);
    const bool update = std::getenv("GRAFT_UPDATE") != nullptr;
    std::vector<std::string> results(names.size());
    const auto work = [&](std::size_t first) {
        for (std::size_t index = first; index < names.size(); index += 2) {
            results[index] = checked(names[index]);
        }
    };
    auto other = std::async(std::launch::async, work, 1);
    work(0);
    other.get();
    for (std::size_t index = 0; index < names.size(); ++index) {
        const fs::path expected = folder / (names[index] + ".expected");
        if (update && results[index].compare(0, 7, "exit 2\n") == 0) {
            std::ofstream(expected, std::ios::binary) << results[index];
            continue;
        }
        CAPTURE(names[index]);
        CHECK(results[index] == read(expected));
    }
}

TEST_CASE("the pipeline that the broken ones were made from passes") {
    if (!graft::tests::has_engine()) {
        return;
    }
    CHECK(checked("bases/good") == "exit 0\n");
}

TEST_CASE("every pipeline has its expected message, and each is a mistake of the pipeline") {
    std::vector<std::string> expected;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".expected") {
            expected.push_back(entry.path().stem().string());
        }
    }
    std::sort(expected.begin(), expected.end());
    CHECK(expected == case_names());
    // A fault of the program (1) or an unusable plugin (3) must not become an expectation by an update.
    for (const std::string& name : expected) {
        CAPTURE(name);
        CHECK(read(folder / (name + ".expected")).compare(0, 7, "exit 2\n") == 0);
    }
}

TEST_CASE("what the library finds without any plugin is part of the whole message") {
    fs::current_path(folder);
    int said = 0;
    for (const std::string& name : case_names()) {
        const std::string expected = read(folder / (name + ".expected"));
        for (const std::string& problem : said_by_library(name)) {
            CAPTURE(name);
            CAPTURE(problem);
            CHECK(expected.find(problem + "\n") != std::string::npos);
            ++said;
        }
    }
    CHECK(said > 40);
}
