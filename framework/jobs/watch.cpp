// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/watch.hpp"

#include <algorithm>
#include <limits>

namespace graft::jobs {

void Watch::heard(double now) {
    heard_ = now;
    has_warned_ = false;
}

Watch::Due Watch::due(double now) {
    if (cause_ != Cause::none) {
        const bool is_over = !is_killed_ && now >= told_to_end_ + grace;
        is_killed_ = is_killed_ || is_over;
        return is_over ? Due::kill : Due::nothing;
    }
    const bool is_late = time_limit_ > 0 && now >= begun_ + time_limit_;
    const bool hangs = stall_limit_ > 0 && is_at_work_ && now >= heard_ + stall_limit_;
    if (is_late || hangs) {
        cause_ = is_late ? Cause::time : Cause::stall;
        told_to_end_ = now;
        return Due::end;
    }
    if (stall_limit_ > 0 && !has_warned_ && now >= heard_ + stall_limit_ / 2) {
        has_warned_ = true;
        return Due::warning;
    }
    return Due::nothing;
}

std::optional<double> Watch::next() const {
    constexpr double never = std::numeric_limits<double>::infinity();
    double next = never;
    if (cause_ != Cause::none) {
        next = is_killed_ ? never : told_to_end_ + grace;
    } else {
        next = time_limit_ > 0 ? begun_ + time_limit_ : never;
        if (stall_limit_ > 0 && !has_warned_) {
            next = std::min(next, heard_ + stall_limit_ / 2);
        }
        if (stall_limit_ > 0 && is_at_work_) {
            next = std::min(next, heard_ + stall_limit_);
        }
    }
    return next < never ? std::optional(next) : std::nullopt;
}

}  // namespace graft::jobs
