// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Signatures of a registry's index: Ed25519 (RFC 8032) of the file's bytes, 64 bytes as `openssl pkeyutl
// -sign -rawin` writes them. Keys are PEM, as `openssl pkey -pubout` writes them.
#pragma once

#include <string>

namespace graft::install {

/// The public key in a file. Throws Failure(pipeline) where it holds none of that kind, a private key above
/// all. Throws Failure(data) where the file cannot be read.
std::string read_public_key(const std::string& file);

/// Whether `signature` is one of `text` by the owner of a public key that read_public_key gave.
bool is_signed(const std::string& text, const std::string& signature, const std::string& key);

}  // namespace graft::install
