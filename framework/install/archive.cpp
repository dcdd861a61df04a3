// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// CMake is there anyway: what is extracted is built by it. Its tar extracts whatever an archive says, so the
// list is judged first. The long list has a line an entry, which begins with its kind; a name with a newline
// in it makes a line that begins otherwise, or one that must itself be allowed.
#include "install/archive.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/number_text.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "install/build.hpp"
#include "jobs/program.hpp"

namespace graft::install {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

constexpr std::uint64_t largest_extract = 256U << 20U;
constexpr std::size_t longest_shown = 200;

Failure refused(const fs::path& archive, const std::string& why, const std::string& remedy) {
    return Failure(Category::data, fmt::format("'{}' {}", core::name_to_text(archive.string()), why), remedy);
}

constexpr const char* unpack_yourself = "look into it, unpack it yourself, and add the folder";

/// What `cmake -E tar` prints in a folder of its own.
std::string tar(const fs::path& archive, const std::string& action, const fs::path& folder) {
    const jobs::ProgramEnd end =
        run_cmake({"-E", "chdir", folder.string(), "cmake", "-E", "tar", action, archive.string()});
    if (end.exit_code != 0) {
        const std::string first = end.err.substr(0, end.err.find('\n'));
        throw refused(archive, "cannot be read as an archive: " + core::printable_line(first, longest_shown),
                      "archives that CMake reads: .tar, .tar.gz, .tar.xz, .tar.bz2, .tar.zst, .zip");
    }
    return end.out;
}

/// The size in a line of the long list: mode, links, owner, group, size; nothing for another line.
std::optional<std::uint64_t> size_in(const std::string& line) {
    std::istringstream words(line);
    std::string mode;
    std::string links;
    std::string owner;
    std::string group;
    std::string text;
    words >> mode >> links >> owner >> group >> text;
    const bool is_line = mode.size() >= 10 && (mode.front() == '-' || mode.front() == 'd') &&
                         mode.find_first_not_of("-drwxsStT+. ") == std::string::npos;
    return is_line ? core::number_of_text<std::uint64_t>(text) : std::nullopt;
}

/// Whether an entry's name stays in the folder where it is extracted.
bool is_inside(const std::string& name) {
    const fs::path path(name);
    if (path.empty() || path.is_absolute()) {
        return false;
    }
    for (const fs::path& part : path) {
        if (part == "..") {
            return false;
        }
    }
    return true;
}

std::vector<std::string> lines_in(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

void judge(const fs::path& archive, const fs::path& folder) {
    std::uint64_t bytes = 0;
    for (const std::string& line : lines_in(tar(archive, "tvf", folder))) {
        const auto size = size_in(line);
        if (!size || line.find(" link to ") != std::string::npos) {
            throw refused(archive,
                          fmt::format("holds something that is neither a file nor a folder: {}",
                                      core::printable_line(line, longest_shown)),
                          unpack_yourself);
        }
        bytes += std::min(*size, largest_extract + 1);
        if (bytes > largest_extract) {
            throw refused(archive, fmt::format("holds more than {} MiB", largest_extract >> 20U),
                          "a plugin's source is smaller: take out what is none");
        }
    }
    for (const std::string& name : lines_in(tar(archive, "tf", folder))) {
        if (!is_inside(name)) {
            throw refused(archive,
                          fmt::format("names a file that would lie outside of it: {}",
                                      core::printable_line(name, longest_shown)),
                          unpack_yourself);
        }
    }
}

}  // namespace

void extract(const fs::path& archive, const fs::path& into) {
    core::make_folder(into);
    judge(archive, into);
    tar(archive, "xf", into);
}

}  // namespace graft::install
