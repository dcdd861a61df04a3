// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/decoded_cache.hpp"

#include <utility>

namespace graft::data {

DecodedCache::DecodedCache(std::size_t samples, std::uint64_t limit) : pictures_(samples) {
    count_.limit = limit;
}

std::shared_ptr<const image::Picture> DecodedCache::find(std::size_t position) const {
    const std::lock_guard lock(mutex_);
    return count_.fits ? pictures_.at(position) : nullptr;
}

/// By the mean of what is there, once that says something.
bool DecodedCache::will_fit() const {
    constexpr std::size_t enough = 64;
    const double mean = static_cast<double>(count_.bytes) / static_cast<double>(count_.pictures);
    const double all = mean * static_cast<double>(pictures_.size());
    return count_.bytes <= count_.limit &&
           (count_.pictures < enough || all <= static_cast<double>(count_.limit));
}

void DecodedCache::keep(std::size_t position, const image::Picture& picture) {
    {
        const std::lock_guard lock(mutex_);
        if (!count_.fits || pictures_.at(position) != nullptr) {
            return;
        }
    }
    auto copy = std::make_shared<image::Picture>(picture);
    copy->pixels = picture.pixels.clone();
    std::vector<std::shared_ptr<const image::Picture>> dropped;  // freed without the lock
    const std::lock_guard lock(mutex_);
    if (!count_.fits || pictures_[position] != nullptr) {
        return;
    }
    count_.bytes += copy->pixels.total() * copy->pixels.elemSize();
    ++count_.pictures;
    pictures_[position] = std::move(copy);
    if (!will_fit()) {
        count_.fits = false;
        dropped = std::exchange(pictures_, {});
    }
}

DecodedCache::Count DecodedCache::count() const {
    const std::lock_guard lock(mutex_);
    return count_;
}

}  // namespace graft::data
