// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/problem.hpp"

namespace graft::jobs {
namespace {

void close_once(int& descriptor) {
    if (descriptor >= 0) {
        ::close(descriptor);
        descriptor = -1;
    }
}

/// Both ends of the three channels; what is not taken is closed.
struct Channels {
    int input[2] = {-1, -1};   ///< ours, the program's: a socket, so that no write raises SIGPIPE
    int output[2] = {-1, -1};  ///< read end, write end
    int errors[2] = {-1, -1};

    Channels() {
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) != 0 ||
            ::pipe2(output, O_CLOEXEC) != 0 || ::pipe2(errors, O_CLOEXEC) != 0) {
            const int error = errno;
            close_all();
            throw core::Failure(core::Category::system,
                                fmt::format("cannot make a pipe: {}", std::strerror(error)));
        }
    }
    Channels(const Channels&) = delete;
    Channels& operator=(const Channels&) = delete;
    ~Channels() { close_all(); }

    static int take(int& descriptor) {
        const int taken = descriptor;
        descriptor = -1;
        ::fcntl(taken, F_SETFL, ::fcntl(taken, F_GETFL) | O_NONBLOCK);
        return taken;
    }

private:
    void close_all() {
        for (int* ends : {input, output, errors}) {
            close_once(ends[0]);
            close_once(ends[1]);
        }
    }
};

/// Returns the error number; 0: started.
int spawn(const std::filesystem::path& program, std::vector<std::string>& more,
          std::vector<std::string>& words, const Channels& channels, pid_t& pid) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, channels.input[1], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, channels.output[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, channels.errors[1], STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    sigset_t defaults;
    sigemptyset(&defaults);
    for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGUSR1, SIGCHLD, SIGHUP}) {
        sigaddset(&defaults, signal);
    }
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::string name = program.string();
    std::vector<char*> arguments = {name.data()};
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    std::vector<char*> environment;
    const auto is_replaced = [&](const char* variable) {
        return std::any_of(more.begin(), more.end(), [&](const std::string& other) {
            return std::strncmp(variable, other.c_str(), other.find('=') + 1) == 0;
        });
    };
    for (char** variable = ::environ; *variable != nullptr; ++variable) {
        if (!is_replaced(*variable)) {
            environment.push_back(*variable);
        }
    }
    for (std::string& variable : more) {
        environment.push_back(variable.data());
    }
    environment.push_back(nullptr);
    const int error =
        ::posix_spawn(&pid, name.c_str(), &actions, &attributes, arguments.data(), environment.data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

}  // namespace

Process::Process(const std::filesystem::path& program, std::vector<std::string> more,
                 std::vector<std::string> arguments) {
    Channels channels;
    if (const int error = spawn(program, more, arguments, channels, pid_); error != 0) {
        throw core::Failure(core::Category::system,
                            fmt::format("cannot start {}: {}", program.string(), std::strerror(error)),
                            "graft-engine belongs beside graft: build or install both");
    }
    input_ = Channels::take(channels.input[0]);
    output_ = Channels::take(channels.output[0]);
    errors_ = Channels::take(channels.errors[0]);
}

Process::~Process() {
    close_once(input_);
    close_once(output_);
    close_once(errors_);
    if (!ended_) {
        signal(SIGKILL);
        while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
        }
    }
}

void Process::feed(std::string& pending) {
    while (!pending.empty()) {
        const ssize_t sent = ::send(input_, pending.data(), pending.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return;
        }
        if (sent < 0) {
            break;  // it reads no more: its exit status will say why
        }
        pending.erase(0, static_cast<std::size_t>(sent));
    }
    pending.clear();
    close_once(input_);
}

void Process::close_output() {
    close_once(output_);
}
void Process::close_errors() {
    close_once(errors_);
}

void Process::signal(int number) const {
    if (!ended_) {
        ::kill(-pid_, number);
    }
}

bool Process::ended() {
    siginfo_t ending{};
    if (!ended_ && ::waitid(P_PID, static_cast<id_t>(pid_), &ending, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        ending.si_pid == pid_) {
        ::kill(-pid_, SIGKILL);  // what it left behind; until it is waited for, its number is its own
        while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
        }
        ended_ = true;
    }
    return ended_;
}

}  // namespace graft::jobs
