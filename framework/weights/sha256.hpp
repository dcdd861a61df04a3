// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace graft::weights {

/// SHA-256 (FIPS 180-4) as 64 hexadecimal digits.
std::string sha256(std::span<const std::byte> bytes);

/// Of what a file holds, which is read as a whole. Throws Failure(data) where it cannot be.
std::string sha256_of_file(const std::filesystem::path& file);

}  // namespace graft::weights
