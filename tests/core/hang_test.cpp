// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>

#include <doctest/doctest.h>

// Left out of every tier: tests/tools/hang_test.sh asks for it, to see it ended.
TEST_CASE("a case that hangs" * doctest::skip()) {
    CHECK(std::system("while [ ! -e /nowhere/never ]; do sleep 0.05; done") == 0);
}
