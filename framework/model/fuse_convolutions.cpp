// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/fuse_convolutions.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>

#include "model/winograd.hpp"

namespace graft::model {
namespace {

using c10::Symbol;
using torch::jit::constant_as;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
using Shape = std::vector<std::int64_t>;

/// A convolution and what is done to its result: becomes one node.
struct Chain {
    std::vector<Node*> nodes;
    Value* summand = nullptr;          ///< added to the result
    std::string activation = "none";   ///< then applied, in oneDNN's words
    std::vector<Value*> numbers = {};  ///< of the activation
    Value* approximation = nullptr;    ///< the same
};

std::optional<Shape> shape_of(const Value* value) {
    const auto type = value->type()->cast<c10::TensorType>();
    return type ? type->sizes().concrete_sizes() : std::nullopt;
}

bool is_number(const Value* value) {
    return value->type()->isSubtypeOf(*c10::NumberType::get());
}

/// The one node that reads a value; null where several do, or where the graph returns it.
Node* only_reader(const Value* value) {
    const auto& uses = value->uses();
    return uses.size() == 1 && uses.front().user->kind() != c10::prim::Return ? uses.front().user : nullptr;
}

bool is_convolution(const Node* node) {
    if (node->kind() != c10::aten::_convolution && node->kind() != c10::aten::conv2d) {
        return false;
    }
    const auto weight = constant_as<at::Tensor>(node->namedInput("weight"));
    const bool is_plain = node->kind() == c10::aten::conv2d ||
                          constant_as<bool>(node->namedInput("transposed")) == std::optional(false);
    return is_plain && weight && weight->dim() == 4 &&
           (weight->scalar_type() == at::kFloat || weight->scalar_type() == at::kBFloat16) &&
           weight->device().is_cpu() && shape_of(node->input(0)) &&
           torch::jit::toIValue(node->namedInput("padding")).value_or(c10::IValue()).isIntList();
}

/// The other summand of an addition without broadcasting; null: the node is none.
Value* other_summand(const Node* node, const Value* summand) {
    if (node->kind() != c10::aten::add ||
        constant_as<at::Scalar>(node->input(2)).value_or(0).toDouble() != 1) {
        return nullptr;
    }
    Value* other = node->input(node->input(0) == summand ? 1 : 0);
    const auto shape = shape_of(other);
    return shape && shape == shape_of(summand) ? other : nullptr;
}

/// Puts an activation into the chain; says whether the node is one.
bool take_activation(Node& node, Chain& chain) {
    static const std::map<Symbol, std::string> names = {{c10::aten::relu, "relu"},
                                                        {c10::aten::hardtanh, "hardtanh"},
                                                        {c10::aten::clamp, "hardtanh"},
                                                        {c10::aten::hardswish, "hardswish"},
                                                        {c10::aten::silu, "swish"},
                                                        {c10::aten::sigmoid, "sigmoid"},
                                                        {c10::aten::tanh, "tanh"},
                                                        {c10::aten::gelu, "gelu"},
                                                        {c10::aten::leaky_relu, "leaky_relu"}};
    const auto found = names.find(node.kind());
    if (found == names.end() || (chain.summand != nullptr && found->second != "relu")) {
        return false;
    }
    const std::vector<Value*> parameters = node.inputs().slice(1).vec();
    if (found->second == "gelu") {
        chain.approximation = parameters.front();
    } else if (std::all_of(parameters.begin(), parameters.end(), is_number)) {
        chain.numbers = parameters;
    } else {
        return false;  // a bound that is none
    }
    chain.activation = found->second;
    return true;
}

Chain chain_from(Node* convolution) {
    Chain chain{{convolution}};
    Node* next = only_reader(convolution->output());
    if (next != nullptr && (chain.summand = other_summand(next, convolution->output())) != nullptr) {
        chain.nodes.push_back(next);
        next = only_reader(next->output());
    }
    if (next != nullptr && take_activation(*next, chain)) {
        chain.nodes.push_back(next);
    }
    return chain;
}

at::Tensor weight_of(const Node& convolution) {
    return *constant_as<at::Tensor>(convolution.namedInput("weight"));
}

ConvolutionShape convolution_shape(const Node& convolution) {
    const auto numbers = [&](const char* name) {
        return constant_as<c10::List<std::int64_t>>(convolution.namedInput(name))->vec();
    };
    return {*shape_of(convolution.input(0)), numbers("padding"), numbers("stride"), numbers("dilation"),
            *constant_as<std::int64_t>(convolution.namedInput("groups"))};
}

/// The weight in the order that oneDNN reads fastest at the shape that was traced.
at::Tensor laid_out(const Node& convolution) {
    const ConvolutionShape shape = convolution_shape(convolution);
    return at::mkldnn_reorder_conv2d_weight(weight_of(convolution).to_mkldnn(), shape.padding, shape.stride,
                                            shape.dilation, shape.groups, shape.input);
}

/// Graph::insertConstant knows no tensors in oneDNN's own order.
Value* opaque_constant(Graph& graph, const at::Tensor& tensor) {
    Node* node = graph.insertNode(graph.create(c10::prim::Constant));
    node->t_(c10::attr::value, tensor)->output()->setType(c10::TensorType::get());
    return node->output();
}

/// oneDNN's convolution with what comes behind it, by the name of LibTorch's operator.
Symbol pointwise(const char* in_place = "") {
    return Symbol::fromQualString(std::string("mkldnn::_convolution_pointwise") + in_place);
}

/// oneDNN's operator for a chain.
Node* pointwise_node(Graph& graph, const Chain& chain) {
    const Node& convolution = *chain.nodes.front();
    const auto constant = [&](const c10::IValue& value) { return graph.insertConstant(value); };
    Value* numbers =
        graph.insertNode(graph.createList(c10::OptionalType::create(c10::NumberType::get()), chain.numbers))
            ->output();
    const std::vector<Value*> geometry{convolution.namedInput("padding"), convolution.namedInput("stride"),
                                       convolution.namedInput("dilation"), convolution.namedInput("groups")};
    std::vector<Value*> inputs{convolution.input(0)};
    const auto add = [&](const std::vector<Value*>& more) {
        inputs.insert(inputs.end(), more.begin(), more.end());
    };
    if (chain.summand != nullptr) {
        add({chain.summand});
    }
    add({opaque_constant(graph, laid_out(convolution)), convolution.namedInput("bias")});
    add(geometry);
    if (chain.summand != nullptr) {
        const bool has_activation = chain.activation != "none";
        add({constant("add"), constant(1.0),
             constant(has_activation ? c10::IValue(chain.activation) : c10::IValue())});
    } else {
        add({constant(chain.activation)});
    }
    add({numbers, chain.approximation != nullptr ? chain.approximation : constant("")});
    return graph.insertNode(graph.create(pointwise(), inputs));
}

bool is_for_winograd(const Chain& chain) {
    return (chain.activation == "none" || chain.activation == "relu") &&
           winograd_pays(weight_of(*chain.nodes.front()), convolution_shape(*chain.nodes.front()));
}

/// Our own operator for a chain.
Node* winograd_node(Graph& graph, const Chain& chain) {
    const Node& convolution = *chain.nodes.front();
    add_winograd_operators();
    return graph.insertNode(graph.create(
        Symbol::fromQualString(winograd_operator),
        {convolution.input(0), chain.summand != nullptr ? chain.summand : graph.insertConstant(c10::IValue()),
         graph.insertConstant(winograd_weight(weight_of(convolution))), convolution.namedInput("bias"),
         graph.insertConstant(chain.activation == "relu")}));
}

void replace(Graph& graph, const Chain& chain) {
    const torch::jit::WithInsertPoint here(chain.nodes.back());
    Node* fused = is_for_winograd(chain) ? winograd_node(graph, chain) : pointwise_node(graph, chain);
    fused->output()->setType(chain.nodes.back()->output()->type());
    chain.nodes.back()->output()->replaceAllUsesWith(fused->output());
    std::for_each(chain.nodes.rbegin(), chain.nodes.rend(), [](Node* node) { node->destroy(); });
}

/// The operators that this file makes, each with the one that writes over its summand. Both name the summand
/// second, and first in place.
const std::map<Symbol, Symbol>& operators_in_place() {
    static const std::map<Symbol, Symbol> operators{
        {pointwise(), pointwise("_")},
        {Symbol::fromQualString(winograd_operator), Symbol::fromQualString(winograd_operator_in_place)}};
    return operators;
}

bool is_fused(const Node* node) {
    const auto& operators = operators_in_place();
    return std::any_of(operators.begin(), operators.end(), [&](const auto& pair) {
        return node->kind() == pair.first || node->kind() == pair.second;
    });
}

/// A sum may be written over its summand where that is what another convolution made, and only convolutions
/// before this one read it (others may have made a view of it).
bool may_overwrite_summand(const Node* sum) {
    const Value* summand = sum->input(1);
    return is_fused(summand->node()) &&
           std::all_of(summand->uses().begin(), summand->uses().end(), [&](const torch::jit::Use& use) {
               return use.user == sum ? use.offset == 1 : is_fused(use.user) && use.user->isBefore(sum);
           });
}

void reuse_memory(Graph& graph) {
    for (auto place = graph.nodes().begin(); place != graph.nodes().end();) {
        Node* node = *place++;
        const auto in_place_of = operators_in_place().find(node->kind());
        if (in_place_of != operators_in_place().end() && may_overwrite_summand(node)) {
            std::vector<Value*> inputs = node->inputs().vec();
            std::swap(inputs[0], inputs[1]);
            Node* in_place = graph.create(in_place_of->second, inputs)->insertBefore(node);
            in_place->output()->setType(node->output()->type());
            node->output()->replaceAllUsesWith(in_place->output());
            node->destroy();
        }
    }
}

}  // namespace

void fuse_convolutions(Graph& graph) {
    for (auto place = graph.nodes().begin(); place != graph.nodes().end();) {
        Node* node = *place;
        ++place;
        if (is_convolution(node)) {
            const Chain chain = chain_from(node);
            while (place != graph.nodes().end() &&
                   std::find(chain.nodes.begin(), chain.nodes.end(), *place) != chain.nodes.end()) {
                ++place;  // about to be destroyed
            }
            replace(graph, chain);
        }
    }
    reuse_memory(graph);
}

}  // namespace graft::model
