// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "graft/stamp.hpp"

#include <cstddef>

#include "catalog/catalog.hpp"

namespace graft::catalog {

std::map<std::string, std::string> parse_stamp(const std::string& text) {
    std::map<std::string, std::string> stamp;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string line = text.substr(begin, end - begin);
        const std::size_t equals = line.find('=');
        if (equals != std::string::npos) {
            stamp[line.substr(0, equals)] = line.substr(equals + 1);
        }
        begin = end + 1;
    }
    return stamp;
}

std::map<std::string, std::string> host_stamp() {
    return parse_stamp(GRAFT_STAMP);
}

}  // namespace graft::catalog
