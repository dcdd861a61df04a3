// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "install/signature.hpp"

#include <cstdint>
#include <memory>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"

namespace graft::install {
namespace {

constexpr std::uint64_t longest_key_file = 16U << 10U;

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

/// Null where the text is no public key of Ed25519.
Key parsed_key(const std::string& text) {
    const std::unique_ptr<BIO, void (*)(BIO*)> memory(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all);
    Key key(memory ? PEM_read_bio_PUBKEY(memory.get(), nullptr, nullptr, nullptr) : nullptr, EVP_PKEY_free);
    if (key && EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
        key.reset();
    }
    return key;
}

const unsigned char* bytes_of(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string read_public_key(const std::string& file) {
    std::string text = core::read_file(file, longest_key_file);
    if (text.find("PRIVATE KEY") != std::string::npos) {
        throw core::Failure(
            core::Category::pipeline,
            fmt::format("'{}' holds a private key, which only the signer has", core::name_to_text(file)),
            "`openssl pkey -in KEY.pem -pubout` writes the public one");
    }
    if (!parsed_key(text)) {
        throw core::Failure(
            core::Category::pipeline,
            fmt::format("'{}' is no public key of Ed25519 in PEM", core::name_to_text(file)),
            "ask the registry's maintainer for it: it begins with -----BEGIN PUBLIC KEY-----");
    }
    return text;
}

bool is_signed(const std::string& text, const std::string& signature, const std::string& key) {
    const Key parsed = parsed_key(key);
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    return parsed && context &&
           EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, parsed.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                            text.size()) == 1;
}

}  // namespace graft::install
