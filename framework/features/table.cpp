// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "features/table.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "core/files.hpp"
#include "core/hash.hpp"
#include "core/problem.hpp"

namespace graft::features {
namespace {

std::filesystem::path made(std::filesystem::path folder) {
    core::make_folder(folder);
    return folder;
}

std::uint64_t checksum_of(std::span<const std::byte> bytes) {
    return core::hash64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

/// As it stands in `keys`.
struct FeatureTable::Entry {
    std::uint64_t key = 0;
    std::uint64_t checksum = 0;  ///< of the row
    std::int32_t height = 0;
    std::int32_t width = 0;
    std::uint16_t orientation = 0;
    std::uint8_t flags = 0;
    std::uint8_t bits = 0;
    std::int32_t highest = 0;
    std::uint64_t own = 0;  ///< checksum of what stands before

    static constexpr std::uint8_t is_transparent = 1;
    static constexpr std::uint8_t has_several = 2;

    Entry() = default;
    Entry(const Origin& origin, std::uint64_t row_checksum)
        : key(origin.key),
          checksum(row_checksum),
          height(origin.height),
          width(origin.width),
          orientation(origin.orientation),
          flags(static_cast<std::uint8_t>((origin.is_transparent ? is_transparent : 0) |
                                          (origin.has_several ? has_several : 0))),
          bits(origin.bits),
          highest(origin.highest),
          own(own_checksum()) {}

    Origin origin() const {
        return {key,  height, width, orientation, (flags & is_transparent) != 0, (flags & has_several) != 0,
                bits, highest};
    }

    std::uint64_t own_checksum() const {
        return checksum_of(std::as_bytes(std::span(this, 1)).first(offsetof(Entry, own)));
    }
};

FeatureTable::FeatureTable(std::filesystem::path folder, std::size_t row_bytes)
    : folder_(made(std::move(folder))),
      row_bytes_(row_bytes),
      rows_(folder_ / "rows"),
      keys_(folder_ / "keys"),
      turn_(folder_ / "turn") {
    static_assert(sizeof(Entry) == 40);
    refresh();
}

FeatureTable::Turn::Turn(const FeatureTable& table, double patience)
    : file_(table.turn_), held_(file_.wait_for_lock(patience)) {}

FeatureTable::Turn::~Turn() {
    if (held_) {
        file_.unlock();
    }
}

std::size_t FeatureTable::size() const {
    const std::lock_guard lock(mutex_);
    return places_.size();
}

std::size_t FeatureTable::bytes_a_row() const {
    return row_bytes_ + sizeof(Entry);
}

/// Rows that both files hold whole.
std::uint64_t FeatureTable::whole_rows() const {
    return std::min(keys_.size() / sizeof(Entry), rows_.size() / row_bytes_);
}

void FeatureTable::refresh() {
    const std::uint64_t whole = whole_rows();
    if (whole <= seen_) {
        return;
    }
    std::vector<Entry> entries(whole - seen_);
    if (!keys_.read(std::as_writable_bytes(std::span(entries)), seen_ * sizeof(Entry))) {
        throw core::Failure(core::Category::system, keys_.path().string() + " cannot be read");
    }
    const std::lock_guard lock(mutex_);
    for (const Entry& entry : entries) {
        if (entry.own == entry.own_checksum()) {
            places_[entry.key] = {seen_, entry.checksum, entry.origin()};
        }
        ++seen_;
    }
}

std::optional<Origin> FeatureTable::read(std::uint64_t key, std::span<std::byte> to) const {
    RowPlace place;
    {
        const std::lock_guard lock(mutex_);
        const auto found = places_.find(key);
        if (found == places_.end()) {
            return std::nullopt;
        }
        place = found->second;
    }
    const auto row = to.first(row_bytes_);
    const bool whole = rows_.read(row, place.number * row_bytes_) && checksum_of(row) == place.checksum;
    return whole ? std::optional(place.origin) : std::nullopt;
}

std::uint64_t FeatureTable::whole() const {
    std::vector<std::uint64_t> keys;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [key, place] : places_) {
            keys.push_back(key);
        }
    }
    std::vector<std::byte> row(row_bytes_);
    return static_cast<std::uint64_t>(std::count_if(
        keys.begin(), keys.end(), [&](std::uint64_t key) { return read(key, row).has_value(); }));
}

void FeatureTable::add(const std::vector<Origin>& origins, std::span<const std::byte> rows) {
    const auto lock = keys_.lock();
    refresh();
    const std::uint64_t before = whole_rows();
    std::vector<Entry> entries;
    std::vector<std::byte> there(row_bytes_);
    try {
        for (std::size_t index = 0; index < origins.size(); ++index) {
            const Origin& origin = origins[index];
            if (read(origin.key, there)) {
                continue;
            }
            const auto row = rows.subspan(index * row_bytes_, row_bytes_);
            rows_.write(row, (before + entries.size()) * row_bytes_);
            entries.emplace_back(origin, checksum_of(row));
        }
        keys_.write(std::as_bytes(std::span(entries)), before * sizeof(Entry));
    } catch (const core::Failure&) {
        keys_.cut(before * sizeof(Entry));
        rows_.cut(before * row_bytes_);
        throw;
    }
    refresh();
}

}  // namespace graft::features
