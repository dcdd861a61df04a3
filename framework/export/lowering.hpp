// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// From LibTorch's operators to ONNX's. An operator's lowering is a small function in one of the tables
// `lowerings_*.cpp`; to add one, write it and give it a line there.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ATen/core/ivalue.h>
#include <torch/csrc/jit/ir/ir.h>

#include "export/onnx_file.hpp"

namespace graft::exporting {

/// Walks a traced, inlined graph. Every node is executed on an example, so that shapes are known and all that
/// does not depend on the image is a constant; the others are lowered to ONNX nodes.
class Lowering {
public:
    /// Type and shape by name.
    using Values = std::map<std::string, std::pair<at::ScalarType, std::vector<std::int64_t>>>;

    explicit Lowering(OnnxFile& file) : file_(file) {}

    void bind(const torch::jit::Value* value, c10::IValue example, const std::string& name, bool varies);
    /// Throws Failure(plugin) at an operator without a lowering: its name, where it stands, what to do.
    void run(const torch::jit::Block& block);
    /// The ONNX name of a value of the graph: what follows is for lowerings.
    std::string name_of(const torch::jit::Value* value);

    std::string input(std::size_t index) { return name_of(node_->input(index)); }
    const at::Tensor& example(std::size_t index) const { return slot(index).value.toTensor(); }
    const c10::IValue& result_value() const;
    const at::Tensor& result() const { return result_value().toTensor(); }
    std::size_t inputs() const { return node_->inputs().size(); }
    bool is_tensor(std::size_t index) const { return slot(index).value.isTensor(); }
    bool is_none(std::size_t index) const { return slot(index).value.isNone(); }
    /// A value that does not depend on the image; throws Failure(plugin) where it does.
    const c10::IValue& constant(std::size_t index) const;
    std::vector<std::int64_t> integers(std::size_t index) const;  ///< a list, or one number
    std::int64_t integer(std::size_t index) const { return constant(index).toInt(); }
    double number(std::size_t index) const { return constant(index).toScalar().toDouble(); }
    /// A dimension counted from the front, of a tensor of this many dimensions.
    std::int64_t dimension(std::size_t index, std::int64_t dimensions) const;
    /// The names of a list of tensors.
    std::vector<std::string> list(std::size_t index);
    /// The transpose of a matrix; of a transposed parameter that is the parameter itself, by its name.
    std::string transposed(std::size_t index);
    /// A tensor or number as an operand in the result's type, or in another one.
    std::string operand(std::size_t index) { return operand(index, result().scalar_type()); }
    std::string operand(std::size_t index, at::ScalarType wanted);
    /// An operator's results, where there are several.
    const at::Tensor& result_of(std::size_t output) const {
        return slots_.at(node_->output(output)).value.toTensor();
    }
    std::size_t outputs() const { return node_->outputs().size(); }
    /// The type in which LibTorch compares two arguments.
    at::ScalarType common_type(std::size_t left, std::size_t right) const;

    /// Adds a node with one new output, a tensor `like` that one in type and shape, and returns its name.
    std::string add(const std::string& operation, const std::vector<std::string>& inputs,
                    const at::Tensor& like, const Attributes& attributes = {});
    /// The same with many outputs, NAME.0, NAME.1, ...: the elements of a list.
    std::string add_list(const std::string& operation, const std::vector<std::string>& inputs,
                         const std::vector<at::Tensor>& like, const Attributes& attributes = {});
    /// The node that makes the operator's result.
    void yield(const std::string& operation, const std::vector<std::string>& inputs,
               const Attributes& attributes = {}) {
        yield_name(add(operation, inputs, result(), attributes));
    }
    void yield_name(const std::string& name);
    /// The same for an operator of several results.
    void yield_names(const std::vector<std::string>& names);
    void yield_constant();  ///< the result does not depend on the image after all
    std::string tensor(const at::Tensor& tensor);
    std::string integers_tensor(const std::vector<std::int64_t>& numbers);
    std::string number_tensor(double number);  ///< in the result's type
    std::string number_tensor(double number, at::ScalarType type);

    [[noreturn]] void refuse(const std::string& why) const;

    /// What the outputs of all nodes are for this example.
    const Values& values() const { return values_; }

private:
    struct Slot {
        c10::IValue value;
        bool varies = false;
        std::string name;  ///< a constant's is given when it is first used, but for parameters
        bool written = false;
    };

    const Slot& slot(std::size_t index) const { return slots_.at(node_->input(index)); }
    void visit(const torch::jit::Node& node);
    void collect(const torch::jit::Node& node);
    void execute(const torch::jit::Node& node);
    bool depends(const torch::jit::Node& node) const;

    OnnxFile& file_;
    const torch::jit::Node* node_ = nullptr;
    std::unordered_map<const torch::jit::Value*, Slot> slots_;
    std::map<std::string, std::string> written_;  ///< initializers by the parameter's path
    Values values_;
    std::string last_parameter_;
    std::int64_t names_ = 0;
};

using LoweringFunction = void (*)(Lowering&);

/// What is known of an operator. The tables of rules become docs/export-operators.md.
struct LoweringRule {
    LoweringFunction function;
    const char* limits = "";    ///< what of the operator is known; empty: all of it
    bool is_for_opencv = true;  ///< false: OpenCV 4.6 does not read what it becomes; ONNX Runtime does
};

using LoweringTable = std::map<std::string, LoweringRule>;

const LoweringTable& layer_lowerings();       ///< convolutions, pooling, normalisation, linear maps
const LoweringTable& arithmetic_lowerings();  ///< element by element, reductions
const LoweringTable& shape_lowerings();       ///< what moves numbers without changing them
const LoweringTable& choice_lowerings();      ///< comparisons, and what chooses by them or by size

}  // namespace graft::exporting
