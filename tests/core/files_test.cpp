// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "support/skip.hpp"
#include "support/temporary_folder.hpp"

using namespace graft::core;
namespace fs = std::filesystem;

namespace {

template <class Function>
Category category_of(Function&& function) {
    try {
        function();
    } catch (const Failure& failure) {
        return failure.category();
    }
    FAIL("nothing was thrown");
    return Category::internal;
}

}  // namespace

TEST_SUITE("smoke") {
    TEST_CASE("a file is replaced whole, and nothing else is left behind") {
        const graft::tests::TemporaryFolder folder;
        const fs::path file = folder.path() / "f";
        write_atomically(file, "one");
        const std::string bytes("two\0\n", 5);
        write_atomically(file, bytes);
        CHECK(read_file(file) == bytes);
        CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
    }
}

TEST_CASE("when writing fails, the old file stays and no half one lies beside it") {
    const graft::tests::TemporaryFolder folder;
    const fs::path file = folder.path() / "f";
    write_atomically(file, "old");
    CHECK(category_of([&] { write_atomically(folder.path() / "none" / "f", "new"); }) == Category::system);
    fs::create_directory(folder.path() / "target");
    fs::create_directory(folder.path() / "target" / "full");
    CHECK(category_of([&] { write_atomically(folder.path() / "target", "new"); }) == Category::system);
    CHECK(read_file(file) == "old");
    CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 2);  // f and target
}

TEST_CASE("a full disk is a failure of the system, told with the file") {
    if (!fs::exists("/dev/full")) {
        graft::tests::skip("there is no /dev/full");
        return;
    }
    try {
        append_line("/dev/full", "x");
        FAIL("nothing was thrown");
    } catch (const Failure& failure) {
        CHECK(failure.category() == Category::system);
        CHECK(std::string(failure.what()) ==
              "cannot write /dev/full: No space left on device\n  free some space, then run again");
    }
}

TEST_CASE("lines are appended") {
    const graft::tests::TemporaryFolder folder;
    append_line(folder.path() / "l", "one");
    append_line(folder.path() / "l", "two");
    CHECK(read_file(folder.path() / "l") == "one\ntwo\n");
}

TEST_CASE("what is no file, or too long, is not read") {
    const graft::tests::TemporaryFolder folder;
    write_atomically(folder.path() / "f", "12345");
    CHECK(read_file(folder.path() / "f", 5) == "12345");
    CHECK(category_of([&] { read_file(folder.path() / "f", 4); }) == Category::data);
    CHECK(category_of([&] { read_file(folder.path()); }) == Category::data);
    CHECK(category_of([&] { read_file(folder.path() / "none"); }) == Category::data);
    CHECK(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
    CHECK(category_of([&] { read_file(folder.path() / "pipe"); }) ==
          Category::data);  // and does not wait for ever
}

// Proves: who reads a file while it is replaced has the old or the new one, whole, although their lengths
// differ.
TEST_CASE("a file that is replaced while it is read") {
    const graft::tests::TemporaryFolder folder;
    const fs::path file = folder.write("f", "");
    const std::string shorter(10, 's');
    const std::string longer(20'000, 'l');
    write_atomically(file, shorter);
    std::atomic<bool> is_done = false;
    std::thread writer([&] {
        for (bool is_long = true; !is_done; is_long = !is_long) {  // as write_atomically, without its flushes
            folder.write("next", is_long ? longer : shorter);
            fs::rename(folder / "next", file);
        }
    });
    int whole = 0;
    constexpr int reads = 20'000;
    for (int read = 0; read < reads; ++read) {
        try {
            const std::string bytes = read_file(file);
            whole += bytes == shorter || bytes == longer ? 1 : 0;
        } catch (const Failure& failure) {
            MESSAGE(failure.what());
        }
    }
    is_done = true;
    writer.join();
    CHECK(whole == reads);
}

// Proves: who looks whether a folder is taken keeps nobody from taking it, however long the look lasts; who
// has taken it does.
TEST_CASE("a folder that others look at can be taken") {
    const graft::tests::TemporaryFolder folder;
    const int looks = ::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(::flock(looks, LOCK_SH) == 0);  // as FolderLock::is_taken has it, in a process that is held up
    std::thread looker([looks] {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        ::close(looks);
    });
    const std::optional<FolderLock> lock = FolderLock::take(folder.path());
    looker.join();
    CHECK(lock);
    CHECK(FolderLock::is_taken(folder.path()));
    CHECK_FALSE(FolderLock::take(folder.path()));
}

TEST_CASE("folders are made with those above them, and a file in the way is an error") {
    const graft::tests::TemporaryFolder folder;
    make_folder(folder.path() / "a" / "b" / "c");
    CHECK(fs::is_directory(folder.path() / "a" / "b" / "c"));
    make_folder(folder.path() / "a");
    write_atomically(folder.path() / "f", "");
    CHECK(category_of([&] { make_folder(folder.path() / "f" / "g"); }) == Category::system);
}

TEST_CASE("the program knows where it lies") {
    CHECK(fs::exists(executable_folder() / "test-core"));
}
