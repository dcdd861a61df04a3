// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace graft::model {

/// What keeps values from being copied into tensors, gathered before the first one is.
struct Mismatch {
    std::vector<std::string> missing;
    std::vector<std::string> unexpected;
    std::vector<std::string> wrong;
    std::vector<std::string>
        unread;  ///< tensors of the file that are not read; they count with a missing one

    bool empty() const { return missing.empty() && unexpected.empty() && wrong.empty(); }

    /// Adds to `wrong` a value whose shape or kind of number is not the target's.
    void compare(const std::string& name, const at::Tensor& target, at::IntArrayRef sizes,
                 at::ScalarType type);

    /// Failure(data): `source` does not fit `what`, with all that was gathered.
    void throw_if_any(const std::string& source, const std::string& what, const std::string& remedy) const;
};

}  // namespace graft::model
