// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string_view>

#include <ATen/record_function.h>

namespace graft::model {

/// Whether code on this thread read a tensor's values since an object was made: what it then decides, a trace
/// does not see. One object at a time on a thread.
class ValueReads {
public:
    ValueReads() : handle_(at::addThreadLocalCallback(at::RecordFunctionCallback(&note))) { seen() = false; }
    ~ValueReads() { at::removeCallback(handle_); }
    ValueReads(const ValueReads&) = delete;
    ValueReads& operator=(const ValueReads&) = delete;

    static bool& seen() {
        thread_local bool value = false;
        return value;
    }

private:
    static std::unique_ptr<at::ObserverContext> note(const at::RecordFunction& function) {
        const std::string_view name = function.name();
        seen() = seen() || name == "aten::_local_scalar_dense" || name == "aten::equal";
        return nullptr;
    }

    at::CallbackHandle handle_;
};

}  // namespace graft::model
