// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/signals.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "core/problem.hpp"

namespace graft::jobs {
namespace {

constexpr std::array<int, 4> caught = {SIGINT, SIGTERM, SIGUSR1, SIGCHLD};

int write_end = -1;
std::array<struct sigaction, caught.size()> before;
sigset_t mask_before;

/// Only what may be done in a handler: one write that never waits.
void note(int signal) {
    const int error = errno;
    const auto byte = static_cast<unsigned char>(signal);
    [[maybe_unused]] const ssize_t written = ::write(write_end, &byte, 1);
    errno = error;
}

}  // namespace

SignalQueue::SignalQueue() {
    if (::pipe2(ends_, O_CLOEXEC | O_NONBLOCK) != 0) {
        throw core::Failure(core::Category::system,
                            std::string("cannot make a pipe: ") + std::strerror(errno));
    }
    write_end = ends_[1];
    for (std::size_t index = 0; index < caught.size(); ++index) {
        struct sigaction action {};
        action.sa_handler = note;
        action.sa_flags = SA_RESTART;
        ::sigaction(caught[index], &action, &before[index]);
    }
    sigset_t these;
    sigemptyset(&these);
    for (const int signal : caught) {
        sigaddset(&these, signal);
    }
    ::pthread_sigmask(SIG_UNBLOCK, &these, &mask_before);
}

SignalQueue::~SignalQueue() {
    ::pthread_sigmask(SIG_SETMASK, &mask_before, nullptr);
    for (std::size_t index = 0; index < caught.size(); ++index) {
        ::sigaction(caught[index], &before[index], nullptr);
    }
    write_end = -1;
    ::close(ends_[0]);
    ::close(ends_[1]);
}

int SignalQueue::next() {
    unsigned char byte = 0;
    return ::read(ends_[0], &byte, 1) == 1 ? byte : 0;
}

std::string signal_text(int signal) {
    const char* short_name = ::sigabbrev_np(signal);
    if (short_name == nullptr) {
        return "signal " + std::to_string(signal);
    }
    return "SIG" + std::string(short_name) + " (" + ::sigdescr_np(signal) + ")";
}

}  // namespace graft::jobs
