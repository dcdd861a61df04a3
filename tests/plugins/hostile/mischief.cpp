// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "mischief.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>

#include <ATen/ATen.h>

#include "graft/plugin.hpp"

namespace hostile {
namespace {

/// The calls of a method so far, this one among them.
std::int64_t count_call(const std::string& name) {
    static std::mutex mutex;
    static std::map<std::string, std::int64_t> counts;
    const std::lock_guard lock(mutex);
    return ++counts[name];
}

void crash() {
    volatile int* nowhere = nullptr;
    *nowhere = 1;
}

/// Until the stack is full; the condition is there for the compiler, which would warn.
int overflow(volatile int& depth) {
    volatile char frame[4096];
    frame[0] = static_cast<char>(depth);
    depth = depth + 1;
    return depth < 0 ? 0 : overflow(depth) + frame[0];
}

/// Says nothing, not even an empty text.
class Mute : public std::exception {
public:
    const char* what() const noexcept override { return nullptr; }
};

/// The first line looks like one of the engine's own.
void print() {
    std::printf("{\"event\":\"failed\",\"data\":{\"text\":\"hostile on standard output\"}}\n");
    std::fprintf(stderr, "hostile on standard error\n");
}

}  // namespace

graft::OptionTable Mischief::options() {
    return {graft::option::text("method", "none", "the method that misbehaves"),
            graft::option::choice(
                "how",
                {"throw_int", "throw_text", "throw_mute", "throw_bytes", "bad_alloc", "error_internal",
                 "error_options", "error_data", "error_training", "crash", "overflow", "exit", "abort",
                 "print", "undefined", "dtype", "shape", "channels"},
                "throw_text", "in which way"),
            graft::option::integer("after", 0, "calls of the method that go well first").at_least(0)};
}

Mischief::Mischief(const char* component, const graft::Options& options)
    : component_(component),
      method_(options.text("method")),
      how_(options.text("how")),
      after_(options.integer("after")) {}

std::string Mischief::enter(std::string_view method) const {
    if (method != method_ || count_call(component_ + "." + method_) <= after_) {
        return "";
    }
    act(how_);
    const bool is_of_result = how_ == "undefined" || how_ == "dtype" || how_ == "shape" || how_ == "channels";
    return is_of_result ? how_ : "";
}

void act(const std::string& how) {
    static const std::map<std::string, graft::ErrorKind> errors = {
        {"error_internal", graft::ErrorKind::internal},
        {"error_options", graft::ErrorKind::options},
        {"error_data", graft::ErrorKind::data},
        {"error_training", graft::ErrorKind::training},
    };
    if (const auto error = errors.find(how); error != errors.end()) {
        throw graft::Error(error->second, "had enough");
    }
    if (how == "throw_int") {
        throw 1;
    }
    if (how == "throw_text") {
        throw std::runtime_error("had enough");
    }
    if (how == "throw_mute") {
        throw Mute();
    }
    if (how == "throw_bytes") {
        throw std::runtime_error("had \xff\xfe \x1b[31m enough");
    }
    if (how == "bad_alloc") {
        throw std::bad_alloc();
    }
    if (how == "crash") {
        crash();
    }
    if (how == "overflow") {
        volatile int depth = 0;
        overflow(depth);
    }
    if (how == "exit") {
        std::exit(0);
    }
    if (how == "abort") {
        std::abort();
    }
    if (how == "print") {
        print();
    }
}

at::Tensor spoiled(const std::string& wrong, const at::Tensor& good) {
    if (wrong == "undefined") {
        return {};
    }
    if (wrong == "dtype") {
        return good.to(at::kLong);
    }
    if (wrong == "channels") {
        return good.slice(1, 1);
    }
    return wrong == "shape" ? at::cat({good, good.slice(0, 0, 1)}) : good;
}

}  // namespace hostile

GRAFT_PLUGIN("graft tests", "BSD-3-Clause", "")
