// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The closed formula of tools/goldens/backbone_logits.py: any language gets the same numbers from a name.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <ATen/ATen.h>

namespace graft::model::test {

inline std::uint64_t fnv1a64(const std::string& text) {
    std::uint64_t value = 0xCBF29CE484222325;
    for (const char byte : text) {
        value = (value ^ static_cast<unsigned char>(byte)) * 0x100000001B3;
    }
    return value;
}

/// In [-1, 1).
inline double formula_number(std::uint64_t start, std::uint64_t index) {
    std::uint64_t value = start + index + 0x9E3779B97F4A7C15;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
    value = value ^ (value >> 31);
    return static_cast<double>(value >> 11) * 0x1p-53 * 2 - 1;
}

inline at::Tensor formula_tensor(const std::string& name, at::IntArrayRef sizes, double scale,
                                 double offset) {
    at::Tensor tensor = at::empty(sizes);
    const std::uint64_t start = fnv1a64(name);
    float* values = tensor.mutable_data_ptr<float>();
    for (std::int64_t index = 0; index < tensor.numel(); ++index) {
        const double number = formula_number(start, static_cast<std::uint64_t>(index));
        values[index] = static_cast<float>(offset + number * scale);
    }
    return tensor;
}

/// A parameter or buffer by its name in one of torchvision's networks.
inline at::Tensor formula_values(const std::string& name, at::IntArrayRef sizes) {
    const std::string role = name.substr(name.rfind('.') + 1);
    const std::string module = name.substr(0, name.rfind('.'));
    const bool last = module == "fc" || module == "classifier.6" || module == "_fc";  // makes the logits
    if (role == "running_var") {
        return formula_tensor(name, sizes, 0.5, 1);
    }
    if (role == "running_mean") {
        return formula_tensor(name, sizes, 0.25, 0);
    }
    if (role == "bias") {
        return formula_tensor(name, sizes, last ? 0.125 : 0.25, 0);
    }
    if (sizes.size() >= 2) {
        const double fan_in = static_cast<double>(c10::multiply_integers(sizes.slice(1)));
        return formula_tensor(name, sizes, std::sqrt(6.0 / fan_in) / (last ? 8 : 1), 0);
    }
    // Where a residual branch may end: sums would grow with the depth.
    const double branch = module.ends_with(".bn2") || module.ends_with(".bn3") ? 0.25 : 1;
    return formula_tensor(name, sizes, 0.25 * branch, branch);
}

}  // namespace graft::model::test
