// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Files of TensorBoard and ONNX are protocol buffers. Five kinds of fields need no library, and a second copy
// of protobuf beside the one within LibTorch would be a risk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace graft::core {

/// One message in the wire format (protobuf.dev, "Encoding"): fields, named by number, in the order in which
/// they are added. One thread per object.
class ProtocolBuffer {
public:
    ProtocolBuffer& add_integer(int field, std::int64_t value);  ///< int64, int32, bool, an enumeration
    ProtocolBuffer& add_double(int field, double value);
    ProtocolBuffer& add_float(int field, float value);
    ProtocolBuffer& add_bytes(int field, std::string_view bytes);  ///< `string`, `bytes`
    ProtocolBuffer& add_message(int field, const ProtocolBuffer& message);

    const std::string& bytes() const { return bytes_; }

private:
    void tag(int field, int wire_type);
    void varint(std::uint64_t value);

    std::string bytes_;
};

}  // namespace graft::core
