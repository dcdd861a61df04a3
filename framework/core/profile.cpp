// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/profile.hpp"

#include <algorithm>
#include <ctime>
#include <exception>
#include <fstream>
#include <limits>
#include <string>
#include <utility>

#include <unistd.h>

#include "core/clock.hpp"

namespace graft::core {
namespace {

/// What this thread is at. A thread has one call stack, so this belongs to the thread and to nothing else.
struct Thread {
    Profile* profile = nullptr;
    Timed* innermost = nullptr;
};
thread_local Thread this_thread;

constexpr std::array names = {"start_up",   "wait",  "prefix",  "forward", "backward", "step",
                              "evaluation", "store", "writing", "decode",  "warp",     "rows"};
constexpr auto first_of_loader = static_cast<std::size_t>(Work::decode);

}  // namespace

Profile::Here::Here(Profile* profile) : before_(std::exchange(this_thread.profile, profile)) {}

Profile::Here::~Here() {
    this_thread.profile = before_;
}

Profile* Profile::here() {
    return this_thread.profile;
}

void Profile::on_work(double seconds_between, std::function<void()> sign) {
    sign_ = std::move(sign);
    seconds_between_signs_ = seconds_between;
    last_sign_ = steady_seconds();
}

void Profile::worked(double now) noexcept {
    double last = last_sign_;
    if (!sign_ || now - last < seconds_between_signs_ || !last_sign_.compare_exchange_strong(last, now)) {
        return;
    }
    try {
        sign_();
    } catch (const std::exception&) {
        return;
    }
}

void Profile::add(Work work, double seconds) {
    nanoseconds_[static_cast<std::size_t>(work)] += static_cast<std::int64_t>(seconds * 1e9);
}

double Profile::seconds(Work work) const {
    return 1e-9 * static_cast<double>(nanoseconds_[static_cast<std::size_t>(work)]);
}

Json Profile::to_json(double seconds) const {
    Json train = Json::object();
    Json loader = Json::object();
    double other = seconds;
    for (std::size_t work = 0; work < names.size(); ++work) {
        const double spent = this->seconds(static_cast<Work>(work));
        (work < first_of_loader ? train : loader)[names[work]] = spent;
        other -= work < first_of_loader ? spent : 0;
    }
    train["other"] = std::max(0.0, other);
    return {{"seconds", seconds}, {"train", train}, {"loader", loader}};
}

Timed::Timed(Work work) : work_(work), around_(std::exchange(this_thread.innermost, this)) {
    if (this_thread.profile != nullptr) {
        begin_ = steady_seconds();
    }
}

Timed::~Timed() {
    this_thread.innermost = around_;
    if (this_thread.profile != nullptr) {
        const double now = steady_seconds();
        const double lived = now - begin_;
        this_thread.profile->add(work_, lived - inner_);
        this_thread.profile->worked(now);
        if (around_ != nullptr) {
            around_->inner_ += lived;
        }
    }
}

double seconds_of_process() {
    // proc(5): the 22nd field is the start in clock ticks after boot; the second, a name in parentheses, may
    // hold spaces.
    std::ifstream file("/proc/self/stat");
    file.ignore(std::numeric_limits<std::streamsize>::max(), ')');
    std::string skipped;
    for (int field = 3; field < 22; ++field) {
        file >> skipped;
    }
    double ticks = 0;
    timespec now{};
    if (!(file >> ticks) || ::clock_gettime(CLOCK_BOOTTIME, &now) != 0) {
        return 0;
    }
    const double seconds = static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
    return std::max(0.0, seconds - ticks / static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

}  // namespace graft::core
