// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "conformance/traceable.hpp"

#include <memory>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/frontend/tracer.h>

#include "conformance/require.hpp"
#include "core/problem.hpp"
#include "model/value_reads.hpp"
#include "plugin/torch_message.hpp"

namespace graft::conformance {
namespace {

std::string remedy_of(const std::string& what) {
    return "a trace keeps numbers as constants: use no size(0) of the batch (expand_as, at::zeros_like), no "
           "item(), and no at::tensor or at::empty in " +
           what;
}

[[noreturn]] void refuse_trace(const std::string& what, const std::string& message) {
    if (message.find("Cannot insert a Tensor that requires grad as a constant") != std::string::npos) {
        throw Fault(
            fmt::format("{} uses a trainable tensor that is not registered, so it can be neither saved "
                        "nor exported",
                        what),
            "give its module to register_module, the tensor itself to register_parameter");
    }
    throw Fault(
        fmt::format("{} cannot be traced, so it cannot be exported: {}", what, plugin::sentence_of(message)),
        "use operators of at:: alone, without branches on values (item, equal)");
}

std::shared_ptr<torch::jit::Graph> traced(const Function& function, const std::vector<at::Tensor>& example,
                                          const std::string& what) {
    torch::jit::Stack inputs(example.begin(), example.end());
    try {
        return torch::jit::tracer::trace(
                   std::move(inputs),
                   [&](const torch::jit::Stack& stack) -> torch::jit::Stack {
                       std::vector<at::Tensor> tensors;
                       for (const auto& value : stack) {
                           tensors.push_back(value.toTensor());
                       }
                       const auto outputs = function(tensors);  // a traced method has one output: a tuple
                       return {c10::ivalue::Tuple::create({outputs.begin(), outputs.end()})};
                   },
                   [](const at::Tensor&) { return std::string(); }, false)
            .first->graph;
    } catch (const c10::Error& error) {
        torch::jit::tracer::abandon();
        refuse_trace(what, error.what_without_backtrace());
    } catch (const core::Failure& failure) {  // out of the guard around the plugin
        torch::jit::tracer::abandon();
        refuse_trace(what, failure.what());
    }
}

}  // namespace

void run_traced(const std::function<void()>& run, std::int64_t traced_samples, std::int64_t samples,
                const std::string& what) {
    try {
        run();
    } catch (const std::exception& error) {
        throw Fault(fmt::format("what is traced of {} with {} samples fails with {}: {}", what,
                                traced_samples, samples, plugin::sentence_of(error.what())),
                    remedy_of(what));
    }
}

void require_traceable(const Function& function, const std::vector<at::Tensor>& example,
                       const std::vector<at::Tensor>& other, const std::string& what) {
    const at::NoGradGuard no_gradients;
    const auto graph = [&] {
        const model::ValueReads reads;
        return traced(function, example, what);
    }();
    require(!model::ValueReads::seen(),
            what + " reads a tensor's values (item, equal): what it decides by them a trace does not see",
            "compute it by operators (at::where, clamp), without branches on values");
    torch::jit::CompilationUnit unit;
    auto* compiled = unit.create_function(c10::QualifiedName("traced"), graph);
    torch::jit::Stack stack(other.begin(), other.end());
    run_traced([&] { compiled->run(stack); }, example.front().size(0), other.front().size(0), what);
    std::vector<at::Tensor> got;
    for (const auto& element : stack.at(0).toTupleRef().elements()) {
        got.push_back(element.toTensor());
    }
    const auto wanted = function(other);
    require(got.size() == wanted.size(), "the trace returns another number of tensors");
    for (std::size_t index = 0; index < wanted.size(); ++index) {
        require_equal(got[index], wanted[index], 1e-4,
                      fmt::format("{}, traced with {} samples and run with {}, output {}", what,
                                  example.front().size(0), other.front().size(0), index + 1),
                      remedy_of(what));
    }
}

}  // namespace graft::conformance
