// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

#include "core/files.hpp"

namespace graft::tests {

/// Checks that a page of docs/ holds `made` between the line `<!-- made from HOW -->` and `<!-- end -->`.
/// With GRAFT_UPDATE set it is written there instead.
inline void check_generated(const std::string& page_name, const std::string& how, const std::string& made) {
    const std::string path = GRAFT_TEST_SOURCE "/docs/" + page_name;
    const std::string page = core::read_file(path);
    const std::string begin = "<!-- made from " + how + " -->\n";
    const std::string end = "<!-- end -->\n";
    const std::size_t from = page.find(begin);
    REQUIRE(from != std::string::npos);
    const std::size_t first = from + begin.size();
    const std::size_t last = page.find(end, first);
    REQUIRE(last != std::string::npos);
    if (std::getenv("GRAFT_UPDATE") != nullptr) {
        core::write_atomically(path, page.substr(0, first) + made + page.substr(last));
        return;
    }
    CHECK(page.substr(first, last - first) == made);
}

}  // namespace graft::tests
