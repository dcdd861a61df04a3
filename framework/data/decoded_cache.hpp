// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "image/decode.hpp"

namespace graft::data {

/// The decoded pictures of a subset, kept in memory so that later epochs read no files, augmented or not. All
/// or none: as soon as it is plain that they do not all fit, those that are there are let go. Thread-safety:
/// any thread.
class DecodedCache {
public:
    /// Of so many samples, which may take `limit` bytes together.
    DecodedCache(std::size_t samples, std::uint64_t limit);

    /// The sample's picture, null where it is not there. Its pixels are shared: nobody may write to them.
    std::shared_ptr<const image::Picture> find(std::size_t position) const;

    /// Takes a copy of what was read.
    void keep(std::size_t position, const image::Picture& picture);

    struct Count {
        std::size_t pictures = 0;
        std::uint64_t bytes = 0;
        std::uint64_t limit = 0;
        bool fits = true;  ///< false: they do not, so none is kept
    };
    Count count() const;

private:
    bool will_fit() const;

    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<const image::Picture>> pictures_;
    Count count_;
};

}  // namespace graft::data
