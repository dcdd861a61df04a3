// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <torch/csrc/jit/serialization/import.h>

#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "model/record.hpp"
#include "model/trace.hpp"
#include "source.hpp"

namespace graft::inference {
namespace {

using core::Category;
using core::Failure;
using core::Json;

constexpr const char* remedy = "make the file with `graft export RUN --to torchscript`";

/// The outputs of an exported network, as its metadata tell.
std::vector<Output> outputs_from(const Json& list) {
    std::vector<Output> outputs;
    for (const Json& one : list) {
        if (!one.contains("target")) {
            throw Failure(Category::data, "it gives the heads' own outputs (--raw), not predictions",
                          "export it without --raw");
        }
        outputs.push_back({one.at("head").get<std::string>(), model::schema_from_json(one.at("target"))});
    }
    return outputs;
}

class Script : public ModelSource {
public:
    Script(torch::jit::Module module, image::Preprocess preprocess, std::vector<Output> outputs,
           at::Device device)
        : module_(std::move(module)), preprocess_(preprocess), outputs_(std::move(outputs)), device_(device) {
        module_.eval();
    }

    const image::Preprocess& preprocess() const override { return preprocess_; }
    std::vector<Output> outputs() const override { return outputs_; }

    std::vector<prediction::PicturePrediction> predict(
        const std::vector<data::Prepared>& pictures) const override {
        const at::NoGradGuard no_gradients;
        const at::Tensor input =
            prediction::images_of(pictures).to(device_).permute({0, 3, 1, 2}).to(at::kFloat) / 255;
        torch::jit::Module module = module_;  // forward() is no const method; a copy is a pointer
        const std::vector<at::Tensor> tensors = model::tensors_in(module.forward({input}));
        std::vector<prediction::DecodedOutput> decoded;
        for (std::size_t index = 0; index < outputs_.size(); ++index) {
            decoded.push_back({outputs_[index].head, is_only_one(outputs_[index].head),
                               outputs_[index].target, tensors.at(index)});
        }
        return prediction::answers_of(decoded, pictures);
    }

private:
    bool is_only_one(const std::string& head) const {
        std::size_t count = 0;
        for (const Output& output : outputs_) {
            count += output.head == head ? 1 : 0;
        }
        return count == 1;
    }

    torch::jit::Module module_;
    image::Preprocess preprocess_;
    std::vector<Output> outputs_;
    at::Device device_;
};

/// LibTorch's error without the lines that only its authors can use.
std::string first_line(const char* text) {
    const std::string all = text;
    return all.substr(0, all.find('\n'));
}

}  // namespace

std::unique_ptr<ModelSource> open_script(const std::filesystem::path& file, const at::Device& device) {
    torch::jit::ExtraFilesMap texts{{"preprocessing", ""}, {"outputs", ""}};
    const auto refuse = [&](const std::string& why, const std::string& what_to_do) {
        throw Failure(Category::data, fmt::format("{} cannot be used: {}", file.string(), why), what_to_do);
    };
    try {
        torch::jit::Module module = torch::jit::load(file.string(), device, texts);
        if (texts["preprocessing"].empty() || texts["outputs"].empty()) {
            refuse("it does not say what it takes and gives", remedy);
        }
        return std::make_unique<Script>(std::move(module),
                                        model::preprocess_from_json(core::parse_json(texts["preprocessing"])),
                                        outputs_from(core::parse_json(texts["outputs"])), device);
    } catch (const c10::Error& error) {
        refuse("it is no TorchScript file: " + first_line(error.what_without_backtrace()), remedy);
    } catch (const Json::exception& error) {
        refuse(fmt::format("its metadata cannot be read: {}", error.what()), remedy);
    } catch (const Failure& failure) {
        if (failure.problems().size() == 1 && failure.problems().front().message.starts_with(file.string())) {
            throw;
        }
        refuse(core::messages(failure.problems()), failure.problems().front().remedy);
    }
    return nullptr;
}

}  // namespace graft::inference
