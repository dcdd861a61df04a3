// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "export/lowering.hpp"

#include <algorithm>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/jit/ir/constants.h>

#include "core/problem.hpp"
#include "model/trace.hpp"

namespace graft::exporting {
namespace {

using torch::jit::Node;
using torch::jit::Value;

LoweringFunction find_lowering(const std::string& operation) {
    for (const LoweringTable* table :
         {&layer_lowerings(), &arithmetic_lowerings(), &shape_lowerings(), &choice_lowerings()}) {
        const auto found = table->find(operation);
        if (found != table->end()) {
            return found->second.function;
        }
    }
    return nullptr;
}

}  // namespace

void Lowering::refuse(const std::string& why) const {
    const std::string call = model::call_of(*node_);
    throw core::Failure(
        core::Category::plugin,
        fmt::format("{}{} after {} cannot be written as ONNX: {}", node_->kind().toQualString(),
                    call.empty() ? "" : " in " + call + ",",
                    last_parameter_.empty() ? "the image" : "'" + last_parameter_ + "'", why),
        "export --to torchscript, which knows every operator, or compose this step from others "
        "(docs/export-operators.md lists them)");
}

void Lowering::bind(const Value* value, c10::IValue example, const std::string& name, bool varies) {
    slots_[value] = {std::move(example), varies, name, varies};
}

std::string Lowering::name_of(const Value* value) {
    Slot& slot = slots_.at(value);
    if (slot.written) {
        return slot.name;
    }
    if (!slot.value.isTensor()) {
        refuse("it reads something that is no tensor");
    }
    if (slot.name.empty()) {
        slot.name = fmt::format("constant.{}", names_++);
    }
    if (written_.emplace(slot.name, slot.name).second) {
        file_.add_initializer(slot.name, slot.value.toTensor());
    }
    slot.written = true;
    return slot.name;
}

const c10::IValue& Lowering::result_value() const {
    return slots_.at(node_->output()).value;
}

const c10::IValue& Lowering::constant(std::size_t index) const {
    if (slot(index).varies) {
        refuse(fmt::format("its argument {} depends on the image", index + 1));
    }
    return slot(index).value;
}

std::vector<std::int64_t> Lowering::integers(std::size_t index) const {
    const c10::IValue& value = constant(index);
    return value.isInt() ? std::vector<std::int64_t>{value.toInt()} : value.toIntVector();
}

std::int64_t Lowering::dimension(std::size_t index, std::int64_t dimensions) const {
    const std::int64_t given = integer(index);
    return given < 0 ? given + dimensions : given;
}

std::vector<std::string> Lowering::list(std::size_t index) {
    std::vector<std::string> names;
    for (const Value* element : node_->input(index)->node()->inputs()) {
        names.push_back(name_of(element));
    }
    return names;
}

std::string Lowering::transposed(std::size_t index) {
    const Node* maker = node_->input(index)->node();
    if (maker->kind() == c10::aten::t) {
        return name_of(maker->input());
    }
    const at::Tensor turned = example(index).t();
    return slot(index).varies
               ? add("Transpose", {input(index)}, turned, {{"perm", std::vector<std::int64_t>{1, 0}}})
               : tensor(turned);
}

std::string Lowering::operand(std::size_t index, at::ScalarType wanted) {
    const c10::IValue& value = slot(index).value;
    if (value.isTensor() && value.toTensor().scalar_type() == wanted) {
        return input(index);
    }
    if (value.isTensor() && slot(index).varies) {
        return add("Cast", {input(index)}, value.toTensor().to(wanted),
                   {{"to", OnnxFile::type_number(wanted)}});
    }
    return tensor(value.isTensor() ? value.toTensor().to(wanted)
                                   : at::scalar_tensor(value.toScalar(), wanted));
}

at::ScalarType Lowering::common_type(std::size_t left, std::size_t right) const {
    const c10::IValue& other = slot(right).value;
    return other.isTensor() ? at::result_type(example(left), other.toTensor())
                            : at::result_type(example(left), other.toScalar());
}

std::string Lowering::add(const std::string& operation, const std::vector<std::string>& inputs,
                          const at::Tensor& like, const Attributes& attributes) {
    const std::string name = fmt::format("{}.{}", operation, names_++);
    file_.add_node(operation, inputs, {name}, attributes);
    values_[name] = {like.scalar_type(), like.sizes().vec()};
    return name;
}

std::string Lowering::add_list(const std::string& operation, const std::vector<std::string>& inputs,
                               const std::vector<at::Tensor>& like, const Attributes& attributes) {
    const std::string name = fmt::format("{}.{}", operation, names_++);
    std::vector<std::string> outputs;
    for (std::size_t index = 0; index < like.size(); ++index) {
        outputs.push_back(fmt::format("{}.{}", name, index));
        values_[outputs.back()] = {like[index].scalar_type(), like[index].sizes().vec()};
    }
    file_.add_node(operation, inputs, outputs, attributes);
    return name;
}

void Lowering::yield_name(const std::string& name) {
    Slot& made = slots_.at(node_->output());
    made.name = name;
    made.written = true;
}

void Lowering::yield_names(const std::vector<std::string>& names) {
    for (std::size_t index = 0; index < names.size(); ++index) {
        Slot& made = slots_.at(node_->output(index));
        made.name = names[index];
        made.written = true;
    }
}

void Lowering::yield_constant() {
    Slot& made = slots_.at(node_->output());
    made.varies = false;
    made.written = false;
}

std::string Lowering::tensor(const at::Tensor& tensor) {
    const std::string name = fmt::format("constant.{}", names_++);
    file_.add_initializer(name, tensor);
    return name;
}

std::string Lowering::integers_tensor(const std::vector<std::int64_t>& numbers) {
    return tensor(at::tensor(numbers, at::kLong));
}

std::string Lowering::number_tensor(double number) {
    return number_tensor(number, result().scalar_type());
}

std::string Lowering::number_tensor(double number, at::ScalarType type) {
    return tensor(at::scalar_tensor(number, type));
}

bool Lowering::depends(const Node& node) const {
    return std::any_of(node.inputs().begin(), node.inputs().end(),
                       [&](const Value* value) { return slots_.at(value).varies; });
}

/// Lists, tuples and what takes them apart are the interpreter's own instructions, not operators.
void Lowering::collect(const Node& node) {
    if (node.kind() == c10::prim::ListConstruct) {
        c10::impl::GenericList list(node.output()->type()->expectRef<c10::ListType>().getElementType());
        for (const Value* value : node.inputs()) {
            list.push_back(slots_.at(value).value);
        }
        bind(node.output(), list, "", depends(node));
        return;
    }
    const c10::List<at::Tensor> list = slots_.at(node.input()).value.toTensorList();
    for (std::size_t index = 0; index < node.outputs().size(); ++index) {
        bind(node.output(index), list.get(index), fmt::format("{}.{}", slots_.at(node.input()).name, index),
             depends(node));
    }
}

void Lowering::execute(const Node& node) {
    torch::jit::Stack stack;
    for (const Value* value : node.inputs()) {
        stack.push_back(slots_.at(value).value);
    }
    node.getOperation()(stack);
    for (std::size_t index = 0; index < node.outputs().size(); ++index) {
        bind(node.output(index), stack.at(index), "", depends(node));
    }
}

void Lowering::visit(const Node& node) {
    node_ = &node;
    if (node.kind() == c10::prim::Constant) {
        bind(node.output(), *torch::jit::toIValue(node.output()), "", false);
    } else if (node.kind() == c10::prim::GetAttr) {
        const Slot& owner = slots_.at(node.input());
        const std::string& attribute = node.s(c10::attr::name);
        const std::string path = owner.name.empty() ? attribute : owner.name + "." + attribute;
        const c10::IValue value = owner.value.toObject()->getAttr(attribute);
        if (value.isTensor()) {
            last_parameter_ = path;
        }
        bind(node.output(), value, path, false);
    } else if (node.kind() == c10::prim::ListConstruct || node.kind() == c10::prim::ListUnpack) {
        collect(node);
    } else if (!depends(node)) {
        execute(node);
    } else {
        const LoweringFunction lowering = find_lowering(node.kind().toQualString());
        if (lowering == nullptr) {
            refuse("graft has no rule for this operator");
        }
        execute(node);
        lowering(*this);
    }
}

void Lowering::run(const torch::jit::Block& block) {
    for (const Node* node : block.nodes()) {
        visit(*node);
    }
}

}  // namespace graft::exporting
