// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/problem.hpp"
#include "features/table.hpp"
#include "support/temporary_folder.hpp"

using namespace graft::features;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t row_bytes = 256;

std::vector<std::byte> row_of(std::uint64_t content) {
    std::mt19937_64 numbers(content);
    std::vector<std::byte> row(row_bytes);
    for (std::byte& byte : row) {
        byte = static_cast<std::byte>(numbers());
    }
    return row;
}

Origin origin_of(std::uint64_t key) {
    return {key, static_cast<std::int32_t>(key % 1000), 7, 6, key % 2 == 1, key % 3 == 1, 16, 4095};
}

void add(FeatureTable& table, std::uint64_t first, std::uint64_t count) {
    std::vector<Origin> origins;
    std::vector<std::byte> rows;
    for (std::uint64_t content = first; content < first + count; ++content) {
        origins.push_back(origin_of(content));
        const auto row = row_of(content);
        rows.insert(rows.end(), row.begin(), row.end());
    }
    table.add(origins, rows);
}

/// Whether the row is there, is this picture's and knows where it came from.
bool has_row(const FeatureTable& table, std::uint64_t content) {
    std::vector<std::byte> row(row_bytes);
    const auto origin = table.read(content, row);
    if (!origin) {
        return false;
    }
    CHECK(row == row_of(content));
    CHECK(origin->height == origin_of(content).height);
    CHECK(origin->orientation == 6);
    CHECK(origin->is_transparent == origin_of(content).is_transparent);
    CHECK(origin->has_several == origin_of(content).has_several);
    CHECK(origin->bits == 16);
    CHECK(origin->highest == 4095);
    return true;
}

std::uint64_t rows_in(const FeatureTable& table, std::uint64_t first, std::uint64_t count) {
    std::uint64_t found = 0;
    for (std::uint64_t content = first; content < first + count; ++content) {
        found += has_row(table, content) ? 1 : 0;
    }
    return found;
}

void change_byte(const fs::path& file, std::streamoff place) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(place);
    const int byte = stream.get();
    stream.seekp(place);
    stream.put(static_cast<char>(byte ^ 1));
}

}  // namespace

TEST_SUITE("smoke") {
    TEST_CASE("rows come back as they were added, in this process and in the next") {
        const graft::tests::TemporaryFolder folder;
        {
            FeatureTable table(folder / "t", row_bytes);
            CHECK(table.size() == 0);
            CHECK_FALSE(has_row(table, 1));
            add(table, 1, 3);
            CHECK(rows_in(table, 1, 5) == 3);
        }
        const FeatureTable again(folder / "t", row_bytes);
        CHECK(again.size() == 3);
        CHECK(rows_in(again, 1, 5) == 3);
        CHECK(fs::file_size(folder / "t/rows") + fs::file_size(folder / "t/keys") == 3 * again.bytes_a_row());
    }
}

TEST_CASE("two who have a table open see each other's rows after refresh, and none is written twice") {
    const graft::tests::TemporaryFolder folder;
    FeatureTable one(folder / "t", row_bytes);
    FeatureTable other(folder / "t", row_bytes);
    add(one, 0, 10);
    CHECK(other.size() == 0);
    other.refresh();
    CHECK(rows_in(other, 0, 10) == 10);
    add(other, 5, 10);  // five of them are there
    one.refresh();
    CHECK(rows_in(one, 0, 15) == 15);
    CHECK(fs::file_size(folder / "t/rows") == 15 * row_bytes);
}

// Proves: nobody gets numbers that are not those that were written.
TEST_CASE("a damaged row or entry is taken for absent, and can be written again") {
    const graft::tests::TemporaryFolder folder;
    {
        FeatureTable table(folder / "t", row_bytes);
        add(table, 0, 4);
    }
    change_byte(folder / "t/rows", 1 * row_bytes + 100);
    change_byte(folder / "t/keys", 2 * 40 + 3);
    FeatureTable table(folder / "t", row_bytes);
    CHECK(rows_in(table, 0, 4) == 2);
    CHECK(table.whole() == 2);
    add(table, 0, 4);
    CHECK(rows_in(table, 0, 4) == 4);
    const FeatureTable again(folder / "t", row_bytes);
    CHECK(rows_in(again, 0, 4) == 4);
}

TEST_CASE("a file that was cut short loses the rows behind the cut and no others") {
    const graft::tests::TemporaryFolder folder;
    FeatureTable table(folder / "t", row_bytes);
    add(table, 0, 4);
    fs::resize_file(folder / "t/rows", 2 * row_bytes + 10);
    CHECK(rows_in(table, 0, 4) == 2);
    FeatureTable again(folder / "t", row_bytes);
    CHECK(again.size() == 2);
    add(again, 2, 2);
    CHECK(rows_in(again, 0, 4) == 4);
}

// Proves: whenever a process that fills a table is killed, the next one finds whole rows and can go on.
TEST_CASE("fifty processes are killed while they fill a table") {
    const graft::tests::TemporaryFolder folder;
    std::mt19937 random(1);
    std::size_t before = 0;
    for (int kill = 0; kill < 50; ++kill) {
        const pid_t child = ::fork();
        if (child == 0) {
            FeatureTable table(folder / "t", row_bytes);
            for (std::uint64_t first = 0; first < 100'000; first += 7) {
                add(table, first, 7);
            }
            ::_exit(0);
        }
        const auto has_rows = [&] {
            std::error_code missing;
            return fs::file_size(folder / "t/keys", missing) > 0 && !missing;
        };
        while (kill == 0 && !has_rows()) {  // the first gets so far on any machine
            ::usleep(100);
        }
        ::usleep(static_cast<useconds_t>(random() % 4000));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        const FeatureTable table(folder / "t", row_bytes);
        CHECK(table.size() >= before);
        CHECK(rows_in(table, 0, table.size()) == table.size());  // in order, so the first ones
        before = table.size();
    }
    CHECK(before > 0);
}

// Proves: what does not fit on the disk leaves the table as it was (a limit on the size of files stands for a
// full disk: both fail in write(2)).
TEST_CASE("a write that fails leaves the table as it was") {
    const graft::tests::TemporaryFolder folder;
    const pid_t child = ::fork();
    if (child == 0) {
        FeatureTable table(folder / "t", row_bytes);
        add(table, 0, 4);
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{6 * row_bytes + 5, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        try {
            add(table, 4, 4);
        } catch (const graft::core::Failure& failure) {
            const bool told = std::string(failure.what()).find("cannot write") != std::string::npos;
            ::_exit(told && table.size() == 4 ? 0 : 2);
        }
        ::_exit(1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    FeatureTable table(folder / "t", row_bytes);
    CHECK(rows_in(table, 0, 8) == 4);
    CHECK(fs::file_size(folder / "t/rows") == 4 * row_bytes);
    add(table, 4, 4);
    CHECK(rows_in(table, 0, 8) == 8);
}

// Proves: a process that was stopped in its turn holds nobody up for ever.
TEST_CASE("a turn is one process's at a time, and waiting for it ends") {
    const graft::tests::TemporaryFolder folder;
    const FeatureTable table(folder / "t", row_bytes);
    int channel[2];
    int seen[2];
    REQUIRE(::pipe(channel) == 0);
    REQUIRE(::pipe(seen) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const FeatureTable own(folder / "t", row_bytes);
        const FeatureTable::Turn turn(own, 60);
        [[maybe_unused]] const auto told = ::write(channel[1], "a", 1);
        char go = 0;
        [[maybe_unused]] const auto heard = ::read(seen[0], &go, 1);
        ::usleep(50'000);  // the others wait meanwhile
        [[maybe_unused]] const auto ends = ::write(channel[1], "b", 1);
        ::_exit(0);
    }
    char word[3] = {};
    REQUIRE(::read(channel[0], word, 1) == 1);
    CHECK_FALSE(FeatureTable::Turn(table, 0).held());
    REQUIRE(::write(seen[1], "s", 1) == 1);
    {
        const FeatureTable::Turn turn(table, 60);
        [[maybe_unused]] const auto ours = ::write(channel[1], "c", 1);
    }
    ::waitpid(child, nullptr, 0);
    REQUIRE(::read(channel[0], word, 2) == 2);
    CHECK(std::string(word) == "bc");
    for (const int end : {channel[0], channel[1], seen[0], seen[1]}) {
        ::close(end);
    }
}
