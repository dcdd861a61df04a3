// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "mask_folder.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/files.hpp"
#include "target/mask_file.hpp"

namespace graft::engine {

std::string MaskFolder::write(const std::filesystem::path& picture, const std::string& name,
                              const cv::Mat& classes) {
    if (folder_.empty()) {
        return "";
    }
    const std::string stem = picture.stem().string();
    std::string plain = name;
    std::replace(plain.begin(), plain.end(), '/', '-');
    std::string file = fmt::format("{}.{}.png", stem, plain);
    for (int number = 2; !used_.insert(file).second; ++number) {
        file = fmt::format("{}-{}.{}.png", stem, number, plain);
    }
    core::make_folder(folder_);
    core::write_atomically(folder_ / file, target::encode_mask(classes));
    return (folder_ / file).string();
}

}  // namespace graft::engine
