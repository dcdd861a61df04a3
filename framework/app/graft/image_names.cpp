// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image_names.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <istream>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <glob.h>
#include <unistd.h>

#include "core/problem.hpp"
#include "core/text.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

constexpr std::uint64_t most_bytes = std::uint64_t(256) << 20;  // as of any picture that is decoded

bool is_pattern(const std::string& word) {
    return word.find_first_of("*?[{") != std::string::npos;
}

struct EndsGlob {
    void operator()(glob_t* found) const {
        ::globfree(found);
        delete found;
    }
};

std::vector<std::string> matches_of(const std::string& pattern) {
    const std::unique_ptr<glob_t, EndsGlob> found(new glob_t{});
    const int code = ::glob(pattern.c_str(), GLOB_BRACE | GLOB_TILDE, nullptr, found.get());
    if (code == GLOB_NOMATCH) {
        throw Failure(Category::data, fmt::format("no file matches '{}'", core::legible(pattern)),
                      "`*` does not cross folders; a folder's name alone means everything in it");
    }
    if (code != 0) {
        throw Failure(Category::system, fmt::format("'{}' cannot be looked up", core::legible(pattern)));
    }
    return {found->gl_pathv, found->gl_pathv + found->gl_pathc};
}

std::vector<std::string> lines_of(std::istream& stream) {
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) {
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        if (!line.empty()) {
            lines.push_back(line);
        }
    }
    return lines;
}

bool has_zero(const std::string& name) {
    return name.find('\0') != std::string::npos;
}

/// Copies what comes; how many bytes.
std::uint64_t copy_input(int to) {
    std::array<char, 1 << 16> block{};
    std::uint64_t total = 0;
    while (total <= most_bytes) {
        const ssize_t count = ::read(STDIN_FILENO, block.data(), block.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            break;
        }
        for (ssize_t done = 0; done < count;) {
            const ssize_t written = ::write(to, block.data() + done, static_cast<std::size_t>(count - done));
            if (written < 0 && errno != EINTR) {
                throw Failure(Category::system, fmt::format("what came on standard input cannot be kept: {}",
                                                            std::strerror(errno)));
            }
            done += std::max<ssize_t>(written, 0);
        }
        total += static_cast<std::uint64_t>(count);
    }
    return total;
}

}  // namespace

std::vector<std::string> images_meant(const std::vector<std::string>& words) {
    std::vector<std::string> names;
    for (const std::string& word : words) {
        std::error_code error;
        if (word == standard_input || fs::exists(word, error) || !is_pattern(word)) {
            names.push_back(word);
            continue;
        }
        const std::vector<std::string> found = matches_of(word);
        names.insert(names.end(), found.begin(), found.end());
    }
    return names;
}

std::vector<std::string> images_listed(const std::string& file) {
    std::ifstream stream;
    std::error_code unknown;
    if (file != standard_input && fs::is_directory(file, unknown)) {
        throw Failure(Category::data, fmt::format("the list '{}' is a folder", core::legible(file)),
                      "name it without --list: that means all images in it");
    }
    if (file != standard_input) {
        stream.open(file);
        if (!stream) {
            throw Failure(Category::data, fmt::format("the list '{}' cannot be read: {}", core::legible(file),
                                                      std::strerror(errno)));
        }
    }
    std::vector<std::string> names = lines_of(file == standard_input ? std::cin : stream);
    if (names.empty()) {
        throw Failure(Category::data, fmt::format("the list '{}' names no image", core::legible(file)),
                      "write one name a line");
    }
    if (std::any_of(names.begin(), names.end(), [](const std::string& name) { return has_zero(name); })) {
        throw Failure(Category::data, fmt::format("the list '{}' is no text", core::legible(file)),
                      "write one name a line; an image itself is named without --list");
    }
    return names;
}

SpooledInput::SpooledInput() {
    if (::isatty(STDIN_FILENO) == 1) {
        throw Failure(Category::pipeline, "`-` is standard input, which is a terminal here",
                      "pipe an image into it, or name a file");
    }
    std::string name = (fs::temp_directory_path() / "graft-input-XXXXXX").string();
    const int descriptor = ::mkstemp(name.data());
    if (descriptor < 0) {
        throw Failure(Category::system, fmt::format("what comes on standard input cannot be kept in '{}': {}",
                                                    name, std::strerror(errno)));
    }
    file_ = name;
    std::uint64_t total = 0;
    try {
        total = copy_input(descriptor);
    } catch (...) {
        ::close(descriptor);
        fs::remove(file_);
        throw;
    }
    ::close(descriptor);
    if (total == 0 || total > most_bytes) {
        fs::remove(file_);
        throw Failure(Category::data, total == 0 ? "nothing came on standard input; an image was expected"
                                                 : "more than 256 MiB came on standard input");
    }
}

SpooledInput::~SpooledInput() {
    std::error_code error;
    fs::remove(file_, error);
}

}  // namespace graft::app
