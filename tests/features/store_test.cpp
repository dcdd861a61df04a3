// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "features/store.hpp"
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

TEST_CASE("the folder is the environment's") {
    CHECK(default_folder({{"HOME", "/h"}}) == "/h/.cache/graft/features");
    CHECK(default_folder({{"HOME", "/h"}, {"XDG_CACHE_HOME", "/c"}}) == "/c/graft/features");
    CHECK(default_folder({{"HOME", "/h"}, {"GRAFT_FEATURES", "/f"}}) == "/f");
    CHECK(default_folder({}).empty());
}
