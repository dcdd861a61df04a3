// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>
#include <vector>

#include "weights/weight_file.hpp"

namespace graft::weights {

struct SafetensorsEntry {
    std::string name;
    DataType type = DataType::float32;
    std::vector<std::int64_t> shape;
};

/// What stands in a safetensors file before the data, which follows without gaps in the order of the entries.
std::string safetensors_header(const std::vector<SafetensorsEntry>& entries,
                               const std::map<std::string, std::string>& metadata = {});

}  // namespace graft::weights
