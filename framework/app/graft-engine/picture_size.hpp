// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// How large pictures are, by their headers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/problem.hpp"
#include "data/subset.hpp"

namespace graft::engine {

/// Width and height of a picture as seen; 0: nobody can tell.
using PictureSize = std::pair<double, double>;

/// Of so many pictures the headers are read: enough for means, and quick.
inline constexpr std::size_t most_headers = 400;

/// Reads no more than the header. Throws Failure(data).
PictureSize size_of(const ImageSource& source);

/// Calls `use` with the index of at most so many samples, evenly spaced; one that cannot be read is passed
/// over: the loader has skipped and named it.
template <typename Use>
void for_samples(const data::Subset& samples, std::size_t most, const Use& use) {
    const std::size_t count = std::min(most, samples.indices.size());
    for (std::size_t number = 0; number < count; ++number) {
        try {
            use(samples.indices[number * samples.indices.size() / count]);
        } catch (const core::Failure& failure) {
            if (failure.category() != core::Category::data) {
                throw;
            }
        }
    }
}

}  // namespace graft::engine
