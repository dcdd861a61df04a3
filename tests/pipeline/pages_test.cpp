// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What people copy: the pipelines and pieces of pipelines in README.md and docs/, and configs/.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "core/files.hpp"
#include "support.hpp"
#include "support/pages.hpp"

namespace {

namespace fs = std::filesystem;
using namespace graft;

const fs::path root = GRAFT_TEST_SOURCE;

/// The problems of a text: a whole pipeline, or the section `data` or `backbone` of one.
std::string problems_of(const std::string& text) {
    const bool whole = text.starts_with("graft: ");
    const bool data = text.starts_with("data:");
    REQUIRE((whole || data || text.starts_with("backbone:")));
    const std::string around = data ? test::Text{.data = text}.yaml() : test::Text{.backbone = text}.yaml();
    return test::interpret(whole ? text : around).problems;
}

}  // namespace

// Proves: the host takes every key and value that the pages show.
TEST_CASE("pipelines in README.md and docs/ are valid") {
    std::vector<fs::path> pages = {root / "README.md", root / "CONTRIBUTING.md"};
    for (const auto& entry : fs::recursive_directory_iterator(root / "docs")) {
        if (entry.is_regular_file()) {
            pages.push_back(entry.path());
        }
    }
    int blocks = 0;
    for (const fs::path& page : pages) {
        for (const std::string& block : tests::code_blocks(core::read_file(page), "yaml")) {
            CAPTURE(page.string());
            CAPTURE(block);
            CHECK(problems_of(block) == "");
            ++blocks;
        }
    }
    CHECK(blocks >= 4);
}

// Proves: so does it with every pipeline to start from.
TEST_CASE("pipelines in configs/ are valid") {
    int files = 0;
    for (const auto& entry : fs::directory_iterator(root / "configs")) {
        CAPTURE(entry.path().string());
        pipeline::LoadRequest request;
        request.file = entry.path();
        request.environment = {{"DATA", "/data"}};
        core::Problems problems;
        pipeline::interpret(pipeline::load_document(request), entry.path().string(), problems);
        CHECK(core::render(problems) == "");
        ++files;
    }
    CHECK(files >= 10);
}
