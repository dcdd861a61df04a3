// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <vector>

#include "annotated.hpp"
#include "picture_size.hpp"
#include "yolo_data.hpp"

namespace graft::annotations {

/// The label file of a picture: .txt for its extension, and `labels` for the last folder `images`;
/// where there is none, the one beside the picture, if that is there.
std::filesystem::path label_of(const std::filesystem::path& picture);

/// The lines of a label file: CLASS X Y WIDTH HEIGHT (the box's middle and sides), the same with points
/// behind it where the data set has some, or CLASS and the corners of an outline; all in parts of the
/// picture's sides. What is wrong is told by line in `problems`, a box without an outline where outlines are
/// needed among it. Throws Error(data) where the file cannot be read.
std::vector<Instance> read_labels(const std::filesystem::path& file, const YoloData& data,
                                  const PictureSize& size, bool needs_outlines,
                                  std::vector<DataProblem>& problems);

}  // namespace graft::annotations
