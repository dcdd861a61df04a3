// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <sys/types.h>
#include <unistd.h>

#include "core/problem.hpp"
#include "features/store.hpp"
#include "support/skip.hpp"
#include "support/temporary_folder.hpp"

using namespace graft::features;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kilobyte_row = 960;  // bytes; with its entry it takes 1000

void fill(FeatureTable& table, std::uint64_t rows) {
    std::vector<Origin> origins;
    for (std::uint64_t content = 0; content < rows; ++content) {
        origins.push_back({content, 1, 1, 1});
    }
    table.add(origins, std::vector<std::byte>(rows * kilobyte_row));
}

void make_table(FeatureStore& store, const std::string& key, std::uint64_t rows) {
    fill(*store.open(key, {{"backbone", key}}, kilobyte_row), rows);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // `used` is stamped by a clock that ticks
}

std::vector<std::string> keys_of(const FeatureStore& store) {
    std::vector<std::string> keys;
    for (const TableInfo& table : list_tables(store.folder())) {
        keys.push_back(table.folder.filename().string());
    }
    return keys;
}

}  // namespace

TEST_CASE("tables are listed by their last use, with what they are") {
    const graft::tests::TemporaryFolder folder;
    FeatureStore store(folder / "s", 1 << 20);
    make_table(store, "one", 3);
    make_table(store, "two", 2);
    make_table(store, "one", 0);
    const std::vector<TableInfo> tables = list_tables(folder / "s");
    REQUIRE(tables.size() == 2);
    CHECK(tables[0].about["backbone"] == "two");
    CHECK(tables[1].about["backbone"] == "one");
    CHECK(tables[1].rows() == 3);
    CHECK(tables[1].bytes == 3000);
    CHECK(damaged_rows(tables[1]) == 0);
    CHECK(list_tables(folder / "none").empty());
}

// Proves: the limit holds, the table that was unused for the longest time goes first, and never one in use.
TEST_CASE("room is made by taking away what nobody uses") {
    const graft::tests::TemporaryFolder folder;
    FeatureStore store(folder / "s", 10'000);
    make_table(store, "a", 3);
    make_table(store, "b", 3);
    make_table(store, "c", 3);
    CHECK(store.make_room(1000));
    CHECK(keys_of(store) == std::vector<std::string>{"a", "b", "c"});
    CHECK(store.make_room(2000));
    CHECK(keys_of(store) == std::vector<std::string>{"b", "c"});
    const auto used = store.open("b", {{"backbone", "b"}}, kilobyte_row);
    CHECK(store.make_room(7000));
    CHECK(keys_of(store) == std::vector<std::string>{"b"});
    CHECK_FALSE(store.make_room(8000));
    CHECK(keys_of(store) == std::vector<std::string>{"b"});
    CHECK(used->size() == 3);
}

TEST_CASE("a table in use is not taken away, and one that was is made anew") {
    const graft::tests::TemporaryFolder folder;
    FeatureStore store(folder / "s", 1 << 20);
    {
        const auto table = store.open("a", {}, kilobyte_row);
        fill(*table, 2);
        CHECK_FALSE(remove_table(folder / "s/a"));
    }
    folder.write("s/a/about.json.7.part", "{");  // of a process that was killed
    CHECK(remove_table(folder / "s/a"));
    CHECK_FALSE(fs::exists(folder / "s/a"));
    CHECK(store.open("a", {}, kilobyte_row)->size() == 0);
}

namespace {

/// While it lives, this process is one that may not write where others own the folders, whoever runs the
/// test.
class Stranger {
public:
    Stranger() { REQUIRE((before_ != 0 || ::seteuid(nobody) == 0)); }
    ~Stranger() { REQUIRE((before_ != 0 || ::seteuid(0) == 0)); }
    Stranger(const Stranger&) = delete;
    Stranger& operator=(const Stranger&) = delete;

private:
    static constexpr uid_t nobody = 65534;
    uid_t before_ = ::geteuid();
};

void allow(const fs::path& folder, fs::perms of_folders, fs::perms of_files) {
    fs::permissions(folder, of_folders);
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        fs::permissions(entry.path(), entry.is_directory() ? of_folders : of_files);
    }
}

}  // namespace

// Proves: who may only read a store reads its rows, and is told why it can neither add nor take away.
TEST_CASE("a store that may only be read") {
    const graft::tests::TemporaryFolder folder;
    {
        FeatureStore store(folder / "s", 1 << 20);
        make_table(store, "a", 3);
    }
    using fs::perms;
    constexpr perms reads = perms::owner_read | perms::group_read | perms::others_read;
    constexpr perms enters = reads | perms::owner_exec | perms::group_exec | perms::others_exec;
    fs::permissions(folder.path(), enters | perms::owner_write);
    allow(folder / "s", enters, reads);
    const auto failure_of = [](const auto& function) -> std::string {
        try {
            function();
        } catch (const graft::core::Failure& failure) {
            return failure.what();
        }
        return "";
    };
    {
        const Stranger stranger;
        std::error_code error;
        if (!fs::exists(folder / "s", error)) {
            graft::tests::skip("others may not enter the folder of temporary files");
            return;
        }
        FeatureStore store(folder / "s", 1 << 20);
        const auto table = store.open("a", {{"backbone", "a"}}, kilobyte_row);
        std::vector<std::byte> row(kilobyte_row);
        CHECK(table->read(2, row));
        CHECK(failure_of([&] {
                  table->add({{7, 1, 1, 1}}, row);
              }) == "cannot write " + (folder / "s/a/rows").string() +
                        ": Permission denied\n  name another features.folder");
        CHECK(table->size() == 3);
        CHECK(damaged_rows(list_tables(folder / "s").at(0)) == 0);
        const std::string refused = failure_of([&] { store.open("b", {}, kilobyte_row); });
        CHECK(refused.find("cannot make the folder") == 0);
    }
    {
        const Stranger stranger;
        CHECK(failure_of([&] { remove_table(folder / "s/a"); }).find("cannot take away") == 0);
    }
    allow(folder / "s", perms::owner_all, perms::owner_read | perms::owner_write);
    CHECK(list_tables(folder / "s").at(0).rows() == 3);
}

TEST_CASE("a table whose files are something else is told of and left to its owner") {
    const graft::tests::TemporaryFolder folder;
    FeatureStore store(folder / "s", 1 << 20);
    make_table(store, "a", 3);
    fs::remove(folder / "s/a/used");
    fs::create_directories(folder / "s/a/used");
    try {
        store.open("a", {}, kilobyte_row);
        FAIL("it was opened");
    } catch (const graft::core::Failure& failure) {
        const std::string text = failure.what();
        CHECK(text.find("cannot open " + (folder / "s/a/used").string() + ": Is a directory") == 0);
        CHECK(text.find("take " + (folder / "s/a").string() + " away") != std::string::npos);
    }
}

TEST_CASE("the folder is the environment's") {
    CHECK(default_folder({{"HOME", "/h"}}) == "/h/.cache/graft/features");
    CHECK(default_folder({{"HOME", "/h"}, {"XDG_CACHE_HOME", "/c"}}) == "/c/graft/features");
    CHECK(default_folder({{"HOME", "/h"}, {"GRAFT_FEATURES", "/f"}}) == "/f");
    CHECK(default_folder({}).empty());
}
