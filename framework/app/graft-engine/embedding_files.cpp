// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// How an embedding lies on the disk.
#include <filesystem>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "embedding.hpp"
#include "model/tensors.hpp"
#include "target/kind.hpp"

namespace graft::engine {
namespace {

namespace fs = std::filesystem;
using core::Json;

bool has_schema(const NamedArray& array) {
    return !array.schema.name.empty();
}

/// What targets and predictions are, by the arrays' names.
Json schemas_of(const std::vector<NamedArray>& arrays) {
    Json schemas = Json::object();
    for (const NamedArray& array : arrays) {
        if (has_schema(array)) {
            schemas[array.name] = {{"kind", target::kind_name(array.schema.kind)},
                                   {"classes", array.schema.classes},
                                   {"unit", array.schema.unit}};
        }
    }
    return schemas;
}

/// NumPy's name of a type, little endian.
const char* numpy_type(at::ScalarType type) {
    switch (type) {
        case at::kFloat:
            return "<f4";
        case at::kDouble:
            return "<f8";
        case at::kLong:
            return "<i8";
        case at::kByte:
            return "|u1";
        case at::kBool:
            return "|b1";
        default:
            break;
    }
    throw core::Failure(core::Category::internal,
                        fmt::format("no array of {} is written", at::toString(type)));
}

/// Version 1.0 of NumPy's format (numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
std::string npy_of(const at::Tensor& array) {
    std::string shape;
    for (const std::int64_t side : array.sizes()) {
        shape += fmt::format("{},", side);
    }
    std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                     numpy_type(array.scalar_type()), shape);
    constexpr std::size_t before = 10;  // magic, version, length of the header
    constexpr std::size_t alignment = 64;
    header.append(alignment - (before + header.size() + 1) % alignment, ' ');
    header += '\n';
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(header.size() & 0xFF);
    bytes += static_cast<char>(header.size() >> 8);
    bytes += header;
    return bytes.append(static_cast<const char*>(array.const_data_ptr()), array.nbytes());
}

std::string class_name(const TargetSchema& schema, std::int64_t index) {
    const auto place = static_cast<std::size_t>(index);
    return place < schema.classes.size() ? schema.classes[place] : std::to_string(index);
}

using CsvColumn = std::vector<std::string>;  ///< its name, then a cell a sample

/// Classes by their names, probabilities beside those that were predicted, numbers as they are; nothing of
/// what is more than that a sample.
std::vector<CsvColumn> csv_columns(const NamedArray& array, const at::Tensor& present) {
    const at::Tensor& values = array.values;
    const bool is_class = array.schema.kind == TargetKind::category;
    const bool is_predicted_class = is_class && values.dim() == 2;
    if (!has_schema(array) || !(values.dim() == 1 || is_predicted_class) ||
        !(is_class || array.schema.kind == TargetKind::scalar)) {
        return {};
    }
    std::vector<CsvColumn> columns{{array.name}};
    if (is_predicted_class) {
        columns.push_back({array.name + ".probability"});
    }
    for (std::int64_t sample = 0; sample < values.size(0); ++sample) {
        const at::Tensor value = values[sample];
        if (present.defined() && !present[sample].item<bool>()) {
            columns[0].emplace_back();
        } else if (is_predicted_class) {
            columns[0].push_back(class_name(array.schema, value.argmax().item<std::int64_t>()));
            columns[1].push_back(fmt::format("{}", value.max().item<float>()));
        } else if (is_class) {
            columns[0].push_back(class_name(array.schema, value.item<std::int64_t>()));
        } else {
            columns[0].push_back(fmt::format("{}", value.item<float>()));
        }
    }
    return columns;
}

at::Tensor presence_of(const std::vector<NamedArray>& arrays, const NamedArray& array) {
    const std::string prefix = "targets.";
    for (const NamedArray& other : arrays) {
        if (array.name.starts_with(prefix) && other.name == "present." + array.name.substr(prefix.size())) {
            return other.values;
        }
    }
    return {};
}

std::string csv_of(const Embedding& embedding, const std::vector<NamedArray>& arrays) {
    std::vector<CsvColumn> columns{{"id"}, {"split"}};
    for (std::size_t sample = 0; sample < embedding.ids().size(); ++sample) {
        columns[0].push_back(embedding.ids()[sample]);
        columns[1].push_back(embedding.splits()[sample]);
    }
    for (const NamedArray& array : arrays) {
        for (CsvColumn& column : csv_columns(array, presence_of(arrays, array))) {
            columns.push_back(std::move(column));
        }
    }
    std::string text;
    for (std::size_t row = 0; row <= embedding.ids().size(); ++row) {
        std::vector<std::string> cells;
        cells.reserve(columns.size());
        for (const CsvColumn& column : columns) {
            cells.push_back(column[row]);
        }
        text += core::csv_row(cells);
    }
    return text;
}

}  // namespace

void write_safetensors(const std::string& file, const Embedding& embedding,
                       const std::vector<NamedArray>& arrays) {
    std::vector<std::pair<std::string, at::Tensor>> tensors;
    tensors.reserve(arrays.size());
    for (const NamedArray& array : arrays) {
        tensors.emplace_back(array.name, array.values);
    }
    if (const fs::path folder = fs::path(file).parent_path(); !folder.empty()) {
        core::make_folder(folder);
    }
    core::write_atomically(
        file, model::to_safetensors(tensors, {{"ids", core::json_text(Json(embedding.ids()))},
                                              {"splits", core::json_text(Json(embedding.splits()))},
                                              {"schema", core::json_text(schemas_of(arrays))}}));
}

std::vector<std::string> write_folder(const std::string& folder, const Embedding& embedding,
                                      const std::vector<NamedArray>& arrays) {
    core::make_folder(folder);
    std::vector<std::string> files;
    const auto write = [&](const std::string& name, const std::string& bytes) {
        files.push_back((fs::path(folder) / name).string());
        core::write_atomically(files.back(), bytes);
    };
    for (const NamedArray& array : arrays) {
        write(array.name + ".npy", npy_of(array.values));
    }
    write("schema.json", core::json_text(schemas_of(arrays), 2) + "\n");
    write("samples.csv", csv_of(embedding, arrays));
    return files;
}

}  // namespace graft::engine
