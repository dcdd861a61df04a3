// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "weights/published.hpp"

namespace graft::weights {

enum class TransferEnd {
    whole,      ///< the server says that this was all
    early,      ///< it broke off; asked again, it may go on
    refused,    ///< asking again is no use
    stopped,    ///< as control.stop wished
    unwritable  ///< the file could not be written: errno tells
};

struct Transfer {
    TransferEnd end = TransferEnd::refused;
    std::string reason;       ///< of anything but whole and stopped
    bool got_bytes = false;   ///< some arrived
    bool from_start = false;  ///< what lay in the file before was thrown away
};

/// Appends to the open file what the address has beyond its present length; a server that cannot do that
/// sends all, and the file begins anew.
Transfer transfer(const std::string& url, int file, const FetchControl& control);

}  // namespace graft::weights
