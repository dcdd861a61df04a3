// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "export/onnx_file.hpp"

#include <limits>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/problem.hpp"

namespace graft::exporting {
namespace {

using core::ProtocolBuffer;

// The numbers of onnx.proto; `field` holds those of the fields that are used.
namespace field {
constexpr int model_ir_version = 1;
constexpr int model_producer = 2;
constexpr int model_graph = 7;
constexpr int model_opset = 8;
constexpr int model_metadata = 14;
constexpr int opset_version = 2;
constexpr int entry_key = 1;
constexpr int entry_value = 2;
constexpr int graph_node = 1;
constexpr int graph_name = 2;
constexpr int graph_initializer = 5;
constexpr int graph_input = 11;
constexpr int graph_output = 12;
constexpr int graph_value = 13;
constexpr int node_input = 1;
constexpr int node_output = 2;
constexpr int node_name = 3;
constexpr int node_operation = 4;
constexpr int node_attribute = 5;
constexpr int attribute_name = 1;
constexpr int attribute_float = 2;
constexpr int attribute_integer = 3;
constexpr int attribute_text = 4;
constexpr int attribute_integers = 8;
constexpr int attribute_type = 20;
constexpr int tensor_side = 1;
constexpr int tensor_type = 2;
constexpr int tensor_name = 8;
constexpr int tensor_raw = 9;
constexpr int value_name = 1;
constexpr int value_type = 2;
constexpr int type_tensor = 1;
constexpr int type_element = 1;
constexpr int type_shape = 2;
constexpr int shape_side = 1;
constexpr int side_value = 1;
constexpr int side_name = 2;
}  // namespace field

constexpr std::int64_t ir_version = 8;  // the one of opset 17

ProtocolBuffer attribute_message(const std::string& name, const Attribute& attribute) {
    ProtocolBuffer message;
    message.add_bytes(field::attribute_name, name);
    if (const auto* integer = std::get_if<std::int64_t>(&attribute)) {
        message.add_integer(field::attribute_integer, *integer);
        message.add_integer(field::attribute_type, 2);
    } else if (const auto* real = std::get_if<float>(&attribute)) {
        message.add_float(field::attribute_float, *real);
        message.add_integer(field::attribute_type, 1);
    } else if (const auto* text = std::get_if<std::string>(&attribute)) {
        message.add_bytes(field::attribute_text, *text);
        message.add_integer(field::attribute_type, 3);
    } else {
        for (const std::int64_t number : std::get<std::vector<std::int64_t>>(attribute)) {
            message.add_integer(field::attribute_integers, number);
        }
        message.add_integer(field::attribute_type, 7);
    }
    return message;
}

ProtocolBuffer side_message(std::int64_t side) {
    ProtocolBuffer message;
    if (side < 0) {
        message.add_bytes(field::side_name, side == -1 ? "N" : fmt::format("{}N", -side));
    } else {
        message.add_integer(field::side_value, side);
    }
    return message;
}

ProtocolBuffer value_message(const std::string& name, at::ScalarType type_of_element,
                             const std::vector<std::int64_t>& shape) {
    ProtocolBuffer sides;
    for (const std::int64_t side : shape) {
        sides.add_message(field::shape_side, side_message(side));
    }
    ProtocolBuffer tensor;
    tensor.add_integer(field::type_element, OnnxFile::type_number(type_of_element));
    tensor.add_message(field::type_shape, sides);
    ProtocolBuffer type;
    type.add_message(field::type_tensor, tensor);
    ProtocolBuffer value;
    value.add_bytes(field::value_name, name);
    value.add_message(field::value_type, type);
    return value;
}

ProtocolBuffer batch_message(const std::string& name, std::vector<std::int64_t> shape) {
    shape.insert(shape.begin(), -1);
    return value_message(name, at::kFloat, shape);
}

}  // namespace

std::int64_t OnnxFile::type_number(at::ScalarType type) {
    static const std::map<at::ScalarType, std::int64_t> numbers = {
        {at::kFloat, 1}, {at::kByte, 2}, {at::kChar, 3},  {at::kShort, 5},   {at::kInt, 6},
        {at::kLong, 7},  {at::kBool, 9}, {at::kHalf, 10}, {at::kDouble, 11}, {at::kBFloat16, 16}};
    const auto number = numbers.find(type);
    if (number == numbers.end()) {
        throw core::Failure(core::Category::plugin,
                            fmt::format("a tensor of type {} has no ONNX type", at::toString(type)));
    }
    return number->second;
}

void OnnxFile::add_node(const std::string& operation, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs, const Attributes& attributes) {
    ProtocolBuffer node;
    for (const std::string& input : inputs) {
        node.add_bytes(field::node_input, input);
    }
    for (const std::string& output : outputs) {
        node.add_bytes(field::node_output, output);
    }
    node.add_bytes(field::node_name, operation + ":" + outputs.front());
    node.add_bytes(field::node_operation, operation);
    for (const auto& [name, attribute] : attributes) {
        node.add_message(field::node_attribute, attribute_message(name, attribute));
    }
    graph_.add_message(field::graph_node, node);
}

void OnnxFile::add_initializer(const std::string& name, const at::Tensor& tensor) {
    const at::Tensor plain = tensor.detach().cpu().contiguous();
    ProtocolBuffer message;
    for (const std::int64_t side : plain.sizes()) {
        message.add_integer(field::tensor_side, side);
    }
    message.add_integer(field::tensor_type, type_number(plain.scalar_type()));
    message.add_bytes(field::tensor_name, name);
    message.add_bytes(field::tensor_raw, {static_cast<const char*>(plain.const_data_ptr()), plain.nbytes()});
    graph_.add_message(field::graph_initializer, message);
}

void OnnxFile::add_input(const std::string& name, const std::vector<std::int64_t>& shape_without_batch) {
    graph_.add_message(field::graph_input, batch_message(name, shape_without_batch));
}

void OnnxFile::add_output(const std::string& name, const std::vector<std::int64_t>& shape_without_batch) {
    graph_.add_message(field::graph_output, batch_message(name, shape_without_batch));
}

void OnnxFile::add_value(const std::string& name, at::ScalarType type,
                         const std::vector<std::int64_t>& shape) {
    graph_.add_message(field::graph_value, value_message(name, type, shape));
}

std::string OnnxFile::bytes(const std::map<std::string, std::string>& metadata) const {
    ProtocolBuffer graph = graph_;
    graph.add_bytes(field::graph_name, "graft");
    ProtocolBuffer version;
    version.add_integer(field::opset_version, opset);
    ProtocolBuffer model;
    model.add_integer(field::model_ir_version, ir_version);
    model.add_bytes(field::model_producer, "graft");
    model.add_message(field::model_graph, graph);
    model.add_message(field::model_opset, version);
    for (const auto& [key, value] : metadata) {
        ProtocolBuffer entry;
        entry.add_bytes(field::entry_key, key);
        entry.add_bytes(field::entry_value, value);
        model.add_message(field::model_metadata, entry);
    }
    if (model.bytes().size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
        throw core::Failure(core::Category::data, "the model does not fit into an ONNX file of 2 GB",
                            "export it --to torchscript or safetensors");
    }
    return model.bytes();
}

}  // namespace graft::exporting
