// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/names.hpp"

#include <algorithm>
#include <cstddef>

namespace graft::core {
namespace {

std::size_t edit_distance(std::string_view left, std::string_view right) {
    const std::size_t rows = left.size() + 1;
    const std::size_t columns = right.size() + 1;
    std::vector<std::vector<std::size_t>> cost(rows, std::vector<std::size_t>(columns));
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t column = 0; column < columns; ++column) {
            if (row == 0 || column == 0) {
                cost[row][column] = row + column;
                continue;
            }
            const bool same = left[row - 1] == right[column - 1];
            cost[row][column] = std::min({cost[row - 1][column] + 1, cost[row][column - 1] + 1,
                                          cost[row - 1][column - 1] + (same ? 0 : 1)});
            if (row > 1 && column > 1 && left[row - 1] == right[column - 2] &&
                left[row - 2] == right[column - 1]) {
                cost[row][column] = std::min(cost[row][column], cost[row - 2][column - 2] + 1);
            }
        }
    }
    return cost[rows - 1][columns - 1];
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
    const std::size_t allowed = std::max<std::size_t>(1, name.size() / 3);
    std::string best;
    std::size_t best_distance = allowed + 1;
    for (const std::string& candidate : candidates) {
        const std::size_t longer = std::max(name.size(), candidate.size());
        const std::size_t shorter = std::min(name.size(), candidate.size());
        if (longer - shorter >= best_distance) {
            continue;  // also keeps a name of a megabyte cheap
        }
        const std::size_t distance = edit_distance(name, candidate);
        if (distance < best_distance && distance < longer) {  // not where every letter differs
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

std::string suggest(std::string_view name, const std::vector<std::string>& candidates) {
    const std::string near = nearest(name, candidates);
    if (!near.empty()) {
        return "did you mean '" + near + "'?";
    }
    return candidates.empty() ? "" : "allowed: " + listed(candidates);
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ", ") + name;
    }
    return text.empty() ? "none" : text;
}

// One row of a table a pattern token instead of recursion: a hostile pattern (`**a**a**a...`) costs
// pattern times path, never more.
bool matches(std::string_view pattern, std::string_view path) {
    std::vector<bool> reached(path.size() + 1, false);  // [n]: what was read of the pattern matches n letters
    reached[0] = true;
    while (!pattern.empty()) {
        const bool star = pattern.front() == '*';
        const bool across = pattern.substr(0, 2) == "**";
        if (star) {
            for (std::size_t length = 1; length <= path.size(); ++length) {
                const bool longer = reached[length - 1] && (across || path[length - 1] != '.');
                reached[length] = reached[length] || longer;
            }
        } else {
            for (std::size_t length = path.size(); length > 0; --length) {
                reached[length] = reached[length - 1] && path[length - 1] == pattern.front();
            }
            reached[0] = false;
        }
        pattern.remove_prefix(across ? 2 : 1);
    }
    return reached[path.size()];
}

}  // namespace graft::core
