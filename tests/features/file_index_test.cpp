// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

#include "core/problem.hpp"
#include "features/file_index.hpp"
#include "support/temporary_folder.hpp"

using namespace graft::features;
namespace fs = std::filesystem;

namespace {

/// Longer than the tick of the clock that stamps files.
void let_the_clock_tick() {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
}

void note(FileIndex& index, const fs::path& file, std::uint64_t content) {
    const std::int64_t moment = FileIndex::now();
    const auto before = state_of(file);
    REQUIRE(before);
    index.note(file, *before, moment, content);
}

}  // namespace

TEST_SUITE("smoke") {
    TEST_CASE("a file that nobody touched is known, also in the next process") {
        const graft::tests::TemporaryFolder folder;
        const fs::path file = folder.write("a.jpg", "picture");
        let_the_clock_tick();
        {
            FileIndex index(folder / "store/files");
            CHECK_FALSE(index.content(file));
            note(index, file, 42);
            CHECK(index.content(file) == 42);
            index.save();
        }
        FileIndex again(folder / "store/files");
        CHECK(again.content(file) == 42);
        CHECK_FALSE(again.content(folder / "b.jpg"));
    }
}

// Proves: a picture that was replaced by one of the same size, with the old times put back, is read again.
TEST_CASE("another picture of the same size and time is another file") {
    const graft::tests::TemporaryFolder folder;
    const fs::path file = folder.write("a.jpg", "picture");
    let_the_clock_tick();
    FileIndex index(folder / "files");
    note(index, file, 42);
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    let_the_clock_tick();
    folder.write("a.jpg", "erutcip");
    const timespec times[2] = {status.st_atim, status.st_mtim};
    REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, 0) == 0);
    CHECK(state_of(file)->size == 7);
    CHECK(state_of(file)->modified ==
          static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec);
    CHECK_FALSE(index.content(file));
}

// Proves: a file that changed in the tick in which it was read is not trusted, because it may have changed
// after it was read without its times showing it.
TEST_CASE("a file that is as young as its entry is read again") {
    const graft::tests::TemporaryFolder folder;
    FileIndex index(folder / "files");
    const fs::path file = folder.write("a.jpg", "picture");
    index.note(file, *state_of(file), state_of(file)->changed, 42);
    CHECK_FALSE(index.content(file));
}

TEST_CASE("an index that was torn keeps the entries before the tear and takes new ones") {
    const graft::tests::TemporaryFolder folder;
    const fs::path one = folder.write("1.jpg", "one");
    const fs::path two = folder.write("2.jpg", "two");
    let_the_clock_tick();
    const fs::path file = folder / "files";
    FileIndex index(file);
    note(index, one, 1);
    index.save();
    const auto whole = fs::file_size(file);
    note(index, two, 2);
    index.save();
    for (const std::uintmax_t cut : {fs::file_size(file) - 1, whole + 30, whole + 1}) {
        fs::resize_file(file, cut);
        FileIndex torn(file);
        CHECK(torn.content(one) == 1);
        CHECK_FALSE(torn.content(two));
        note(torn, two, 2);
        torn.save();
        CHECK(FileIndex(file).content(two) == 2);
    }
}

TEST_CASE("an index that was taken away is written anew") {
    const graft::tests::TemporaryFolder folder;
    const fs::path file = folder.write("a.jpg", "picture");
    let_the_clock_tick();
    FileIndex index(folder / "files");
    const std::uint64_t content = index.content_or_read(file);
    index.save();
    fs::remove(folder / "files");
    const fs::path other = folder.write("b.jpg", "picture");
    let_the_clock_tick();
    CHECK(index.content_or_read(other) == content);
    index.save();
    CHECK(FileIndex(folder / "files").content(other) == content);
}

TEST_CASE("two processes add to one index") {
    const graft::tests::TemporaryFolder folder;
    const fs::path one = folder.write("1.jpg", "one");
    const fs::path two = folder.write("2.jpg", "two");
    let_the_clock_tick();
    FileIndex first(folder / "files");
    FileIndex second(folder / "files");
    note(first, one, 1);
    note(second, two, 2);
    first.save();
    second.save();
    CHECK(second.content(one) == 1);
    FileIndex third(folder / "files");
    CHECK(third.content(one) == 1);
    CHECK(third.content(two) == 2);
}

TEST_CASE("a file that holds anything else than an index is an empty one") {
    const graft::tests::TemporaryFolder folder;
    folder.write("files", std::string(1000, '\xff'));
    FileIndex index(folder / "files");
    CHECK(index.size() == 0);
    const fs::path file = folder.write("a.jpg", "picture");
    let_the_clock_tick();
    note(index, file, 42);
    index.save();
    CHECK(FileIndex(folder / "files").content(file) == 42);
}

TEST_CASE("an index that cannot be written says so once") {
    const graft::tests::TemporaryFolder folder;
    fs::create_directories(folder / "files");
    const std::string picture = folder.write("picture", "what it holds");
    FileIndex index(folder / "files");
    index.content_or_read(picture);
    CHECK_THROWS_AS(index.save(), graft::core::Failure);
    CHECK_NOTHROW(index.save());
}

// Proves: what nobody asked for longest goes first, what a run uses stays however much it is, and another
// process that had read the index before it was written anew goes on with the new one.
TEST_CASE("an index that grows too large forgets the files that were not seen for longest") {
    const graft::tests::TemporaryFolder folder;
    std::vector<fs::path> paths;
    for (int number = 0; number < 30; ++number) {
        paths.push_back(folder.write(std::to_string(number) + ".jpg", "picture"));
    }
    let_the_clock_tick();
    const fs::path file = folder / "files";
    constexpr std::size_t limit = 10;
    FileIndex early(file, limit);
    for (int number = 0; number < 8; ++number) {
        note(early, paths[number], number);
    }
    early.save();
    FileIndex other(file, limit);
    FileIndex asking(file, limit);
    CHECK(asking.content(paths[0]) == 0);
    let_the_clock_tick();
    for (int number = 8; number < 14; ++number) {
        note(asking, paths[number], number);
    }
    asking.save();
    FileIndex after(file, limit);
    CHECK(after.size() == 7);  // those of `asking`
    CHECK(after.content(paths[0]) == 0);
    CHECK_FALSE(after.content(paths[1]));

    for (int number = 14; number < 30; ++number) {
        note(other, paths[number], number);
    }
    other.save();
    FileIndex last(file, limit);
    for (int number = 14; number < 30; ++number) {
        CHECK(last.content(paths[number]) == number);
    }
}
