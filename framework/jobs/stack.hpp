// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace graft::jobs {

/// A place in a program's code: an offset into a file that it has loaded.
struct StackFrame {
    std::string file;
    std::uint64_t offset = 0;
};

/// The calls of the innermost plugin and what it called, as the end of a message: at most some lines,
/// indented, the innermost first: "my_head.cpp:31 in MyHead::forward(...)", or "libc.so.6 + 0x2a1" of other
/// files. The plugin's get names by the program addr2line where it is installed. Empty without a call of a
/// plugin.
std::string stack_text(const std::vector<StackFrame>& stack);

}  // namespace graft::jobs
