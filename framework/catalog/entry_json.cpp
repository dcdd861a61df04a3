// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "catalog/entry_json.hpp"

namespace graft::catalog {

core::Json to_json(const std::vector<Entry>& entries) {
    core::Json list = core::Json::array();
    for (const Entry& entry : entries) {
        list.push_back(
            {{"kind", entry.kind}, {"id", entry.id}, {"version", entry.version}, {"summary", entry.summary}});
    }
    return list;
}

}  // namespace graft::catalog
