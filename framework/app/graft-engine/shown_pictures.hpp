// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/sample.hpp"
#include "data/subset.hpp"

namespace graft::engine {

/// Names an image on standard input, which the host has put into a file.
inline constexpr const char* piped_image = "-";

/// A picture to predict: how it is called, and where it is or why it cannot be had.
struct GivenPicture {
    std::string name;
    std::function<ImageSource()> source;
};

/// Files as given, in which `piped_image` is the one in the file `input`; of a folder everything that is not
/// hidden, sorted: what is no picture gets its error. Throws Failure(data) where there is nothing.
std::vector<GivenPicture> gather(const std::vector<std::string>& given, const std::string& input);

/// Every sample of other data, by the names that its data set gives; records that it refuses, too. The subset
/// must outlive them. Throws Failure(data) where there is nothing.
std::vector<GivenPicture> gather(const data::Subset& subset);

/// A picture that was read, or why it was not.
struct Opened {
    std::optional<data::Prepared> picture;
    std::string error;
};

/// Opens pictures, several at a time, as the network takes them. Rethrows what a thread threw.
std::vector<Opened> open_all(std::span<const GivenPicture> shown, const image::Preprocess& preprocess,
                             std::size_t threads);

}  // namespace graft::engine
