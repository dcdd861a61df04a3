// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "shape_trace.hpp"

#include <exception>
#include <memory>
#include <string_view>

#include <ATen/ATen.h>
#include <ATen/record_function.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plugin/call.hpp"

namespace graft::engine {
namespace {

/// LibTorch calls back without a word of ours: what listens is found by the thread.
struct Listening {
    const ShapeTrace::Listener* listener = nullptr;
    int depth = 0;  ///< operators that call operators
};

Listening& listening() {
    thread_local Listening state;
    return state;
}

std::string shapes_of(const c10::IValue& value) {
    if (value.isTensor()) {
        return value.toTensor().defined() ? fmt::format(" [{}]", fmt::join(value.toTensor().sizes(), ", "))
                                          : "";
    }
    std::string text;
    if (value.isTensorList()) {
        for (const at::Tensor& tensor : value.toTensorVector()) {
            text += shapes_of(tensor);
        }
    }
    return text;
}

struct Begun : at::ObserverContext {
    bool is_told = false;
    int exceptions = 0;
    std::string inputs;
};

/// What a plugin does when it is made or moved has nothing to do with the shapes of features.
bool is_of_interest(const plugin::Running* running) {
    if (running == nullptr) {
        return false;
    }
    const std::string_view method = running->method;
    return method == "forward" || method == "pool" || method == "encode" || method == "decode";
}

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function) {
    auto begun = std::make_unique<Begun>();
    begun->is_told = ++listening().depth == 1 && is_of_interest(plugin::running());
    begun->exceptions = std::uncaught_exceptions();
    if (begun->is_told) {
        for (const c10::IValue& input : function.inputs()) {
            begun->inputs += shapes_of(input);
        }
    }
    return begun;
}

void end(const at::RecordFunction& function, at::ObserverContext* context) {
    Listening& state = listening();
    --state.depth;
    const auto* begun = static_cast<const Begun*>(context);
    const plugin::Running* running = plugin::running();
    if (state.listener == nullptr || !begun->is_told || running == nullptr) {
        return;
    }
    std::string outputs;
    for (const c10::IValue& output : function.outputs()) {
        outputs += shapes_of(output);
    }
    if (std::uncaught_exceptions() > begun->exceptions) {
        outputs = " failed";
    }
    std::string_view name = function.name();
    name.remove_prefix(name.starts_with("aten::") ? 6 : 0);
    const std::string detail = running->detail->to_text();
    (*state.listener)({fmt::format("{}: {}{}", running->caller->text(), running->method,
                                   detail.empty() ? "" : ", " + detail),
                       fmt::format("{}{} ->{}", name, begun->inputs, outputs)});
}

}  // namespace

ShapeTrace::ShapeTrace(Listener listener) : listener_(std::move(listener)) {
    listening() = {&listener_, 0};
    handle_ = at::addThreadLocalCallback(at::RecordFunctionCallback(&begin, &end)
                                             .needsInputs(true)
                                             .needsOutputs(true)
                                             .scopes({at::RecordScope::FUNCTION}));
}

ShapeTrace::~ShapeTrace() {
    at::removeCallback(handle_);
    listening() = {};
}

}  // namespace graft::engine
