// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The boundary to plugins: every call into one goes through `call`, so that an exception or a crash is
// reported together with what was being called.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/problem.hpp"

namespace graft::plugin {

/// A component of a plugin as it is used.
struct Caller {
    /// "backbone", "head", "dataset", "loss", "a metric of head" (then id and name are the head's);
    /// "network": its backward pass; "plugin": the file itself.
    std::string kind;
    std::string id;
    std::string name;       ///< in the pipeline ("species"); may be empty
    core::Place place;      ///< in the pipeline; may be nowhere
    std::string file = {};  ///< the library that brings it; empty: not known, or `id` is it

    /// "head 'classification' (species)".
    std::string text() const;
};

/// What a method works on: a stage, a sample, a file. Costs nothing until it is told.
struct Detail {
    const char* what = "";              ///< "stage", "sample"; empty: nothing to tell
    const std::string* text = nullptr;  ///< its name, which outlives the call; null: the number
    std::int64_t number = 0;

    /// "stage layer1", "sample 17", or nothing.
    std::string to_text() const;
};

/// A call that runs now, on this thread. They form a list: a plugin may call back into the host.
struct Running {
    const Caller* caller;
    const char* method;
    const Detail* detail;
    const Running* outer;
};

/// The innermost call of this thread, or null. Safe in a signal handler of the thread.
const Running* running();

/// Marks a call for as long as it lives.
class Mark {
public:
    Mark(const Caller& caller, const char* method, const Detail& detail);
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;
    ~Mark();

private:
    Running running_;
};

/// Memory on which this thread's signal handlers run, so that a plugin that overflows the stack can be named,
/// too. Every thread that enters plugins has one for as long as it does.
class SignalStack {
public:
    SignalStack();
    SignalStack(const SignalStack&) = delete;
    SignalStack& operator=(const SignalStack&) = delete;
    ~SignalStack();

private:
    static constexpr std::size_t size = 64 * 1024;
    std::vector<char> memory_;
};

/// The Failure for the exception that is being handled. graft::Error keeps its kind (options: pipeline, data,
/// training; internal: plugin); memory that LibTorch could not get, and an operator that is not deterministic
/// where it must be, are training; everything else is a fault of the plugin. The whole text of a c10::Error
/// also goes to stderr. core::Failure passes as it is.
core::Failure translate_current_exception(const Caller& caller, const char* method, const Detail& detail);

/// Failure(plugin) for a plugin that returned what it may not.
core::Failure fault(const Caller& caller, const char* method, const Detail& detail, const std::string& what);

/// Calls `function`, which enters a plugin; throws nothing but core::Failure.
template <class Function>
auto call(const Caller& caller, const char* method, const Detail& detail, Function&& function)
    -> decltype(function()) {
    try {
        const Mark mark(caller, method, detail);
        return function();
    } catch (const core::Failure&) {
        throw;
    } catch (...) {
        throw translate_current_exception(caller, method, detail);
    }
}

}  // namespace graft::plugin
