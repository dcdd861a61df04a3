// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/process_mark.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

#include <sys/syscall.h>
#include <unistd.h>

namespace graft::jobs {
namespace {

std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
}

}  // namespace

ProcessMark mark_of(std::int64_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    // "PID (NAME) STATE ...": the name may hold anything. proc(5): the start is the 22nd field.
    const std::size_t name_end = text.rfind(')');
    if (pid <= 0 || name_end == std::string::npos) {
        return {};
    }
    std::istringstream fields(text.substr(name_end + 1));
    std::string state;
    fields >> state;
    std::string skipped;
    for (int field = 4; field < 22; ++field) {
        fields >> skipped;
    }
    ProcessMark mark{pid, 0, boot_id()};
    fields >> mark.started;
    return fields && state != "Z" && state != "X" ? mark : ProcessMark();
}

bool is_alive(const ProcessMark& mark) {
    return mark.pid > 0 && mark_of(mark.pid) == mark;
}

bool is_of_this_machine(const ProcessMark& mark) {
    return mark.boot == boot_id();
}

bool send_signal(const ProcessMark& mark, int signal) {
    const auto descriptor = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(mark.pid), 0));
    if (descriptor < 0) {
        return false;
    }
    // Looked at after it is held: the number cannot be given to another process from now on.
    const bool sent = is_alive(mark) && ::syscall(SYS_pidfd_send_signal, descriptor, signal, nullptr, 0) == 0;
    ::close(descriptor);
    return sent;
}

}  // namespace graft::jobs
