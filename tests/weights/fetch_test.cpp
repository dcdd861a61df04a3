// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Fetching published files from a server that misbehaves (server.py), and from processes that are killed.
#include <doctest/doctest.h>

#include <csignal>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "core/files.hpp"
#include "support/temporary_folder.hpp"
#include "weights/published.hpp"
#include "weights/server.hpp"
#include "weights/sha256.hpp"
#include "weights/support.hpp"

using namespace graft;
using namespace graft::weights;
using test::content;
using test::hash;
using test::Server;
namespace fs = std::filesystem;

namespace {

/// One server for all cases, an own cache folder for each.
struct Cache {
    Cache() : variable("TORCH_HOME", home.path().c_str()) {}

    static Server& server() {
        static Server running;
        return running;
    }
    fs::path file() const { return cache_folder() / server().file("").file_name; }
    fs::path part() const { return file().string() + ".part"; }

    graft::tests::TemporaryFolder home;
    graft::tests::ScopedVariable variable;
};

std::string refusal_of(const Published& published, core::Category category = core::Category::data,
                       long stall_seconds = 30) {
    FetchControl control;
    control.stall_seconds = stall_seconds;
    try {
        find_or_fetch(published, control);
    } catch (const core::Failure& failure) {
        return failure.category() == category ? failure.what()
                                              : std::string("another category: ") + failure.what();
    }
    return "it was fetched";
}

/// Kills the process as soon as the file has so many bytes; false: it ended before.
bool kill_at(const fs::path& file, std::uintmax_t bytes, pid_t child) {
    while (::waitpid(child, nullptr, WNOHANG) == 0) {
        std::error_code missing;
        const std::uintmax_t size = fs::file_size(file, missing);
        if (!missing && size >= bytes) {
            ::kill(child, SIGKILL);
            return ::waitpid(child, nullptr, 0) == child;
        }
        std::this_thread::yield();
    }
    return false;
}

/// A process of its own that fetches; its exit status is 0 when the file is there and right.
pid_t fetch_in_child(const Published& published) {
    const pid_t child = ::fork();
    if (child == 0) {
        int status = 1;
        try {
            status = core::read_file(find_or_fetch(published)) == content() ? 0 : 2;
        } catch (...) {
            status = 3;
        }
        ::_exit(status);
    }
    return child;
}

}  // namespace

TEST_CASE("SHA-256 of FIPS 180-4's example") {
    CHECK(sha256(test::as_bytes("abc")) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("the cache is torch hub's") {
    const graft::tests::ScopedVariable home("HOME", "/h");
    const graft::tests::ScopedVariable xdg("XDG_CACHE_HOME", "/x");
    {
        const graft::tests::ScopedVariable torch("TORCH_HOME", "/t");
        CHECK(cache_folder() == "/t/hub/checkpoints");
    }
    const graft::tests::ScopedVariable torch("TORCH_HOME", nullptr);
    CHECK(cache_folder() == "/x/torch/hub/checkpoints");
    const graft::tests::ScopedVariable none("XDG_CACHE_HOME", nullptr);
    CHECK(cache_folder() == "/h/.cache/torch/hub/checkpoints");
}

TEST_CASE("what comes, comes whole") {
    for (const char* manner : {"well", "breaks", "no_range", "tells_more", "slow"}) {
        CAPTURE(manner);
        const Cache cache;
        CHECK(find_or_fetch(Cache::server().file(manner)) == cache.file());
        CHECK(core::read_file(cache.file()) == content());
        CHECK_FALSE(fs::exists(cache.part()));
        // A second time nobody is asked.
        CHECK(find_or_fetch({cache.file().filename(), "http://127.0.0.1:1/", hash()}) == cache.file());
    }
}

TEST_CASE("what cannot be had says which file to put where") {
    const Cache cache;
    const auto remedy = [&](const Published& published) {
        return "\n  fetch " + published.url + " elsewhere, and put it at " + cache.file().string();
    };
    const Published missing = Cache::server().file("missing");
    CHECK(refusal_of(missing) ==
          "the weights " + missing.file_name +
              " are not here and cannot be fetched: The requested URL returned error: 404" + remedy(missing));
    Published nowhere = missing;
    nowhere.url = "http://127.0.0.1:1/weights.pth";
    CHECK(refusal_of(nowhere).find("Failed to connect to 127.0.0.1") != std::string::npos);
    nowhere.url = "file:///etc/passwd";
    CHECK(refusal_of(nowhere).find("not supported") != std::string::npos);
    const Published wrong = Cache::server().file("wrong");
    CHECK(refusal_of(wrong).find(" has a SHA-256 that begins with ") != std::string::npos);
    CHECK(refusal_of(Cache::server().file("tells_less")).find(" has a SHA-256 that begins with ") !=
          std::string::npos);
    CHECK_FALSE(fs::exists(cache.file()));
    CHECK_FALSE(fs::exists(cache.part()));
}

TEST_CASE("a server that stalls is given up, and what came is kept") {
    const Cache cache;
    CHECK(refusal_of(Cache::server().file("stalls"), core::Category::data, 1).find("cannot be fetched") !=
          std::string::npos);
    CHECK_FALSE(fs::exists(cache.file()));
    const auto kept = fs::file_size(cache.part());
    CHECK(kept >= 4'000);
    std::uint64_t first = 0;
    FetchControl control;
    control.progress = [&](std::uint64_t bytes, std::uint64_t total) {
        first = first == 0 ? bytes : first;
        CHECK(total == 200'000);
    };
    find_or_fetch(Cache::server().file("slow"), control);
    CHECK(first > kept);  // it went on from there
    CHECK(core::read_file(cache.file()) == content());
}

TEST_CASE("a part of another file is thrown away") {
    const Cache cache;
    cache.home.write("hub/checkpoints/" + cache.part().filename().string(), std::string(1'000, 'x'));
    CHECK(core::read_file(find_or_fetch(Cache::server().file("well"))) == content());
    fs::remove(cache.file());
    cache.home.write("hub/checkpoints/" + cache.part().filename().string(), std::string(300'000, 'x'));
    CHECK(core::read_file(find_or_fetch(Cache::server().file("well"))) == content());
}

TEST_CASE("a damaged file in the cache is refused, not replaced") {
    const Cache cache;
    cache.home.write("hub/checkpoints/" + cache.file().filename().string(), "damaged");
    CHECK(refusal_of(Cache::server().file("well")).find(" is not what was published") != std::string::npos);
    CHECK(core::read_file(cache.file()) == "damaged");
}

TEST_CASE("a wish to stop ends a fetch, which goes on later") {
    const Cache cache;
    FetchControl control;
    std::uint64_t seen = 0;
    control.progress = [&](std::uint64_t bytes, std::uint64_t) { seen = bytes; };
    control.stop = [&] { return seen > 20'000; };
    CHECK_THROWS_AS(find_or_fetch(Cache::server().file("slow"), control), core::Failure);
    CHECK(fs::file_size(cache.part()) > 20'000);
    CHECK(core::read_file(find_or_fetch(Cache::server().file("well"))) == content());
}

// Proves: whenever a fetch is killed, nothing under the file's name is incomplete, and the next one gets
// there.
TEST_CASE("a fetch killed at any moment") {
    const Cache cache;
    Cache::server();
    int killed = 0;
    for (std::uintmax_t bytes = 0; bytes <= content().size(); bytes += 8'000) {
        CAPTURE(bytes);
        fs::remove(cache.file());
        const pid_t child = fetch_in_child(Cache::server().file("slow"));
        killed += kill_at(cache.part(), bytes, child) ? 1 : 0;
        CHECK((!fs::exists(cache.file()) || core::read_file(cache.file()) == content()));
    }
    CHECK(killed > 10);
    CHECK(core::read_file(find_or_fetch(Cache::server().file("slow"))) == content());
}

// Proves: two that want the same file do not write over each other.
TEST_CASE("two processes fetch the same file") {
    const Cache cache;
    const pid_t first = fetch_in_child(Cache::server().file("slow"));
    const pid_t second = fetch_in_child(Cache::server().file("slow"));
    for (const pid_t child : {first, second}) {
        int status = -1;
        ::waitpid(child, &status, 0);
        CHECK(status == 0);
    }
    CHECK(core::read_file(cache.file()) == content());
    CHECK_FALSE(fs::exists(cache.part()));
}
