// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <iostream>
#include <string>

#include <doctest/doctest.h>

namespace graft::tests {

/// Says that the running case cannot be tried here, and why; the case then returns. doctest counts it among
/// those that passed, so `tools/skipped` finds the line in ctest's log and counts it as what it is.
inline void skip(const std::string& reason) {
    const auto* running = doctest::getContextOptions()->currentTest;
    std::cout << "SKIPPED: " << running->m_name << ": " << reason << std::endl;
}

}  // namespace graft::tests
