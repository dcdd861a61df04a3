// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/text.hpp"

#include <doctest/doctest.h>

using graft::core::shell_word;

// Proves: what is printed to be typed is one word that the shell reads back as it was; by the POSIX shell's
// rules for quotes, and bash's for $'..'.
TEST_CASE("words for a shell") {
    CHECK(shell_word("runs/first-1.0_a+b:c,d@e=f") == "runs/first-1.0_a+b:c,d@e=f");
    CHECK(shell_word("Gr\xc3\xb6\xc3\x9f"
                     "e") ==
          "Gr\xc3\xb6\xc3\x9f"
          "e");
    CHECK(shell_word("") == "''");
    CHECK(shell_word("my runs") == "'my runs'");
    CHECK(shell_word("it's") == "'it'\\''s'");
    CHECK(shell_word("$HOME/a*") == "'$HOME/a*'");
    CHECK(shell_word("~/runs") == "'~/runs'");
    CHECK(shell_word("-run") == "./-run");
    CHECK(shell_word("a\nb'c\\") == "$'a\\x0ab\\'c\\\\'");
}
