// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "output_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <unistd.h>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

bool lies_in(const fs::path& file, const fs::path& folder) {
    std::error_code error;
    const fs::path way = fs::canonical(file, error).lexically_relative(fs::canonical(folder, error));
    return !error && !way.empty() && *way.begin() != "..";
}

bool is_meant(const fs::path& file, const std::string& image) {
    std::error_code error;
    return fs::is_directory(image, error) ? lies_in(file, image) : fs::equivalent(file, image, error);
}

}  // namespace

void require_output_file(const std::string& option, const std::string& file,
                         const std::vector<std::string>& images) {
    if (file.empty() || file == "-") {
        return;
    }
    const std::string named = fmt::format("--{} '{}'", option, core::legible(file));
    if (fs::is_directory(file)) {
        throw Failure(Category::pipeline, named + " is a folder", "name a file in it");
    }
    if (fs::exists(file) && std::any_of(images.begin(), images.end(),
                                        [&](const std::string& image) { return is_meant(file, image); })) {
        throw Failure(Category::pipeline, named + " is one of the images that are predicted",
                      "name another file; nothing was touched");
    }
    const fs::path folder = fs::path(file).has_parent_path() ? fs::path(file).parent_path() : ".";
    core::make_folder(folder);
    if (::access(folder.c_str(), W_OK) != 0) {
        throw Failure(Category::system, fmt::format("{} cannot be written: {}", named, std::strerror(errno)),
                      "name a file in another folder");
    }
}

}  // namespace graft::app
