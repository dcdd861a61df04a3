// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

namespace graft::jobs {

/// A process for as long as anybody may remember it: numbers are given again, and machines start again.
struct ProcessMark {
    std::int64_t pid = 0;      ///< 0: none
    std::int64_t started = 0;  ///< clock ticks after the machine's start
    std::string boot;          ///< which start of which machine

    bool operator==(const ProcessMark&) const = default;
};

/// Of a process of this machine; pid 0 where there is none, or where it has ended and only its parent does
/// not know yet.
ProcessMark mark_of(std::int64_t pid);

/// Whether the very process lives on this machine.
bool is_alive(const ProcessMark& mark);

/// Whether the mark was made on this machine since its start.
bool is_of_this_machine(const ProcessMark& mark);

/// Sends a signal to the very process, and to no other that has its number now. False: it is gone, or not
/// ours.
bool send_signal(const ProcessMark& mark, int signal);

}  // namespace graft::jobs
