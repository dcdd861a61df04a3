// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/profile.hpp"

#include <utility>

#include <fmt/format.h>

#include "report/formatting.hpp"

namespace graft::report {
namespace {

using core::Json;
using Names = std::vector<std::pair<const char*, const char*>>;

double seconds_in(const Json& fields, const char* key) {
    const auto field = fields.find(key);
    return field != fields.end() && field->is_number() ? field->get<double>() : 0;
}

/// The works that took time, in the order of `names`.
void add_rows(const Json& works, const Names& names, double all, Rows& rows) {
    for (const auto& [key, name] : names) {
        const double seconds = seconds_in(works, key);
        if (seconds > 0) {
            rows.push_back({name, fmt::format("{:.2f} s", seconds),
                            all > 0 ? fmt::format("{:.0f} %", 100 * seconds / all) : ""});
        }
    }
}

const Names& names_of_train() {
    static const Names names = {{"start_up", "start-up"},     {"wait", "waiting for batches"},
                                {"prefix", "frozen stages"},  {"forward", "forward"},
                                {"backward", "backward"},     {"step", "optimiser"},
                                {"evaluation", "evaluation"}, {"store", "stored features"},
                                {"writing", "writing"},       {"other", "other"}};
    return names;
}

}  // namespace

std::vector<std::pair<std::string, double>> works_of(const Json& profile) {
    const Json train = inner(profile, "train");
    std::vector<std::pair<std::string, double>> works;
    for (const auto& [key, name] : names_of_train()) {
        if (const double seconds = seconds_in(train, key); seconds > 0) {
            works.emplace_back(name, seconds);
        }
    }
    return works;
}

std::string profile_text(const Json& profile, const Screen& screen) {
    if (!profile.is_object()) {
        return "";
    }
    static const Names loader = {{"decode", "reading and decoding"},
                                 {"warp", "resizing and augmenting"},
                                 {"rows", "reading stored features"}};
    const double seconds = seconds_in(profile, "seconds");
    Rows rows;
    add_rows(inner(profile, "train"), names_of_train(), seconds, rows);
    std::string shown = paint(screen, Paint::bold, fmt::format("where {} went", duration(seconds))) + "\n" +
                        table(rows, {1, 2});
    Rows beside;
    add_rows(inner(profile, "loader"), loader, 0, beside);
    if (!beside.empty()) {
        shown += "beside it, in the threads that fill batches, all together\n" + table(beside, {1});
    }
    return shown + "on a GPU, work counts where it is waited for\n";
}

}  // namespace graft::report
