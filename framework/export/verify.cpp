// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "export/verify.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/jit/serialization/import.h>
#include <opencv2/core.hpp>

#include "core/problem.hpp"
#include "export/onnx_runtime.hpp"
#include "export/opencv_networks.hpp"
#include "model/trace.hpp"

namespace graft::exporting {
namespace {

constexpr std::int64_t checked_batch = 3;  // the trace has another
constexpr double tolerance = 1e-4;

const char* const missing = "ONNX Runtime";  // one that was loaded says its version, too

// `decode` may compute as it likes, so a head's raw outputs can be exported where its predictions cannot.
const char* const remedy =
    "a branch on values or a batch size that was read makes a trace wrong at another batch: "
    "`graft plugins --verify PLUGIN.so` tells which part does that. If only predictions are affected, --raw "
    "exports "
    "the heads' own outputs";

/// The largest difference in units of the larger of 1 and the largest number expected. A number that is none
/// or infinite differs by infinity from all but its like.
double difference(const at::Tensor& given, const at::Tensor& expected) {
    const double scale = std::max(1.0, at::nan_to_num(expected, 0, 0, 0).abs().max().item<double>());
    const at::Tensor alike = given.eq(expected).logical_or(given.isnan().logical_and(expected.isnan()));
    const at::Tensor apart = given.sub(expected).abs().div(scale).masked_fill(alike, 0);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return at::nan_to_num(apart, infinity, infinity).max().item<double>();
}

Check compare(const std::string& by, const std::vector<at::Tensor>& got, const TestPictures& sample,
              core::Category whose_fault) {
    Check check{by, sample.images.size(0), 0, ""};
    for (std::size_t index = 0; index < sample.expected.size(); ++index) {
        const at::Tensor expected = sample.expected[index].to(at::kDouble);
        const at::Tensor given = got.at(index).to(at::kDouble).reshape(expected.sizes());
        check.largest_difference = std::max(check.largest_difference, difference(given, expected));
    }
    if (!(check.largest_difference <= tolerance)) {
        throw core::Failure(
            whose_fault,
            fmt::format("the exported network, run by {}, differs from the model by {:.1g} at a batch of {}; "
                        "allowed {:.1g}. Nothing was written",
                        by, check.largest_difference, check.batch, tolerance),
            remedy);
    }
    return check;
}

std::vector<at::Tensor> run_by_libtorch(const std::string& bytes, const TestPictures& sample) {
    std::istringstream stream(bytes);
    torch::jit::Module module = torch::jit::load(stream);
    return model::tensors_in(module.forward({sample.image()}));
}

cv::Mat to_blob(const at::Tensor& image) {
    const at::Tensor plain = image.contiguous();
    std::vector<int> sizes(plain.sizes().begin(), plain.sizes().end());
    cv::Mat blob(sizes, CV_32F);
    std::memcpy(blob.data, plain.const_data_ptr(), plain.nbytes());
    return blob;
}

at::Tensor to_tensor(const cv::Mat& blob) {
    const std::vector<std::int64_t> sizes(blob.size.p, blob.size.p + blob.dims);
    at::Tensor tensor = at::empty(sizes, at::kFloat);
    std::memcpy(tensor.mutable_data_ptr(), blob.data, tensor.nbytes());
    return tensor;
}

std::vector<at::Tensor> run_by_opencv(const std::string& bytes, const TestPictures& sample,
                                      const std::vector<NetworkOutput>& outputs) {
    std::vector<std::string> names;
    names.reserve(outputs.size());
    for (const NetworkOutput& output : outputs) {
        names.push_back(output.name);
    }
    std::vector<at::Tensor> got;
    got.reserve(outputs.size());
    for (const cv::Mat& blob : opencv_outputs(bytes, to_blob(sample.image()), names)) {
        got.push_back(to_tensor(blob));
    }
    return got;
}

/// OpenCV's messages go on over several lines with signatures of its functions; a node that it cannot read is
/// what matters.
std::string cause_of(const cv::Exception& error) {
    static const std::regex node(R"(Node \[(\w+)@[^\]]*\]:\(onnx_node!([^)]*)\))");
    std::smatch found;
    if (std::regex_search(error.err, found, node)) {
        return fmt::format("it does not read the node '{}' ({})", found[2].str(), found[1].str());
    }
    const std::size_t begin = std::min(error.err.find_first_not_of("> \n"), error.err.size());
    return error.err.substr(begin, error.err.find('\n', begin) - begin);
}

Check check_by_opencv(const std::string& bytes, const TestPictures& sample,
                      const std::vector<NetworkOutput>& outputs) {
    const std::string by = std::string("OpenCV ") + CV_VERSION;
    std::vector<at::Tensor> got;
    try {
        got = run_by_opencv(bytes, sample, outputs);
    } catch (const cv::Exception& error) {
        return {by, sample.images.size(0), 0, fmt::format("{} cannot run it: {}", by, cause_of(error))};
    } catch (const std::runtime_error& error) {
        return {by, sample.images.size(0), 0, error.what()};
    }
    return compare(by, got, sample, core::Category::internal);
}

Check check_by_onnx_runtime(const std::string& bytes, const TestPictures& sample,
                            const std::vector<NetworkOutput>& outputs) {
    std::string by = missing;
    std::vector<at::Tensor> got;
    try {
        const OnnxRuntime runtime;
        by = "ONNX Runtime " + runtime.version();
        got = runtime.run(bytes, sample.image(), outputs);
    } catch (const std::runtime_error& error) {
        const std::string prefix = by == missing ? "" : by + " cannot run it: ";
        return {by, sample.images.size(0), 0, prefix + error.what()};
    }
    return compare(by, got, sample, core::Category::internal);
}

}  // namespace

at::Tensor TestPictures::image() const {
    return images.permute({0, 3, 1, 2}).to(at::kFloat).div(255).contiguous();
}

TestPictures test_pictures(const model::Model& model, const NetworkOptions& options) {
    const std::int64_t height = model.preprocess().height;
    const std::int64_t width = model.preprocess().width;
    at::Tensor images = at::arange(checked_batch * height * width * 3, at::kLong);
    images = images.mul(images).add(images.mul(7919)).remainder(251).to(at::kByte);
    TestPictures made{images.view({checked_batch, height, width, 3}), {}};
    made.expected = reference(model, made.images, options);
    return made;
}

Check check_torchscript(const std::string& bytes, const TestPictures& sample) {
    const at::NoGradGuard no_gradients;
    std::vector<at::Tensor> got;
    try {
        got = run_by_libtorch(bytes, sample);
    } catch (const std::exception& error) {  // an interpreter's error, of no common type, ends with the cause
        std::string cause = error.what();
        while (!cause.empty() && cause.back() == '\n') {
            cause.pop_back();
        }
        cause = cause.substr(cause.rfind('\n') + 1);
        throw core::Failure(core::Category::plugin,
                            fmt::format("the traced network fails at a batch of {}: {}. Nothing was written",
                                        sample.images.size(0), cause),
                            remedy);
    }
    return compare("LibTorch", got, sample, core::Category::plugin);
}

std::vector<Check> check_onnx(const std::string& bytes, const TestPictures& sample,
                              const std::vector<NetworkOutput>& outputs) {
    std::vector<Check> checks = {check_by_opencv(bytes, sample, outputs)};
    Check second = check_by_onnx_runtime(bytes, sample, outputs);
    const bool is_wanted = second.by != missing || OnnxRuntime::is_named();
    if (is_wanted || !checks.front().not_verified.empty()) {
        checks.push_back(std::move(second));
    }
    return checks;
}

}  // namespace graft::exporting
