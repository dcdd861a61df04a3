// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "weights/sha256.hpp"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "core/files.hpp"
#include "core/problem.hpp"

namespace graft::weights {

std::string sha256(std::span<const std::byte> bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) {
        throw core::Failure(core::Category::internal, "OpenSSL computes no SHA-256");
    }
    std::string text;
    for (unsigned int index = 0; index < length; ++index) {
        text += fmt::format("{:02x}", digest[index]);
    }
    return text;
}

std::string sha256_of_file(const std::filesystem::path& file) {
    const std::string bytes = core::read_file(file);
    return sha256(std::as_bytes(std::span(bytes)));
}

}  // namespace graft::weights
