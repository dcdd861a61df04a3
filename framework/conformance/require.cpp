// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "conformance/require.hpp"

#include <algorithm>
#include <limits>

#include <malloc.h>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace graft::conformance {

std::string shape_text(const at::Tensor& tensor) {
    std::string text;
    for (const std::int64_t side : tensor.sizes()) {
        text += (text.empty() ? "" : ", ") + std::to_string(side);
    }
    return "[" + text + "]";
}

void require_equal(const at::Tensor& got, const at::Tensor& wanted, double tolerance, const std::string& what,
                   const std::string& remedy) {
    require(got.sizes() == wanted.sizes(),
            fmt::format("{}: shape {}, expected {}", what, shape_text(got), shape_text(wanted)), remedy);
    require(got.scalar_type() == wanted.scalar_type(),
            fmt::format("{}: of type {}, expected {}", what, at::toString(got.scalar_type()),
                        at::toString(wanted.scalar_type())),
            remedy);
    if (got.numel() == 0) {
        return;
    }
    const auto left = got.to(at::kDouble);
    const auto right = wanted.to(at::kDouble);
    const double difference = (left - right).abs().max().item<double>();
    const double scale = std::max(1.0, right.abs().max().item<double>());
    require(difference <= tolerance * scale,
            fmt::format("{}: differs by {:.3g}, allowed {:.3g}", what, difference, tolerance * scale),
            remedy);
}

void require_float(const at::Tensor& tensor, const std::string& what) {
    require(tensor.scalar_type() == at::kFloat,
            fmt::format("{} is of type {}; must be Float", what, at::toString(tensor.scalar_type())),
            "what is computed from float stays float unless a constant of another type joins in: "
            "at::full_like, .to(feature.scalar_type())");
    require(at::isfinite(tensor).all().item<bool>(), what + " holds a number that is not finite",
            "a division by zero, a log or a root of 0: add a small constant inside");
}

void require_no_growth(const std::function<void()>& use, const std::string& what) {
    constexpr int rounds = 100;
    constexpr int warm = 10;  // until malloc's own lists of freed pieces, which it counts as held, are full
    const auto held = [] {
        const auto memory = ::mallinfo2();
        return static_cast<std::int64_t>(memory.uordblks + memory.hblkhd);
    };
    std::int64_t smallest = std::numeric_limits<std::int64_t>::max();
    std::int64_t before = 0;
    // With several threads, each of which has its own lists, some are full late; what is lost grows in every
    // round.
    for (int round = 0; round < rounds && smallest > 0; ++round) {
        use();
        const std::int64_t now = held();
        if (round >= warm) {
            smallest = std::min(smallest, now - before);
        }
        before = now;
    }
    require(smallest <= 0,
            fmt::format("after each {} the process holds at least {} bytes more than before", what, smallest),
            "something is kept at every call: a container that grows, new without delete, a circle of "
            "shared_ptr");
}

}  // namespace graft::conformance
