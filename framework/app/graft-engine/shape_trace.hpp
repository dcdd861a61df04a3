// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace graft::engine {

/// What an operator was given and gave, as it ran in a plugin.
struct TracedOperator {
    std::string call;  ///< "backbone 'resnet18': forward, stage stem"
    std::string text;  ///< "conv2d [1, 3, 64, 64] [64, 3, 7, 7] -> [1, 64, 32, 32]"
};

/// While it lives, every operator that a plugin's forward, pool, encode or decode calls on this thread is
/// told, in order; not what operators call themselves. One that throws is told with "failed" in place of what
/// it gives. One at a time.
class ShapeTrace {
public:
    using Listener = std::function<void(const TracedOperator&)>;

    explicit ShapeTrace(Listener listener);
    ShapeTrace(const ShapeTrace&) = delete;
    ShapeTrace& operator=(const ShapeTrace&) = delete;
    ~ShapeTrace();

private:
    Listener listener_;
    std::uint64_t handle_ = 0;
};

}  // namespace graft::engine
