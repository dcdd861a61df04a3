// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace graft::train {

/// A named part of a checkpoint file.
struct CheckpointSection {
    std::string name;
    std::string bytes;
};

/// A checkpoint file, all numbers little-endian:
///
///     8 bytes    "graftckp"
///     uint32     version of the format, 2
///     uint32     number of sections
///     a section: uint32 length of the name, the name, uint64 size, uint64 XXH3-64 of its bytes
///     uint64     XXH3-64 of all of the above
///     the sections' bytes, in the same order, and nothing after them
std::string pack_sections(const std::vector<CheckpointSection>& sections);

/// The inverse. Every byte is checked; throws Failure(data) that names `source` and what is damaged.
std::vector<CheckpointSection> unpack_sections(std::string_view bytes, const std::string& source);

/// One section alone; the bytes of the others are not looked at. Throws as `unpack_sections`, and where there
/// is no such section.
std::string unpack_section(std::string_view bytes, const std::string& name, const std::string& source);

}  // namespace graft::train
