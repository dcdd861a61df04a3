// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/mismatch.hpp"

#include <fmt/format.h>

#include <ATen/ATen.h>

#include "core/names.hpp"
#include "core/problem.hpp"

namespace graft::model {
namespace {

constexpr std::size_t names_shown = 8;

std::string shortened(const std::vector<std::string>& names) {
    if (names.size() <= names_shown) {
        return core::listed(names);
    }
    return fmt::format("{} and {} more", core::listed({names.begin(), names.begin() + names_shown}),
                       names.size() - names_shown);
}

std::string shape_text(at::IntArrayRef sizes) {
    std::string text;
    for (const std::int64_t side : sizes) {
        text += (text.empty() ? "" : ", ") + std::to_string(side);
    }
    return "[" + text + "]";
}

}  // namespace

void Mismatch::compare(const std::string& name, const at::Tensor& target, at::IntArrayRef sizes,
                       at::ScalarType type) {
    if (target.sizes() != sizes) {
        wrong.push_back(
            fmt::format("{} is {}, must be {}", name, shape_text(sizes), shape_text(target.sizes())));
    } else if (target.is_floating_point() != at::isFloatingType(type)) {
        wrong.push_back(fmt::format("{} is {}, must be {}", name, at::toString(type),
                                    at::toString(target.scalar_type())));
    }
}

void Mismatch::throw_if_any(const std::string& source, const std::string& what,
                            const std::string& remedy) const {
    std::string text;
    const auto add = [&](const char* label, const std::vector<std::string>& names) {
        if (!names.empty()) {
            text += fmt::format("\n  - {}: {}", label, shortened(names));
        }
    };
    add("missing", missing);
    add("unexpected", unexpected);
    add("of another shape or type", wrong);
    if (!missing.empty()) {
        add("in the file, but of types that are not read", unread);
    }
    if (!empty()) {
        throw core::Failure(core::Category::data, fmt::format("'{}' does not fit {}:{}", source, what, text),
                            remedy);
    }
}

}  // namespace graft::model
