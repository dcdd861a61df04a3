// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "export/onnx_runtime.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <stdexcept>

#include "export/export.hpp"
#include "export/samples.hpp"
#include "support/skip.hpp"

using namespace graft;
using namespace graft::exporting;
using namespace graft::exporting::test;

namespace {

std::string reason_of_absence() {
    try {
        const OnnxRuntime runtime;
        return "";
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

class Named {
public:
    explicit Named(const char* library) {
        const char* before = std::getenv("GRAFT_ONNXRUNTIME");
        before_ = before == nullptr ? "" : before;
        ::setenv("GRAFT_ONNXRUNTIME", library, 1);
    }
    Named(const Named&) = delete;
    Named& operator=(const Named&) = delete;
    ~Named() {
        if (before_.empty()) {
            ::unsetenv("GRAFT_ONNXRUNTIME");
        } else {
            ::setenv("GRAFT_ONNXRUNTIME", before_.c_str(), 1);
        }
    }

private:
    std::string before_;
};

}  // namespace

// Proves: a wrong name is neither passed over nor called into.
TEST_CASE("a library that is no ONNX Runtime") {
    {
        const Named nothing("/nonexistent/libonnxruntime.so");
        const std::string reason = reason_of_absence();
        CHECK(reason.find("GRAFT_ONNXRUNTIME: /nonexistent/libonnxruntime.so: ") == 0);
    }
    {
        const Named empty("");  // as `export GRAFT_ONNXRUNTIME=$(ls nothing)` leaves it
        CHECK_FALSE(OnnxRuntime::is_named());
        CHECK(reason_of_absence().find("GRAFT_ONNXRUNTIME: ") == std::string::npos);
    }
    const Named other("libz.so.1");
    CHECK(reason_of_absence() == "the library that was loaded is not ONNX Runtime's");
}

TEST_SUITE("slow") {
    // Proves: what OpenCV cannot run, ONNX Runtime does, at a batch that was not traced, and the result says
    // so.
    TEST_CASE("ONNX Runtime runs every backbone with every head") {
        const std::string reason = reason_of_absence();
        if (!reason.empty()) {
            graft::tests::skip(reason);
            return;
        }
        for (const NamedModel& one : every_backbone_with_every_head()) {
            CAPTURE(one.name);
            model::Model model = one.make();
            const Exported made = export_model(model, {"onnx", {}, false});
            const Check& check = made.checks.back();
            CHECK(check.by.find("ONNX Runtime ") == 0);
            CHECK(check.not_verified == "");
            CHECK(check.largest_difference < 1e-4);
        }
    }
}
