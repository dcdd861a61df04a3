// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// ONNX files, written without a library or generated code: they are protocol buffers of a dozen message
// types whose field numbers never change (github.com/onnx/onnx, onnx.proto).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/protocol_buffer.hpp"

namespace graft::exporting {

using Attribute = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>>;
using Attributes = std::vector<std::pair<std::string, Attribute>>;

/// A graph that grows node by node; names are given by the caller, each once.
class OnnxFile {
public:
    static constexpr std::int64_t opset = 17;

    void add_node(const std::string& operation, const std::vector<std::string>& inputs,
                  const std::vector<std::string>& outputs, const Attributes& attributes);
    /// float, double, half, bfloat16, integers and bool; any layout in memory. Throws Failure(plugin) for a
    /// type that ONNX lacks.
    void add_initializer(const std::string& name, const at::Tensor& tensor);
    /// Float tensors whose first dimension is the free batch dimension `N`.
    void add_input(const std::string& name, const std::vector<std::int64_t>& shape_without_batch);
    void add_output(const std::string& name, const std::vector<std::int64_t>& shape_without_batch);
    /// What flows between nodes, so that readers need not infer it. A negative side is so many times the
    /// batch. Throws Failure(plugin) for a type that ONNX lacks.
    void add_value(const std::string& name, at::ScalarType type, const std::vector<std::int64_t>& shape);

    /// The file's bytes. Throws Failure(data) beyond the 2 GB that protocol buffers allow.
    std::string bytes(const std::map<std::string, std::string>& metadata) const;

    /// ONNX's number of the type (TensorProto.DataType). Throws Failure(plugin) for a type that ONNX lacks.
    static std::int64_t type_number(at::ScalarType type);

private:
    core::ProtocolBuffer graph_;
};

}  // namespace graft::exporting
