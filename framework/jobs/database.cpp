// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/database.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "core/problem.hpp"

namespace graft::jobs {
namespace {

// Milliseconds. SQLite lets nobody queue: who writes without pause keeps the others out, for as long as its
// disk takes to flush.
constexpr int longest_wait = 60'000;

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
    throw core::Failure(core::Category::system, "'" + file + "' cannot be used: " + why);
}

/// Milliseconds between two tries where SQLite does not wait by itself.
constexpr int between_tries = 5;

/// The result of `statement`, tried until nobody else holds what it needs. SQLite answers SQLITE_BUSY at
/// once, whatever its timeout says, where two connections that read would each wait for the other to stop: so
/// it is when several processes switch a new file to write-ahead at the same time
/// (sqlite.org/c3ref/busy_handler.html).
int patiently(sqlite3* handle, const char* statement) {
    int code = SQLITE_BUSY;
    for (int waited = 0; code == SQLITE_BUSY && waited < longest_wait; waited += between_tries) {
        if (waited > 0) {
            ::sqlite3_sleep(between_tries);
        }
        code = ::sqlite3_exec(handle, statement, nullptr, nullptr, nullptr);
    }
    return code;
}

}  // namespace

Database::Database(const std::filesystem::path& file, Journal journal) : file_(file.string()) {
    // SQLite would make it readable for everyone; what belongs to it gets its rights.
    const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (made < 0) {
        refuse(file_, std::strerror(errno));
    }
    ::close(made);
    if (::sqlite3_open_v2(file.c_str(), &handle_, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) {
        const std::string why = ::sqlite3_errmsg(handle_);
        ::sqlite3_close(handle_);
        refuse(file_, why);
    }
    try {
        ::sqlite3_busy_timeout(handle_, longest_wait);
        run("PRAGMA foreign_keys = ON");
        if (patiently(handle_, journal == Journal::write_ahead
                                   ? "PRAGMA journal_mode = WAL"
                                   : "PRAGMA journal_mode = DELETE") != SQLITE_OK) {
            fail();
        }
        // A job has three changes, so a flush each costs nothing; one that a power failure took back would
        // have a job run twice.
        run("PRAGMA synchronous = FULL");
    } catch (...) {
        ::sqlite3_close(handle_);
        throw;
    }
}

Database::Database(Database&& other) noexcept
    : file_(std::move(other.file_)), handle_(std::exchange(other.handle_, nullptr)) {}

Database::~Database() {
    ::sqlite3_close(handle_);
}

void Database::run(const char* statements) {
    if (::sqlite3_exec(handle_, statements, nullptr, nullptr, nullptr) != SQLITE_OK) {
        fail();
    }
}

std::int64_t Database::last_row() const {
    return ::sqlite3_last_insert_rowid(handle_);
}

std::int64_t Database::changes() const {
    return ::sqlite3_changes(handle_);
}

void Database::fail() const {
    refuse(file_, ::sqlite3_errmsg(handle_));
}

Statement::Statement(Database& database, const char* text) : database_(database) {
    if (::sqlite3_prepare_v2(database_.handle_, text, -1, &statement_, nullptr) != SQLITE_OK) {
        database_.fail();
    }
}

Statement::~Statement() {
    ::sqlite3_finalize(statement_);
}

bool Statement::next() {
    const int code = ::sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        database_.fail();
    }
    return code == SQLITE_ROW;
}

void Statement::bind(std::int64_t value) {
    if (::sqlite3_bind_int64(statement_, ++bound_, value) != SQLITE_OK) {
        database_.fail();
    }
}

void Statement::bind(double value) {
    if (::sqlite3_bind_double(statement_, ++bound_, value) != SQLITE_OK) {
        database_.fail();
    }
}

void Statement::bind(const std::string& value) {
    if (::sqlite3_bind_text64(statement_, ++bound_, value.data(), value.size(), SQLITE_TRANSIENT,
                              SQLITE_UTF8) != SQLITE_OK) {
        database_.fail();
    }
}

std::int64_t Statement::integer(int column) const {
    return ::sqlite3_column_int64(statement_, column);
}

double Statement::real(int column) const {
    return ::sqlite3_column_double(statement_, column);
}

std::string Statement::text(int column) const {
    const unsigned char* text = ::sqlite3_column_text(statement_, column);
    const auto size = static_cast<std::size_t>(::sqlite3_column_bytes(statement_, column));
    return text == nullptr ? "" : std::string(reinterpret_cast<const char*>(text), size);
}

Transaction::Transaction(Database& database) : database_(database) {
    database_.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    if (open_) {
        try {
            database_.run("ROLLBACK");
        } catch (const core::Failure&) {  // whatever broke it off was told already
        }
    }
}

void Transaction::commit() {
    database_.run("COMMIT");
    open_ = false;
}

}  // namespace graft::jobs
