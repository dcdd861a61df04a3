// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The closed formula of tools/goldens/resnet18_logits.py: any language gets the same numbers from a name.
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

/// A parameter or buffer by its name in a ResNet.
inline at::Tensor formula_values(const std::string& name, at::IntArrayRef sizes) {
    const std::string role = name.substr(name.rfind('.') + 1);
    if (role == "running_var") {
        return formula_tensor(name, sizes, 0.5, 1);
    }
    if (role == "running_mean") {
        return formula_tensor(name, sizes, 0.25, 0);
    }
    if (role == "bias") {
        return formula_tensor(name, sizes, name == "fc.bias" ? 0.125 : 0.25, 0);
    }
    if (sizes.size() >= 2) {
        const double fan_in = static_cast<double>(c10::multiply_integers(sizes.slice(1)));
        return formula_tensor(name, sizes, std::sqrt(6.0 / fan_in) / (name == "fc.weight" ? 8 : 1), 0);
    }
    return formula_tensor(name, sizes, 0.25, 1);
}

}  // namespace graft::model::test
