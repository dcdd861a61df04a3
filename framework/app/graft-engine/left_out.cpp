// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "left_out.hpp"

#include <algorithm>

namespace graft::engine {

void add_problems(const data::Subset& subset, core::Json& list) {
    if (!subset.dataset) {
        return;
    }
    for (const DataProblem& problem : subset.dataset.problems()) {
        const core::Json entry = {
            {"file", problem.place}, {"reason", problem.message}, {"sample", problem.record}};
        if (std::find(list.begin(), list.end(), entry) == list.end()) {
            list.push_back(entry);
        }
    }
}

void add_skipped(const data::Loader& loader, core::Json& list) {
    for (const data::Skipped& skipped : loader.skipped()) {
        list.push_back({{"file", skipped.id}, {"reason", skipped.reason}, {"sample", true}});
    }
}

}  // namespace graft::engine
