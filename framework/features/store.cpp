// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "features/store.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "core/user_folders.hpp"
#include "features/open_shared.hpp"

namespace graft::features {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_at(const std::string& what, const std::string& why, const fs::path& folder) {
    throw core::Failure(core::Category::system, what + ": " + why,
                        "take " + folder.string() + " away, or name another features.folder");
}

/// The lock on a table's file `used`: shared by all who have it open, alone for who takes it away.
class UseLock {
public:
    /// Nothing is held where the other kind of lock is, or a file of that name, or the folder, is gone.
    /// Throws Failure(system) where there can be none.
    UseLock(const fs::path& folder, bool alone) {
        const fs::path file = folder / "used";
        descriptor_ = open_shared(file);
        if (descriptor_ < 0 && errno != ENOENT) {
            fail_at("cannot open " + file.string(), std::strerror(errno), folder);
        }
        if (descriptor_ >= 0) {
            struct stat status {};
            held_ = ::flock(descriptor_, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 &&
                    ::fstat(descriptor_, &status) == 0 && status.st_nlink > 0;
        }
    }
    ~UseLock() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }
    UseLock(const UseLock&) = delete;
    UseLock& operator=(const UseLock&) = delete;

    bool held() const { return held_; }
    void touch() const { ::futimens(descriptor_, nullptr); }

private:
    int descriptor_ = -1;
    bool held_ = false;
};

struct OpenTable {
    OpenTable(std::unique_ptr<UseLock> lock, const fs::path& folder, std::size_t row_bytes)
        : use(std::move(lock)), table(folder, row_bytes) {}

    std::unique_ptr<UseLock> use;
    FeatureTable table;
};

std::string variable(const std::map<std::string, std::string>& environment, const char* name) {
    const auto found = environment.find(name);
    return found != environment.end() ? found->second : "";
}

core::Json read_about(const fs::path& folder) {
    try {
        core::Json about = core::parse_json_or_discard(core::read_file(folder / "about.json"));
        return about.is_object() ? about : core::Json::object();
    } catch (const core::Failure&) {
        return core::Json::object();
    }
}

std::uint64_t bytes_of(const fs::path& file) {
    std::error_code error;
    const std::uint64_t size = fs::file_size(file, error);
    return error ? 0 : size;
}

std::size_t row_bytes_of(const core::Json& about) {
    const auto found = about.find("row_bytes");
    return found != about.end() && found->is_number_unsigned() ? found->get<std::size_t>() : 0;
}

/// By their last use, without a look at what they are.
std::vector<TableInfo> measured_tables(const fs::path& folder) {
    std::vector<TableInfo> tables;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        if (const auto used = state_of(entry->path() / "used")) {
            tables.push_back({entry->path(),
                              {},
                              bytes_of(entry->path() / "rows") + bytes_of(entry->path() / "keys"),
                              used->modified});
        }
    }
    std::sort(tables.begin(), tables.end(),
              [](const TableInfo& one, const TableInfo& other) { return one.used < other.used; });
    return tables;
}

}  // namespace

fs::path default_folder(const std::map<std::string, std::string>& environment) {
    if (const std::string own = variable(environment, "GRAFT_FEATURES"); !own.empty()) {
        return own;
    }
    const fs::path cache =
        core::user_cache_folder([&](const char* name) { return variable(environment, name); });
    return cache.empty() ? cache : cache / "graft" / "features";
}

fs::path index_file(const fs::path& folder) {
    return folder / "files";
}

std::uint64_t TableInfo::rows() const {
    const std::size_t row_bytes = row_bytes_of(about);
    return row_bytes == 0 ? 0 : bytes_of(folder / "rows") / row_bytes;
}

std::vector<TableInfo> list_tables(const fs::path& folder) {
    std::vector<TableInfo> tables = measured_tables(folder);
    for (TableInfo& table : tables) {
        table.about = read_about(table.folder);
    }
    return tables;
}

bool remove_table(const fs::path& folder) {
    const UseLock lock(folder, true);
    if (!lock.held()) {
        return false;
    }
    std::error_code error;
    std::vector<fs::path> unfinished;  // what core::write_atomically was writing when its process was killed
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        if (entry->path().filename().string().starts_with("about.json.")) {
            unfinished.push_back(entry->path());
        }
    }
    for (const fs::path& file : unfinished) {
        fs::remove(file, error);
    }
    for (const char* file : {"about.json", "keys", "rows", "turn", "used"}) {
        if (fs::remove(folder / file, error); error) {
            fail_at("cannot take away " + (folder / file).string(), error.message(), folder);
        }
    }
    fs::remove(folder, error);  // whoever opens the table just then has made files again
    return true;
}

std::uint64_t damaged_rows(const TableInfo& info) {
    const std::size_t row_bytes = row_bytes_of(info.about);
    if (row_bytes == 0) {
        return 0;
    }
    const FeatureTable table(info.folder, row_bytes);
    return info.rows() - std::min<std::uint64_t>(table.whole(), info.rows());
}

FeatureStore::FeatureStore(fs::path folder, std::uint64_t limit)
    : folder_(std::move(folder)), limit_(limit), files_(index_file(folder_)) {
    core::make_folder(folder_);
}

std::shared_ptr<FeatureTable> FeatureStore::open(const std::string& key, core::Json about,
                                                 std::size_t row_bytes) {
    const fs::path folder = folder_ / key;
    about["row_bytes"] = row_bytes;
    constexpr int tries = 100;  // each ends because another process takes the table away just then
    for (int attempt = 0; attempt < tries; ++attempt) {
        core::make_folder(folder);
        auto use = std::make_unique<UseLock>(folder, false);
        if (!use->held()) {
            ::usleep(10'000);
            continue;
        }
        use->touch();
        if (read_about(folder) != about) {
            core::write_atomically(folder / "about.json", core::json_text(about, 2) + "\n");
        }
        const auto opened = std::make_shared<OpenTable>(std::move(use), folder, row_bytes);
        return {opened, &opened->table};
    }
    throw core::Failure(core::Category::system, "the table " + folder.string() + " cannot be locked",
                        "another process holds it; end that, or name another features.folder");
}

bool FeatureStore::has(const std::string& key) const {
    std::error_code error;
    return fs::exists(folder_ / key / "used", error);
}

bool FeatureStore::make_room(std::uint64_t bytes) const {
    const std::vector<TableInfo> tables = measured_tables(folder_);
    std::uint64_t taken = 0;
    for (const TableInfo& table : tables) {
        taken += table.bytes;
    }
    for (const TableInfo& table : tables) {
        if (taken + bytes <= limit_) {
            break;
        }
        try {
            taken -= remove_table(table.folder) ? table.bytes : 0;
        } catch (const core::Failure&) {
            continue;  // it takes room for as long as it is there
        }
    }
    return taken + bytes <= limit_;
}

}  // namespace graft::features
