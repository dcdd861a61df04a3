// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "weights/zip.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace graft::weights {
namespace {

constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t entry_signature = 0x02014b50;
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint32_t end64_signature = 0x06064b50;
constexpr std::uint32_t locator64_signature = 0x07064b50;
constexpr std::uint64_t end_size = 22;
constexpr std::uint64_t locator64_size = 20;
constexpr std::uint64_t longest_comment = 0xFFFF;
constexpr std::uint32_t elsewhere = 0xFFFFFFFF;  ///< the number stands in the zip64 field
constexpr std::uint16_t encrypted_flag = 1;
constexpr std::uint16_t zip64_field = 1;
constexpr std::uint64_t most_entries = 1'000'000;

struct Directory {
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
    std::uint64_t entries = 0;
};

struct Record {
    std::string name;
    std::uint64_t header = 0;  ///< where the local header begins
    std::uint64_t size = 0;    ///< in the archive
    bool stored = true;
    std::uint32_t crc = 0;
    std::uint64_t begin = 0;  ///< of the data
};

class ZipReader {
public:
    ZipReader(Bytes bytes, const std::string& source) : bytes_(bytes), source_(source) {}

    std::vector<ZipEntry> read() {
        const Directory directory = find_directory();
        Cursor cursor(bytes_.subspan(0, directory.begin + directory.size), source_);
        cursor.seek(directory.begin);
        std::vector<Record> records;
        for (std::uint64_t index = 0; index < directory.entries; ++index) {
            records.push_back(read_record(cursor));
        }
        if (cursor.left() != 0) {
            throw refused(source_, "its zip directory is longer than its entries");
        }
        place(records, directory.begin);
        std::vector<ZipEntry> entries;
        entries.reserve(records.size());
        for (const Record& record : records) {
            entries.push_back(
                {record.name, bytes_.subspan(record.begin, record.size), record.crc, record.stored});
        }
        return entries;
    }

private:
    /// The end record stands last, behind it at most a comment that ends with the file.
    std::uint64_t find_end() const {
        if (bytes_.size() < end_size) {
            throw refused(source_, "it is too short for a zip archive");
        }
        const std::uint64_t last = bytes_.size() - end_size;
        const std::uint64_t first = last > longest_comment ? last - longest_comment : 0;
        for (std::uint64_t offset = last + 1; offset-- > first;) {
            Cursor cursor(bytes_, source_);
            cursor.seek(offset);
            if (cursor.number<std::uint32_t>() == end_signature) {
                cursor.take(end_size - sizeof(std::uint32_t) - sizeof(std::uint16_t));
                if (cursor.number<std::uint16_t>() == last - offset) {
                    return offset;
                }
            }
        }
        throw refused(source_, "its zip directory is missing: the file was cut short");
    }

    Directory find_directory() const {
        const std::uint64_t end = find_end();
        Cursor cursor(bytes_, source_);
        cursor.seek(end + sizeof(std::uint32_t));
        const auto disk = cursor.number<std::uint16_t>();
        const auto directory_disk = cursor.number<std::uint16_t>();
        const auto entries_here = cursor.number<std::uint16_t>();
        Directory directory;
        directory.entries = cursor.number<std::uint16_t>();
        directory.size = cursor.number<std::uint32_t>();
        directory.begin = cursor.number<std::uint32_t>();
        std::uint64_t limit = end;
        if (has_locator64(end)) {
            limit = read_end64(end, directory);
        } else if (disk != 0 || directory_disk != 0 || entries_here != directory.entries) {
            throw refused(source_, "it is one of several parts of a zip archive");
        }
        if (directory.size > limit || directory.begin != limit - directory.size ||
            directory.entries > most_entries) {
            throw refused(source_,
                          fmt::format("its zip directory of {} entries cannot lie at {}..{}+{}",
                                      directory.entries, directory.begin, directory.begin, directory.size));
        }
        return directory;
    }

    bool has_locator64(std::uint64_t end) const {
        if (end < locator64_size) {
            return false;
        }
        Cursor cursor(bytes_, source_);
        cursor.seek(end - locator64_size);
        return cursor.number<std::uint32_t>() == locator64_signature;
    }

    /// Fills the directory from the zip64 record, and says where that begins.
    std::uint64_t read_end64(std::uint64_t end, Directory& directory) const {
        Cursor cursor(bytes_.subspan(0, end), source_);
        cursor.seek(end - locator64_size + sizeof(std::uint32_t) * 2);
        const auto record = cursor.number<std::uint64_t>();
        cursor.seek(std::min(record, end));
        if (cursor.number<std::uint32_t>() != end64_signature) {
            throw refused(source_, "its zip64 record is not where its locator says");
        }
        cursor.take(sizeof(std::uint64_t) + 2 * sizeof(std::uint16_t));  // size, versions
        const auto disk = cursor.number<std::uint32_t>();
        const auto directory_disk = cursor.number<std::uint32_t>();
        const auto entries_here = cursor.number<std::uint64_t>();
        directory.entries = cursor.number<std::uint64_t>();
        directory.size = cursor.number<std::uint64_t>();
        directory.begin = cursor.number<std::uint64_t>();
        if (disk != 0 || directory_disk != 0 || entries_here != directory.entries) {
            throw refused(source_, "it is one of several parts of a zip archive");
        }
        return record;
    }

    Record read_record(Cursor& cursor) const {
        if (cursor.number<std::uint32_t>() != entry_signature) {
            throw refused(source_, "its zip directory is damaged");
        }
        cursor.take(2 * sizeof(std::uint16_t));  // versions
        const auto flags = cursor.number<std::uint16_t>();
        const auto method = cursor.number<std::uint16_t>();
        cursor.take(2 * sizeof(std::uint16_t));  // time
        Record record;
        record.crc = cursor.number<std::uint32_t>();
        record.size = cursor.number<std::uint32_t>();
        std::uint64_t unpacked = cursor.number<std::uint32_t>();
        const auto name_length = cursor.number<std::uint16_t>();
        const auto extra_length = cursor.number<std::uint16_t>();
        const auto comment_length = cursor.number<std::uint16_t>();
        const auto disk = cursor.number<std::uint16_t>();
        cursor.take(sizeof(std::uint16_t) + sizeof(std::uint32_t));  // attributes
        record.header = cursor.number<std::uint32_t>();
        record.name = as_text(cursor.take(name_length));
        read_extra(cursor.take(extra_length), record, unpacked);
        cursor.take(comment_length);
        record.stored = method == 0 && unpacked == record.size && (flags & encrypted_flag) == 0;
        if (disk != 0 && disk != 0xFFFF) {
            throw refused(source_, "it is one of several parts of a zip archive");
        }
        return record;
    }

    void read_extra(Bytes extra, Record& record, std::uint64_t& unpacked) const {
        Cursor fields(extra, source_);
        while (fields.left() >= 2 * sizeof(std::uint16_t)) {
            const auto id = fields.number<std::uint16_t>();
            const auto length = fields.number<std::uint16_t>();
            Cursor field(fields.take(length), source_);
            if (id != zip64_field) {
                continue;
            }
            for (std::uint64_t* number : {&unpacked, &record.size, &record.header}) {
                if (*number == elsewhere) {
                    *number = field.number<std::uint64_t>();
                }
            }
        }
    }

    /// Finds each entry's data behind its local header; no two entries may share a byte.
    void place(std::vector<Record>& records, std::uint64_t directory) const {
        std::set<std::string> names;
        std::vector<const Record*> order;
        for (Record& record : records) {
            if (!names.insert(record.name).second) {
                throw refused(source_, fmt::format("it holds two entries '{}'", record.name));
            }
            Cursor cursor(bytes_.subspan(0, directory), source_);
            cursor.seek(record.header);
            const auto signature = cursor.number<std::uint32_t>();
            cursor.take(22);  // versions to sizes, which the directory tells too
            const auto name_length = cursor.number<std::uint16_t>();
            const auto extra_length = cursor.number<std::uint16_t>();
            if (signature != local_signature || as_text(cursor.take(name_length)) != record.name) {
                throw refused(source_,
                              fmt::format("its entry '{}' is not where its directory says", record.name));
            }
            cursor.take(extra_length);
            record.begin = cursor.offset();
            cursor.take(record.size);
            order.push_back(&record);
        }
        std::sort(order.begin(), order.end(),
                  [](const Record* left, const Record* right) { return left->header < right->header; });
        for (std::size_t index = 1; index < order.size(); ++index) {
            const Record& before = *order[index - 1];
            if (order[index]->header < before.begin + before.size) {
                throw refused(source_, fmt::format("its entries '{}' and '{}' overlap", before.name,
                                                   order[index]->name));
            }
        }
    }

    Bytes bytes_;
    const std::string& source_;
};

}  // namespace

std::vector<ZipEntry> read_zip(Bytes bytes, const std::string& source) {
    return ZipReader(bytes, source).read();
}

}  // namespace graft::weights
