// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <exception>
#include <iterator>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "graft/dataset.hpp"
#include "graft/inference.hpp"
#include "plugin/cuda.hpp"
#include "plugin/out_of_memory.hpp"
#include "source.hpp"

namespace graft::inference {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

/// Runs a call of the library's interface: whatever ends it becomes an Error.
template <class Call>
auto guarded(Call&& call) {
    try {
        return call();
    } catch (const std::bad_alloc&) {
        throw Error("there is not enough memory");
    } catch (const std::exception& error) {
        if (plugin::is_out_of_memory(error)) {
            throw Error("there is not enough memory");
        }
        const auto* of_torch = dynamic_cast<const c10::Error*>(&error);
        throw Error(of_torch == nullptr ? error.what() : of_torch->what_without_backtrace());
    }
}

/// A model that was moved into another one has nothing left.
void require(const void* state) {
    if (state == nullptr) {
        throw Error("the model was moved into another one, which is to be used instead");
    }
}

at::Device device_named(const std::string& name) {
    if (name == "cpu") {
        return at::Device(at::kCPU);
    }
    const bool known = name == "auto" || name == "cuda" ||
                       (name.starts_with("cuda:") && name.size() > 5 && name.size() < 8 &&
                        name.find_first_not_of("0123456789", 5) == std::string::npos);
    if (!known) {
        throw Failure(Category::pipeline, fmt::format("'{}' is no device", name),
                      "write cpu, cuda, cuda:N or auto");
    }
    const std::string why_not = plugin::load_cuda();
    if (name == "auto" && !why_not.empty()) {
        return at::Device(at::kCPU);
    }
    const bool is_first = name == "auto" || name == "cuda";
    const at::Device device(at::kCUDA,
                            static_cast<at::DeviceIndex>(is_first ? 0 : std::stoi(name.substr(5))));
    if (!why_not.empty() || device.index() >= at::detail::getCUDAHooks().deviceCount()) {
        throw Failure(
            Category::pipeline,
            fmt::format("there is no device {}: {}", name, why_not.empty() ? "fewer GPUs" : why_not),
            "use cpu, or auto");
    }
    return device;
}

/// RGB of its own, from pixels of any order.
RgbImage copied(const Pixels& pixels) {
    const std::int64_t channels = pixels.order == PixelOrder::grey ? 1 : 3;
    const std::int64_t stride = pixels.stride == 0 ? channels * pixels.width : pixels.stride;
    constexpr std::int64_t longest_side = 1 << 20;
    if (pixels.data == nullptr || pixels.width < 1 || pixels.height < 1 || pixels.width > longest_side ||
        pixels.height > longest_side || stride < channels * pixels.width) {
        throw Failure(
            Category::data,
            fmt::format("pixels of {} x {} with {} bytes a row{} are no picture", pixels.width, pixels.height,
                        stride, pixels.data == nullptr ? " at a null pointer" : ""),
            fmt::format("width and height are from 1 to {}, and a row has at least {} bytes a pixel",
                        longest_side, channels));
    }
    RgbImage image{pixels.width, pixels.height, {}};
    image.pixels.resize(static_cast<std::size_t>(3 * pixels.width * pixels.height));
    const std::size_t first = pixels.order == PixelOrder::bgr ? 2 : 0;
    std::uint8_t* to = image.pixels.data();
    for (std::int64_t row = 0; row < pixels.height; ++row) {
        const std::uint8_t* from = pixels.data + row * stride;
        for (std::int64_t column = 0; column < pixels.width; ++column, to += 3, from += channels) {
            to[0] = from[channels == 1 ? 0 : first];
            to[1] = from[channels == 1 ? 0 : 1];
            to[2] = from[channels == 1 ? 0 : 2 - first];
        }
    }
    return image;
}

struct AsSource {
    ImageSource operator()(const fs::path& path) const { return path; }
    ImageSource operator()(const EncodedImage& bytes) const { return bytes; }
    ImageSource operator()(const Pixels& pixels) const { return copied(pixels); }
};

/// Opens pictures, several at a time; what is wrong with those that cannot be read goes into `all`.
std::vector<data::Prepared> open_all(std::span<const Picture> pictures, const image::Preprocess& preprocess,
                                     core::Problems& all) {
    std::vector<data::Prepared> prepared(pictures.size());
    std::vector<core::Problems> problems(pictures.size());
    at::parallel_for(
        0, static_cast<std::int64_t>(pictures.size()), 1, [&](std::int64_t begin, std::int64_t end) {
            for (auto index = static_cast<std::size_t>(begin); index < static_cast<std::size_t>(end);
                 ++index) {
                try {
                    prepared[index] = data::prepare(std::visit(AsSource(), pictures[index]), preprocess);
                } catch (const Failure& failure) {
                    problems[index] = failure.problems();
                }
            }
        });
    for (core::Problems& some : problems) {
        std::move(some.begin(), some.end(), std::back_inserter(all));
    }
    return prepared;
}

Result result_of(const prediction::PicturePrediction& answers, const data::Prepared& picture) {
    Result result;
    result.width = picture.motion.original.width;
    result.height = picture.motion.original.height;
    for (const prediction::HeadAnswer& one : answers) {
        result.predictions.push_back(
            {one.head, one.answer.schema, target::kind_of(one.answer.schema).value(one.answer)});
    }
    const auto no_mask = [](const std::string&, const cv::Mat&) { return std::string(); };
    result.json = core::json_text(prediction::to_json(answers, no_mask));
    return result;
}

std::unique_ptr<ModelSource> open(const fs::path& source, const LoadOptions& options) {
    const at::Device device = device_named(options.device);
    std::error_code error;
    if (fs::is_directory(source, error)) {
        return open_run(source, device, options.plugin_folders);
    }
    if (!fs::is_regular_file(source, error)) {
        throw Failure(Category::data, "there is no folder and no file '" + source.string() + "'",
                      "name the folder of a finished run, or a file of `graft export --to torchscript`");
    }
    return open_script(source, device);
}

}  // namespace

Error::~Error() = default;

struct Model::State {
    std::unique_ptr<ModelSource> source;
    std::vector<Output> outputs;
    std::mutex one_at_a_time;
};

Model::Model(const fs::path& source, const LoadOptions& options)
    : state_(guarded([&] {
          auto state = std::make_unique<State>();
          state->source = open(source, options);
          state->outputs = state->source->outputs();
          return state;
      })) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

const std::vector<Output>& Model::outputs() const {
    require(state_.get());
    return state_->outputs;
}

std::vector<Result> Model::predict(const std::vector<Picture>& pictures) const {
    require(state_.get());
    return guarded([&] {
        const std::lock_guard lock(state_->one_at_a_time);
        std::vector<Result> results;
        results.reserve(pictures.size());
        core::Problems problems;
        for (std::size_t first = 0; first < pictures.size(); first += prediction::pictures_a_batch) {
            const std::size_t count = std::min(prediction::pictures_a_batch, pictures.size() - first);
            const auto prepared =
                open_all(std::span(pictures).subspan(first, count), state_->source->preprocess(), problems);
            if (!problems.empty()) {
                continue;  // the others are opened to find what else is wrong
            }
            const auto answers = state_->source->predict(prepared);
            for (std::size_t index = 0; index < count; ++index) {
                results.push_back(result_of(answers[index], prepared[index]));
            }
        }
        core::throw_if_any(Category::data, problems);
        return results;
    });
}

Result Model::predict(const Picture& picture) const {
    return std::move(predict(std::vector<Picture>{picture}).front());
}

}  // namespace graft::inference
