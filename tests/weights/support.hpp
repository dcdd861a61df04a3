// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Weight files made in memory, and the numbers in real ones.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <zlib.h>

#include "core/problem.hpp"
#include "weights/bytes.hpp"
#include "weights/weight_file.hpp"

namespace graft::weights::test {

inline const std::filesystem::path files = std::filesystem::path(GRAFT_TEST_SOURCE) / "tests/weights/files";

inline Bytes as_bytes(const std::string& text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// A number of the given bytes, little endian.
inline std::string number(std::uint64_t value, std::size_t bytes) {
    std::string text(bytes, '\0');
    std::memcpy(text.data(), &value, bytes);
    return text;
}

/// What reading it says; empty: it was read.
inline std::string refusal(const std::string& bytes) {
    try {
        read_weights(as_bytes(bytes), "file");
    } catch (const core::Failure& failure) {
        return failure.category() == core::Category::data ? failure.what() : "another category";
    }
    return "";
}

struct Member {
    std::string name;
    std::string bytes;
    std::uint16_t method = 0;
    std::uint32_t crc = 0;
};

/// A zip archive; `shift` is added to where the second member is said to begin.
inline std::string zip(const std::vector<Member>& members, std::int64_t shift = 0) {
    std::string text;
    std::string directory;
    for (std::size_t index = 0; index < members.size(); ++index) {
        const Member& member = members[index];
        const std::uint64_t begin = text.size() + (index == 1 ? static_cast<std::uint64_t>(shift) : 0);
        const std::string sizes = number(member.crc, 4) + number(member.bytes.size(), 4) +
                                  number(member.bytes.size(), 4) + number(member.name.size(), 2);
        const std::string same = number(0, 2) + number(member.method, 2) + number(0, 4) + sizes;
        text += "PK\3\4" + number(20, 2) + same + number(0, 2) + member.name + member.bytes;
        directory += "PK\1\2" + number(20, 2) + number(20, 2) + same + number(0, 2) + number(0, 2) +
                     number(0, 2) + number(0, 2) + number(0, 4) + number(begin, 4) + member.name;
    }
    return text + directory + "PK\5\6" + number(0, 4) + number(members.size(), 2) +
           number(members.size(), 2) + number(directory.size(), 4) + number(text.size(), 4) + number(0, 2);
}

/// The same archive as zip64 writes it: every number of the directory that may be long stands in its own
/// fields.
inline std::string zip64(const std::vector<Member>& members) {
    std::string text;
    std::string directory;
    const std::string elsewhere = number(0xFFFFFFFF, 4);
    for (const Member& member : members) {
        const std::string size = number(member.bytes.size(), 8);
        const std::string extra = number(1, 2) + number(24, 2) + size + size + number(text.size(), 8);
        const std::string same = number(0, 2) + number(0, 2) + number(0, 4) + number(member.crc, 4) +
                                 elsewhere + elsewhere + number(member.name.size(), 2);
        directory += "PK\1\2" + number(45, 2) + number(45, 2) + same + number(extra.size(), 2) +
                     number(0, 2) + number(0, 2) + number(0, 2) + number(0, 4) + elsewhere + member.name +
                     extra;
        text += "PK\3\4" + number(45, 2) + same + number(0, 2) + member.name + member.bytes;
    }
    const std::string counts = number(members.size(), 8) + number(members.size(), 8);
    const std::string record = "PK\6\6" + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 4) +
                               number(0, 4) + counts + number(directory.size(), 8) + number(text.size(), 8);
    const std::string locator =
        "PK\6\7" + number(0, 4) + number(text.size() + directory.size(), 8) + number(1, 4);
    return text + directory + record + locator + "PK\5\6" + number(0, 4) + number(0xFFFF, 2) +
           number(0xFFFF, 2) + elsewhere + elsewhere + number(0, 2);
}

// Pieces of pickles.
inline std::string text(const std::string& value) {
    return "X" + number(value.size(), 4) + value;
}
inline std::string integer(std::int64_t value) {
    return "\x8a\x08" + number(static_cast<std::uint64_t>(value), 8);
}
inline std::string tuple(const std::vector<std::string>& items) {
    std::string made = "(";
    for (const std::string& item : items) {
        made += item;
    }
    return made + "t";
}
inline std::string integers(const std::vector<std::int64_t>& values) {
    std::vector<std::string> items;
    for (const std::int64_t value : values) {
        items.push_back(integer(value));
    }
    return tuple(items);
}
inline std::string storage(const std::string& key, std::int64_t count,
                           const std::string& type = "FloatStorage") {
    return tuple({text("storage"), "ctorch\n" + type + "\n", text(key), text("cpu"), integer(count)}) + "Q";
}
inline std::string tensor(const std::string& storage, std::int64_t offset,
                          const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides) {
    return "ctorch._utils\n_rebuild_tensor_v2\n" +
           tuple({storage, integer(offset), integers(shape), integers(strides), "\x89", "}"}) + "R";
}
/// {name: value, ...} as a whole pickle.
inline std::string dict(const std::vector<std::pair<std::string, std::string>>& entries) {
    std::string made = "\x80\x02}(";
    for (const auto& [name, value] : entries) {
        made += text(name) + value;
    }
    return made + "u.";
}
/// A zip archive as torch.save makes it, of a pickle and the storage "0".
inline std::string archive(const std::string& pickle, const std::string& data = std::string(16, '\0')) {
    return zip({{"archive/data.pkl", pickle}, {"archive/data/0", data}});
}

/// A tensor of 2 x 2 in that storage.
inline const std::string good_tensor = tensor(storage("0", 4), 0, {2, 2}, {2, 1});

/// Checks that reading is refused with this in the text.
inline void says(const std::string& bytes, const std::string& reason) {
    const std::string text = refusal(bytes);
    INFO(text);
    CHECK_FALSE(text.empty());
    CHECK(text.find(reason) != std::string::npos);
}

}  // namespace graft::weights::test
