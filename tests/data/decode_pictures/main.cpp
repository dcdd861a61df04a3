// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// decode-pictures IN OUT: what graft reads of every file below the folder IN. A picture is written to OUT as
// N.ppm (N counts the files); a line a file on standard output: N, the file, and why it is refused (empty: it
// is not).
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "image/decode.hpp"

namespace fs = std::filesystem;

namespace {

/// One line without tabs.
std::string as_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char letter) { return letter == '\n' || letter == '\t'; }, ' ');
    return text;
}

std::string decode_into(const fs::path& file, const fs::path& to) {
    try {
        const cv::Mat pixels = graft::image::decode(graft::ImageSource(file));
        std::string ppm = fmt::format("P6\n{} {}\n255\n", pixels.cols, pixels.rows);
        ppm.append(reinterpret_cast<const char*>(pixels.data), pixels.total() * 3);
        graft::core::write_atomically(to, ppm);
        return "";
    } catch (const graft::core::Failure& failure) {
        return as_line(failure.what());
    }
}

}  // namespace

int main(int count, char** words) {
    if (count != 3) {
        std::fputs("usage: decode-pictures IN OUT\n", stderr);
        return 2;
    }
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(words[1])) {
        if (entry.is_regular_file()) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    for (std::size_t index = 0; index < files.size(); ++index) {
        const fs::path to = fs::path(words[2]) / fmt::format("{}.ppm", index);
        const std::string line =
            fmt::format("{}\t{}\t{}\n", index, files[index].string(), decode_into(files[index], to));
        std::fputs(line.c_str(), stdout);
        std::fflush(stdout);
    }
    return 0;
}
