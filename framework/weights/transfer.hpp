// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
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
    std::string reason;      ///< of anything but whole and stopped
    bool got_bytes = false;  ///< some arrived
    bool resumed = false;    ///< the beginning of the file is of an earlier connection
};

struct TransferLimits {
    std::uint64_t most_bytes = 0;  ///< what is longer is refused; 0: nothing is
    bool https_alone = false;      ///< http is refused, also where an address leads on to it
};

/// Servers are known by the machine's certificates, or those of the file that SSL_CERT_FILE names. Appends to
/// the open file what the address has beyond its present length; a server that cannot do that sends all, and
/// the file begins anew. A connection that breaks off is taken up again a few times, as long as each brings
/// something; what is told is how the last one ended.
Transfer transfer(const std::string& url, int file, const FetchControl& control,
                  const TransferLimits& limits = {});

/// Gets what lies at an address into a file, which is made anew; the caller must see to it that no other
/// program can write to that folder. Throws Failure(system) where the server cannot be reached, does not have
/// it, or does not stay within the limits, or control.stop ended it; then the file is gone.
void download(const std::string& url, const std::filesystem::path& file, const FetchControl& control,
              const TransferLimits& limits);

}  // namespace graft::weights
