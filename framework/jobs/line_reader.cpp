// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/line_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <unistd.h>

namespace graft::jobs {
namespace {

constexpr std::size_t tail_lines = 12;
constexpr std::size_t tail_width = 400;
constexpr int chunks_a_turn = 16;  // so that a program that floods one channel cannot starve the rest

}  // namespace

bool LineReader::drain(int descriptor) {
    std::array<char, 65'536> buffer;
    for (int turn = 0; turn < chunks_a_turn; ++turn) {
        const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
        if (got > 0) {
            take({buffer.data(), static_cast<std::size_t>(got)});
        } else if (got == 0) {
            return false;
        } else if (errno != EINTR) {
            return errno == EAGAIN || errno == EWOULDBLOCK;
        }
    }
    return true;
}

void LineReader::take(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t newline = bytes.find('\n');
        const std::size_t room = longest_ - pending_.size();
        const std::size_t length = std::min({newline, bytes.size(), room});
        pending_ += bytes.substr(0, length);
        const bool complete = length == newline || pending_.size() == longest_;
        bytes.remove_prefix(length == newline ? length + 1 : length);
        if (complete) {
            finish();
        }
    }
}

void LineReader::finish() {
    if (!pending_.empty()) {
        const std::string line = std::move(pending_);
        pending_.clear();
        on_line_(line);
    }
}

void Tail::add(const std::string& line) {
    lines_.push_back(line.substr(0, tail_width));
    if (line.size() > tail_width) {
        lines_.back() += "...";
    }
    if (lines_.size() > tail_lines) {
        lines_.pop_front();
    }
}

}  // namespace graft::jobs
