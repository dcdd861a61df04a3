// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/stack.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sstream>

#include <fmt/format.h>

#include "core/problem.hpp"
#include "core/text.hpp"
#include "jobs/program.hpp"

namespace graft::jobs {
namespace {

constexpr std::size_t longest_line = 300;

std::string file_name(const std::string& path) {
    return std::filesystem::path(path).filename().string();
}

std::string plain(const StackFrame& frame) {
    return fmt::format("{} + {:#x}", file_name(frame.file), frame.offset);
}

/// What addr2line says of one address, in two lines: the function, and "/path/file.cpp:31 (discriminator 2)".
std::string named(const StackFrame& frame, const std::string& function, const std::string& place) {
    if (function.empty() || function == "??") {
        return plain(frame);
    }
    std::string where = place.substr(0, place.find(' '));
    for (const char* unknown : {":?", ":0"}) {
        where = where.ends_with(unknown) ? where.substr(0, where.size() - 2) : where;
    }
    return where.empty() || where.front() == '?' ? function + " (" + plain(frame) + ")"
                                                 : fmt::format("{} in {}", file_name(where), function);
}

/// Two lines an address; none where the program is not there or fails.
std::vector<std::string> ask_addr2line(const std::vector<StackFrame>& frames, const std::string& file) {
    std::vector<std::string> words = {"addr2line", "-C", "-f", "-e", file};
    for (const StackFrame& frame : frames) {
        words.push_back(fmt::format("{:#x}", frame.offset));
    }
    std::vector<std::string> lines;
    try {
        std::istringstream said(run_program(words).out);
        for (std::string line; std::getline(said, line);) {
            lines.push_back(core::printable_line(line, longest_line));
        }
    } catch (const core::Failure&) {
        return {};
    }
    return lines;
}

/// The file of the innermost plugin; libraries of all else are called lib*.
std::string plugin_of(const std::vector<StackFrame>& stack) {
    const auto found = std::find_if(stack.begin(), stack.end(), [](const StackFrame& frame) {
        return frame.file.ends_with(".so") && !file_name(frame.file).starts_with("lib");
    });
    return found == stack.end() ? "" : found->file;
}

std::vector<std::string> stack_lines(const std::vector<StackFrame>& stack, const std::string& plugin) {
    std::vector<StackFrame> own;
    std::copy_if(stack.begin(), stack.end(), std::back_inserter(own),
                 [&](const StackFrame& frame) { return frame.file == plugin; });
    const std::vector<std::string> said =
        own.empty() ? std::vector<std::string>() : ask_addr2line(own, plugin);
    std::vector<std::string> lines;
    std::size_t next = 0;
    for (const StackFrame& frame : stack) {
        if (frame.file == plugin && said.size() == 2 * own.size()) {
            lines.push_back(named(frame, said[2 * next], said[2 * next + 1]));
            ++next;
        } else {
            lines.push_back(plain(frame));
        }
    }
    return lines;
}

}  // namespace

std::string stack_text(const std::vector<StackFrame>& stack) {
    constexpr std::size_t most = 12;
    const std::string plugin = plugin_of(stack);
    const auto last = std::find_if(stack.rbegin(), stack.rend(),
                                   [&](const StackFrame& frame) { return frame.file == plugin; });
    if (plugin.empty() || last == stack.rend()) {
        return "";
    }
    // What called the plugin is graft, and no concern of the reader's.
    const std::vector<StackFrame> inner(stack.begin(), last.base());
    const std::vector<std::string> lines = stack_lines(inner, plugin);
    std::string text = "\n  in " + plugin + ":";
    for (std::size_t index = 0; index < std::min(lines.size(), most); ++index) {
        text += "\n    " + lines[index];
    }
    return text + (lines.size() > most ? fmt::format("\n    and {} more", lines.size() - most) : "");
}

}  // namespace graft::jobs
