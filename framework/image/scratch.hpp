// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include <opencv2/core/mat.hpp>

namespace graft::image {

/// Memory for one picture after the other: it grows to the largest, and is used again once nobody holds what
/// was made in it.
class PictureMemory {
public:
    /// 1 x `bytes`, 8 bits, with any content.
    cv::Mat take(std::size_t bytes) {
        const bool is_held = memory_.u != nullptr && memory_.u->refcount > 1;
        if (is_held || static_cast<std::size_t>(memory_.cols) < bytes) {
            memory_ = cv::Mat(1, static_cast<int>(bytes), CV_8U);
        }
        return memory_.colRange(0, static_cast<int>(bytes));
    }

private:
    cv::Mat memory_;
};

}  // namespace graft::image
