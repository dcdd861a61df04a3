// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "plugin/call.hpp"

#include <doctest/doctest.h>

#include <string>

#include <c10/util/Exception.h>

#include "core/problem.hpp"

using namespace graft;

namespace {

std::string told(const std::string& message, const std::string& file = "") {
    const plugin::Caller caller{"head", "toy", "species", {}, file};
    try {
        plugin::call(caller, "forward", {}, [&] { TORCH_CHECK(false, message); });
    } catch (const core::Failure& failure) {
        return failure.what();
    }
    return "";
}

}  // namespace

// Proves: pages of numbers and traces that LibTorch puts behind a sentence are not shown; the plugin's file
// is.
TEST_CASE("what LibTorch throws is cut to its sentence") {
    CHECK(told("the sizes 3 and 4 differ\nTensor:\n 1 2 3\n[ CPUFloatType{3} ]") ==
          "head 'toy' (species): forward threw: the sizes 3 and 4 differ\n"
          "  this is a fault of the plugin; tell its author");
    CHECK(told("The following operation failed in the TorchScript interpreter.\nTraceback of TorchScript:\n"
               "    x = y\nRuntimeError: the sizes 3 and 4 differ\n",
               "/plugins/toy.so") ==
          "head 'toy' (species): forward threw: RuntimeError: the sizes 3 and 4 differ\n"
          "  this is a fault of the plugin /plugins/toy.so; tell its author");
    CHECK(told("The following operation failed in the TorchScript interpreter.\nTraceback of TorchScript:\n"
               "    head 'toy': forwardRuntimeError: the sizes 3 and 4 differ\n") ==
          "head 'toy' (species): forward threw: RuntimeError: the sizes 3 and 4 differ\n"
          "  this is a fault of the plugin; tell its author");
}
