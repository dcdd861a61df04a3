// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "plugin/torch_message.hpp"

#include <sstream>

namespace graft::plugin {

std::string sentence_of(const std::string& message) {
    std::istringstream lines(message);
    std::string first;
    std::string last;
    for (std::string line; std::getline(lines, line);) {
        first = first.empty() ? line : first;
        last = line.empty() ? last : line;
    }
    if (!first.starts_with("The following operation failed in the TorchScript interpreter")) {
        return first;
    }
    const std::size_t begin = last.find("RuntimeError: ");
    return begin == std::string::npos ? last : last.substr(begin);
}

}  // namespace graft::plugin
