// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "device.hpp"

#include <filesystem>

#include <ATen/Context.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include "core/problem.hpp"

namespace graft::engine {
namespace {

/// libtorch_cuda.so beside the libtorch_cpu.so that runs here; empty when it is not installed.
std::filesystem::path cuda_library() {
    Dl_info info{};
    if (::dladdr(reinterpret_cast<const void*>(&at::globalContext), &info) == 0) {
        return {};
    }
    const auto path = std::filesystem::path(info.dli_fname).parent_path() / "libtorch_cuda.so";
    return std::filesystem::exists(path) ? path : std::filesystem::path();
}

std::string load_cuda() {
    if (::dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
        return "there is no NVIDIA driver (libcuda.so.1)";
    }
    const auto library = cuda_library();
    if (library.empty()) {
        return "LibTorch was fetched without its CUDA part; run tools/fetch-libtorch --cuda";
    }
    if (::dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
        return fmt::format("{} cannot be loaded: {}", library.string(), ::dlerror());
    }
    return at::hasCUDA() ? "" : "the driver finds no GPU";
}

}  // namespace

at::Device choose_device(const std::string& wanted) {
    if (wanted == "cpu") {
        return at::Device(at::kCPU);
    }
    const std::string why_not = load_cuda();
    if (!why_not.empty()) {
        if (wanted == "auto") {
            return at::Device(at::kCPU);
        }
        throw core::Failure(core::Category::pipeline,
                            fmt::format("train.device is {}, but {}", wanted, why_not),
                            "use `--set train.device=cpu`, or auto");
    }
    const at::Device device(wanted == "auto" ? "cuda:0" : wanted);
    const c10::DeviceIndex count = at::detail::getCUDAHooks().deviceCount();
    if (device.index() >= count) {
        throw core::Failure(core::Category::pipeline,
                            fmt::format("train.device is {}, but there are {} GPUs", wanted, count));
    }
    return at::Device(at::kCUDA, device.has_index() ? device.index() : at::DeviceIndex(0));
}

}  // namespace graft::engine
