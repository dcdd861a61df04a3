// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The files that TensorBoard reads, as bytes: protocol buffers (their wire format), each in a frame with its
// length and checksums. Five kinds of fields need no library, and a second copy of protobuf beside the one
// within LibTorch would be a risk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace graft::report {

/// One message of a protocol buffer, field by field in the order of the calls. Fields are named by number.
class Message {
public:
    Message& integer(std::uint32_t field, std::int64_t value);
    Message& real(std::uint32_t field, double value);            ///< `double`
    Message& small(std::uint32_t field, float value);            ///< `float`
    Message& text(std::uint32_t field, std::string_view bytes);  ///< `string`, `bytes`
    Message& message(std::uint32_t field, const Message& value);

    const std::string& bytes() const { return bytes_; }

private:
    void key(std::uint32_t field, std::uint32_t type);
    void varint(std::uint64_t value);

    std::string bytes_;
};

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
