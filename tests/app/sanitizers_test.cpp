// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A plugin that was built with a sanitizer, in a graft that was not: as docs/writing-plugins.md says.
#include <string>

#include <doctest/doctest.h>

#include "app/command_line.hpp"
#include "app/engine.hpp"
#include "support/skip.hpp"

namespace graft::tests {
namespace {

/// What `graft plugins --verify` says of a case of the data sets that were built with a sanitizer. Where the
/// compiler has no such library, or it does not start here, the running case is skipped and the answer is
/// empty.
Printed verified(const std::string& sanitizer, const std::string& library, const std::string& component) {
    const CommandLine line;
    const std::string front = "front=$(c++ -print-file-name=" + library + "); ";
    // ThreadSanitizer does not start on every kernel (vm.mmap_rnd_bits).
    if (line.shell(front + "test -e \"$front\" && LD_PRELOAD=$front \"$graft\" plugins resnet18").exit_code !=
        0) {
        skip("there is no " + library + " that starts here");
        return {};
    }
    return line.shell(front + "TSAN_OPTIONS=halt_on_error=1 LD_PRELOAD=$front \"$graft\" plugins --verify " +
                      GRAFT_TEST_BINARY "/tests/plugins/wrong/wrong_datasets_" + sanitizer +
                      ".so --option rooted.root=x --option other_rooted.root=x --case " + component);
}

}  // namespace

TEST_SUITE_BEGIN("slow");

// Proves: two threads that meet in one object are found though every number may be right, and the right
// plugin passes.
TEST_CASE("sanitizers: ThreadSanitizer names the line of a race in a plugin") {
    if (!has_engine({"wrong"})) {
        return;
    }
    const Printed racy = verified("thread", "libtsan.so", "racy.threads_of_targets");
    if (racy.exit_code < 0) {
        return;
    }
    CHECK(racy.exit_code == 3);
    CHECK_MESSAGE(has(racy.out, "WARNING: ThreadSanitizer: data race"), racy.out);
    CHECK(has(racy.out, "wrong/datasets.cpp:"));
    CHECK(verified("thread", "libtsan.so", "good.threads_of_targets").exit_code == 0);
}

// Proves: memory that is lost is found, with the line that asked for it.
TEST_CASE("sanitizers: LeakSanitizer names the line of a leak in a plugin") {
    if (!has_engine({"wrong"})) {
        return;
    }
    const Printed leaking = verified("address", "libasan.so", "leaking.ids");
    if (leaking.exit_code < 0) {
        return;
    }
    CHECK(leaking.exit_code == 3);
    CHECK_MESSAGE(has(leaking.out, "LeakSanitizer found memory that nothing holds any more"), leaking.out);
    CHECK(has(leaking.out, "wrong/datasets.cpp:"));
    CHECK(verified("address", "libasan.so", "good.ids").exit_code == 0);
}

TEST_SUITE_END();

}  // namespace graft::tests
