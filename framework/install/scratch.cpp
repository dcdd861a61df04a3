// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "install/scratch.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "core/problem.hpp"

namespace graft::install {

ScratchFolder::ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "graft-plugins-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw core::Failure(core::Category::system,
                            fmt::format("the folder '{}' cannot be made: {}", name, std::strerror(errno)));
    }
    folder_ = name;
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

}  // namespace graft::install
