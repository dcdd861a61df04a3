// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <chrono>
#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>

#include "core/clock.hpp"
#include "core/profile.hpp"

using namespace graft::core;

namespace {

void spend(int milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

}  // namespace

// Proves: what is inside counts once, with its own name; threads have their own place; a thread without a
// profile measures nothing. A sleep takes at least as long as asked, so only lower bounds are exact.
TEST_CASE("a profile tells works apart") {
    const double begun = steady_seconds();
    Profile profile;
    {
        const Profile::Here here(&profile);
        CHECK(Profile::here() == &profile);
        const Timed evaluation(Work::evaluation);
        spend(5);
        {
            const Timed wait(Work::wait);
            spend(40);
            std::thread thread([around = Profile::here()] {
                const Profile::Here in_thread(around);
                const Timed decode(Work::decode);
                spend(10);
            });
            thread.join();
        }
    }
    CHECK(Profile::here() == nullptr);
    { const Timed nothing(Work::step); }
    CHECK(profile.seconds(Work::wait) >= 0.05);
    CHECK(profile.seconds(Work::decode) >= 0.01);
    CHECK(profile.seconds(Work::evaluation) >= 0.005);
    CHECK(profile.seconds(Work::evaluation) + profile.seconds(Work::wait) <= steady_seconds() - begun);
    CHECK(profile.seconds(Work::step) == 0);

    profile.add(Work::start_up, 2);
    const Json json = profile.to_json(10);
    CHECK(json["seconds"] == 10);
    CHECK(json["train"]["start_up"] == 2);
    CHECK(json["loader"]["decode"] == profile.seconds(Work::decode));
    CHECK_FALSE(json["train"].contains("decode"));
    double sum = 0;
    for (const auto& [work, seconds] : json["train"].items()) {
        sum += seconds.get<double>();
    }
    CHECK(sum == doctest::Approx(10));
}

TEST_CASE("a process knows how long it has been there") {
    const double before = seconds_of_process();
    spend(30);
    CHECK(seconds_of_process() - before >= 0.03);
    CHECK(before >= 0);
}

// Proves: every work that ends on a thread of the profile is a sign, at most one in so many seconds; what the
// sign throws disturbs no work.
TEST_CASE("a profile gives signs of work") {
    Profile profile;
    int signs = 0;
    profile.on_work(0, [&] {
        ++signs;
        throw std::runtime_error("the channel is closed");
    });
    { const Timed elsewhere(Work::step); }
    CHECK(signs == 0);
    const Profile::Here here(&profile);
    { const Timed step(Work::step); }
    CHECK(signs == 1);
    { const Timed step(Work::step); }
    CHECK(signs == 2);
    Profile seldom;
    seldom.on_work(10, [&] { ++signs; });
    const double now = steady_seconds();
    seldom.worked(now + 9);
    CHECK(signs == 2);
    seldom.worked(now + 11);
    seldom.worked(now + 12);
    CHECK(signs == 3);
}
