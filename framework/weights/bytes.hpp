// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What every reader of a container needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/problem.hpp"
#include "weights/weight_file.hpp"

namespace graft::weights {

using Bytes = std::span<const std::byte>;

inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Failure(data): "'FILE' cannot be used as weights: WHY". WHY is cut at 500 bytes; control characters in it
/// become '?'.
core::Failure refused(const std::string& source, const std::string& why,
                      const std::string& remedy = "fetch or write the file again");

/// Bytes read one after the other. What is not there is refused.
class Cursor {
public:
    Cursor(Bytes bytes, const std::string& source) : bytes_(bytes), source_(source) {}

    std::uint64_t offset() const { return at_; }
    std::uint64_t left() const { return bytes_.size() - at_; }

    Bytes take(std::uint64_t count) {
        if (count > left()) {
            throw refused(
                source_, "it ends at byte " + std::to_string(bytes_.size()) + ", in the middle of something");
        }
        const Bytes taken = bytes_.subspan(at_, count);
        at_ += count;
        return taken;
    }

    /// A little-endian number, as all these formats have.
    template <class Number>
    Number number() {
        static_assert(std::is_trivially_copyable_v<Number>);
        Number value;
        std::memcpy(&value, take(sizeof(value)).data(), sizeof(value));
        return value;
    }

    /// Up to the next line feed, which is taken too.
    std::string_view line() {
        const std::size_t length = as_text(bytes_.subspan(at_)).find('\n');
        if (length == std::string_view::npos) {
            take(left() + 1);
        }
        return as_text(take(length + 1)).substr(0, length);
    }

    void seek(std::uint64_t offset) {
        at_ = 0;
        take(offset);
    }

private:
    Bytes bytes_;
    const std::string& source_;
    std::uint64_t at_ = 0;
};

/// Sides multiplied; nothing where that is more than fits into 63 bits. Any side of 0: 0.
std::optional<std::uint64_t> element_count(const std::vector<std::int64_t>& shape);

/// Strides of a tensor whose last side lies closest together.
std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& shape);

/// Refuses a shape that cannot be, and a view that reaches outside of `count` elements of the storage `key`.
void check_view(const Tensor& tensor, std::uint64_t count, const std::string& key, const std::string& source);

/// The whole that a file describes may not be much larger than the file: repeated views (stride 0) would
/// make petabytes of a few bytes. Throws Failure(data).
void check_extent(const WeightFile& file, const std::string& source);

}  // namespace graft::weights
