// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>

namespace graft::features {

/// A descriptor of a file to read and write, made where it is not there; where nobody may write there, to
/// read alone. Less than 0: neither, for what errno says. Thread-safety: any thread.
int open_shared(const std::filesystem::path& path);

}  // namespace graft::features
