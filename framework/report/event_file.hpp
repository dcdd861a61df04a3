// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The files that TensorBoard reads, as bytes: protocol buffers, each in a frame with its length and
// checksums.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace graft::report {

/// CRC-32C (Castagnoli) of bytes.
std::uint32_t crc32c(std::string_view bytes);

/// A message as it lies in a file: length (8 bytes), its masked checksum (4), the bytes, theirs (4); numbers
/// are little-endian.
std::string framed(std::string_view bytes);

/// The messages of a file's bytes, up to the first frame that is not whole.
std::vector<std::string> messages_in(std::string_view bytes);

/// Adds bytes to the end of a file, which need not be there. Throws Failure(system).
void append_bytes(const std::filesystem::path& file, std::string_view bytes);

}  // namespace graft::report
