// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace graft::jobs {

/// A program in a process group of its own, joined by three descriptors that never wait. Ended for good
/// when the object goes, with its group. One thread per object.
class Process {
public:
    /// Starts it with this process's environment, and `more` ("NAME=VALUE") in place of what has these names.
    /// `arguments` are those behind its name, as they are: no shell sees them. Throws Failure(system) when it
    /// cannot be started.
    explicit Process(const std::filesystem::path& program, std::vector<std::string> more = {},
                     std::vector<std::string> arguments = {});
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    pid_t pid() const { return pid_; }
    int input() const { return input_; }    ///< write here; -1 once closed
    int output() const { return output_; }  ///< its standard output; -1 once closed
    int errors() const { return errors_; }  ///< its standard error; -1 once closed

    /// Writes what fits and shortens `pending` by it; closes the input when nothing is left or nobody reads.
    void feed(std::string& pending);

    void close_output();
    void close_errors();

    /// Sends a signal to the whole group.
    void signal(int number) const;

    /// Whether it has ended; then what it left behind of its group is killed, and `status` is that of
    /// waitpid.
    bool ended();
    int status() const { return status_; }

private:
    pid_t pid_ = -1;
    bool ended_ = false;
    int status_ = 0;
    int input_ = -1;
    int output_ = -1;
    int errors_ = -1;
};

}  // namespace graft::jobs
