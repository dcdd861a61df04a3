// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "weights/bytes.hpp"

namespace graft::weights {

struct ZipEntry {
    std::string name;
    Bytes bytes;  ///< as they lie in the archive
    std::uint32_t crc = 0;
    bool stored = true;  ///< false: compressed or encrypted
};

/// The entries of a zip archive (PKWARE's APPNOTE 6.3.10); zip64 and data descriptors are read. Refused:
/// overlapping and duplicate entries, several disks, local headers that contradict the directory. Throws
/// Failure(data) naming `source`.
std::vector<ZipEntry> read_zip(Bytes bytes, const std::string& source);

}  // namespace graft::weights
