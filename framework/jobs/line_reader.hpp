// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace graft::jobs {

/// Cuts what comes through a descriptor that never waits into lines. A line longer than the limit comes in
/// pieces; empty lines do not come.
class LineReader {
public:
    explicit LineReader(std::function<void(const std::string&)> on_line,
                        std::size_t longest = std::size_t{64} << 20)
        : on_line_(std::move(on_line)), longest_(longest) {}

    /// Reads what is there, 1 MiB at most: so it takes all that a process which has ended can have left in a
    /// pipe (pipe(7)), and ends where another writes without a pause. False: no more will come.
    bool drain(int descriptor);

    /// Hands on what came after the last newline, if anything.
    void finish();

private:
    void take(std::string_view bytes);

    std::function<void(const std::string&)> on_line_;
    std::size_t longest_;
    std::string pending_;
};

/// The last lines of a text that may be endless.
class Tail {
public:
    void add(const std::string& line);
    const std::deque<std::string>& lines() const { return lines_; }

private:
    std::deque<std::string> lines_;
};

}  // namespace graft::jobs
