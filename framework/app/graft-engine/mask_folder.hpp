// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include <opencv2/core/mat.hpp>

namespace graft::engine {

/// A folder of predicted masks: STEM.NAME.png a picture and prediction. Host thread only.
class MaskFolder {
public:
    /// An empty path: nothing is written.
    explicit MaskFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Writes a mask and gives its file, or "". Pictures of one name get numbers. Throws Failure(system).
    std::string write(const std::filesystem::path& picture, const std::string& name, const cv::Mat& classes);

private:
    std::filesystem::path folder_;
    std::set<std::string> used_;
};

}  // namespace graft::engine
