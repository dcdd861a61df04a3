// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/trace.hpp"

#include <map>
#include <memory>
#include <set>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include "core/problem.hpp"
#include "model/value_reads.hpp"
#include "plugin/call.hpp"

namespace graft::model {
namespace {

using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::Node;

/// Python's words and what a module has already: an attribute of such a name could be written and not read.
std::string attribute_name(const std::string& name) {
    static const std::set<std::string> taken = {
        "and",    "as",   "assert", "async",   "await",    "break",   "class", "continue", "def",   "del",
        "elif",   "else", "except", "finally", "for",      "forward", "from",  "global",   "if",    "import",
        "in",     "is",   "lambda", "None",    "nonlocal", "not",     "or",    "pass",     "print", "raise",
        "return", "self", "True",   "False",   "training", "try",     "while", "with",     "yield"};
    return taken.contains(name) ? name + "_" : name;
}

/// A module tree of TorchScript that holds the model's own tensors under their paths.
class Mirror {
public:
    Mirror() : unit_(std::make_shared<torch::jit::CompilationUnit>()), root_(made()) {}

    void add(const NamedTensor& named) {
        const auto dot = named.path.rfind('.');
        Module owner = dot == std::string::npos ? root_ : module_at(named.path.substr(0, dot));
        const std::string name = attribute_name(named.path.substr(dot == std::string::npos ? 0 : dot + 1));
        if (named.is_buffer) {
            owner.register_buffer(name, named.tensor);
        } else {
            owner.register_parameter(name, named.tensor, false);
        }
    }

    Module root() const { return root_; }

private:
    /// Every module says whether it trains: eval() and train() of those who load it set that.
    Module made() {
        Module module(c10::QualifiedName("graft.Part"), unit_, true);
        module.register_attribute("training", c10::BoolType::get(), false);
        return module;
    }

    Module module_at(const std::string& path) {
        const auto known = modules_.find(path);
        if (known != modules_.end()) {
            return known->second;
        }
        const auto dot = path.rfind('.');
        Module owner = dot == std::string::npos ? root_ : module_at(path.substr(0, dot));
        Module child = made();
        owner.register_module(attribute_name(path.substr(dot == std::string::npos ? 0 : dot + 1)), child);
        return modules_.emplace(path, child).first->second;
    }

    std::shared_ptr<torch::jit::CompilationUnit> unit_;
    Module root_;
    std::map<std::string, Module> modules_;
};

void add_forward(Module& module, const TraceRequest& request) {
    const auto traced = torch::jit::tracer::trace(
        {request.input},
        [&](torch::jit::Stack stack) -> torch::jit::Stack {
            const std::vector<at::Tensor> outputs = request.function(stack.front().toTensor());
            if (outputs.size() == 1) {
                return {outputs.front()};
            }
            return {c10::ivalue::Tuple::create({outputs.begin(), outputs.end()})};
        },
        [](const at::Tensor&) { return std::string(); }, /*strict=*/false, /*force_outplace=*/true, &module,
        {request.input_name});
    auto* forward = module._ivalue()->compilation_unit()->create_function(
        c10::QualifiedName(*module.type()->name(), "forward"), traced.first->graph);
    module.type()->addMethod(forward);
}

/// A copy whose tensors are plain, as other programs expect them: contiguous, without gradients.
Module settled(const Module& module) {
    const at::NoGradGuard no_gradients;
    Module copy = module.deepcopy();
    const auto settle = [](const at::Tensor& tensor) {
        tensor.set_data(tensor.detach().contiguous());
        tensor.requires_grad_(false);
    };
    for (const at::Tensor& parameter : copy.parameters()) {
        settle(parameter);
    }
    for (const at::Tensor& buffer : copy.buffers()) {
        settle(buffer);
    }
    return copy;
}

/// at::tensor and at::empty leave memory without its numbers in a trace.
void refuse_lost_numbers(const Graph& graph) {
    for (const Node* node : graph.nodes()) {
        if (node->kind() == c10::aten::empty) {
            throw core::Failure(
                core::Category::plugin,
                "the model cannot be traced: a forward or decode makes a tensor by at::tensor or "
                "at::empty, whose numbers a trace does not see",
                "make it in the constructor, or by at::full and at::arange");
        }
    }
}

/// Where TorchScript has the name of a program's file.
constexpr const char* call_in_place = "graft: a call into a plugin";

/// While it lives, each node of a trace says whose method it came from, where others have a line of a
/// program.
class CallsAsPlaces {
public:
    CallsAsPlaces() { torch::jit::tracer::setRecordSourceLocation(&mark); }
    ~CallsAsPlaces() {
        torch::jit::tracer::setRecordSourceLocation([](Node*) {});
    }
    CallsAsPlaces(const CallsAsPlaces&) = delete;
    CallsAsPlaces& operator=(const CallsAsPlaces&) = delete;

private:
    static void mark(Node* node) {
        const plugin::Running* running = plugin::running();
        if (running == nullptr) {
            return;
        }
        const std::string detail = running->detail->to_text();
        const std::string call = fmt::format("{}: {}{}", running->caller->text(), running->method,
                                             detail.empty() ? "" : ", " + detail);
        node->setSourceRange(torch::jit::SourceRange(
            std::make_shared<torch::jit::Source>(call, std::string(call_in_place)), 0, call.size()));
    }
};

/// The module's tree with the method `forward`; its tensors are the live ones.
Module traced(const TraceRequest& request) {
    Mirror mirror;
    for (const NamedTensor& named : request.tensors) {
        mirror.add(named);
    }
    Module module = mirror.root();
    try {
        const CallsAsPlaces places;
        add_forward(module, request);
    } catch (const c10::Error& error) {
        throw core::Failure(core::Category::plugin,
                            fmt::format("the model cannot be traced: {}", error.what_without_backtrace()),
                            "its backbone, pool and heads must do with at:: operators and without branches "
                            "on values; `graft plugins --verify PLUGIN.so` tells which does not");
    }
    refuse_lost_numbers(*module.get_method("forward").graph());
    return module;
}

/// Puts the module's tensors into the graph as constants, in place of its first input.
void bind_tensors(Graph& graph, const Module& module) {
    std::map<const torch::jit::Value*, c10::IValue> known{{graph.inputs().front(), module._ivalue()}};
    for (Node* node : graph.nodes()) {
        if (node->kind() != c10::prim::GetAttr || !known.contains(node->input())) {
            continue;
        }
        const c10::IValue value = known.at(node->input()).toObject()->getAttr(node->s(c10::attr::name));
        known.emplace(node->output(), value);
        if (value.isTensor()) {
            const torch::jit::WithInsertPoint here(node);
            node->output()->replaceAllUsesWith(graph.insertConstant(value.toTensor().detach()));
        }
    }
}

}  // namespace

std::string call_of(const Node& node) {
    const torch::jit::SourceRange range = node.sourceRange();
    const auto& source = range.source();
    return source != nullptr && source->filename() == call_in_place ? source->text_str().str() : "";
}

std::vector<at::Tensor> tensors_in(const c10::IValue& result) {
    if (result.isTensor()) {
        return {result.toTensor()};
    }
    std::vector<at::Tensor> tensors;
    for (const c10::IValue& element : result.toTupleRef().elements()) {
        tensors.push_back(element.toTensor());
    }
    return tensors;
}

Module trace(const TraceRequest& request) {
    const at::NoGradGuard no_gradients;
    return settled(traced(request));
}

std::shared_ptr<Graph> trace_graph(const TraceRequest& request) {
    const at::NoGradGuard no_gradients;
    const ValueReads reads;
    const Module module = traced(request);
    if (reads.seen()) {
        throw core::Failure(core::Category::plugin,
                            "the model cannot be traced: a forward reads a tensor's values (item, equal)",
                            "its backbone, pool and heads must do without branches on values");
    }
    auto graph = module.get_method("forward").graph()->copy();
    bind_tensors(*graph, module);
    torch::jit::EliminateDeadCode(graph);
    graph->eraseInput(0);
    return graph;
}

}  // namespace graft::model
