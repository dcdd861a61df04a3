// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// SQLite's handles as objects that close them. Everything here throws Failure(system), which names the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace graft::jobs {

/// How SQLite makes a transaction whole.
enum class Journal { write_ahead, rollback };

/// An open file of SQLite. Several processes may have it open; who must wait longer than a minute for the
/// others fails. One thread an object.
class Database {
public:
    /// Opens the file, or makes one that only the user may read.
    Database(const std::filesystem::path& file, Journal journal);
    Database(Database&& other) noexcept;
    Database& operator=(Database&&) = delete;
    ~Database();

    /// Statements without values and without results.
    void run(const char* statements);

    std::int64_t last_row() const;  ///< the key of what was inserted last
    std::int64_t changes() const;   ///< how many rows the last statement changed

private:
    friend class Statement;

    [[noreturn]] void fail() const;

    std::string file_;
    sqlite3* handle_ = nullptr;
};

/// A prepared statement. Values are bound in the order of its question marks.
class Statement {
public:
    Statement(Database& database, const char* text);
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    template <typename... Values>
    Statement& with(const Values&... values) {
        (bind(values), ...);
        return *this;
    }

    /// Goes to the next row; false: there is none.
    bool next();

    /// Runs a statement that gives no rows.
    void run() { next(); }

    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;  ///< "" for null

private:
    void bind(std::int64_t value);
    void bind(double value);
    void bind(const std::string& value);

    Database& database_;
    sqlite3_stmt* statement_ = nullptr;
    int bound_ = 0;
};

/// Either all of what is done while it lives happens, or nothing. Nobody else writes meanwhile.
class Transaction {
public:
    explicit Transaction(Database& database);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    void commit();

private:
    Database& database_;
    bool open_ = true;
};

}  // namespace graft::jobs
