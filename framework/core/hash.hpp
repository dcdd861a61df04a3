// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace graft::core {

/// XXH3-64 (xxHash, Collet): for checksums and keys, not against an adversary.
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

/// XXH3-128 of everything added, as 32 hexadecimal digits. One thread per object.
class Hasher {
public:
    Hasher();
    ~Hasher();
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;

    void add(std::string_view bytes);
    void add(const void* data, std::size_t size);
    std::string hex() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace graft::core
