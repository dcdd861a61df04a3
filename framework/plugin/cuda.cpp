// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "plugin/cuda.hpp"

#include <filesystem>

#include <ATen/Context.h>
#include <fmt/format.h>
#include <boost/dll/runtime_symbol_info.hpp>

#include "plugin/library.hpp"

namespace graft::plugin {
namespace {

/// libtorch_cuda.so beside the libtorch_cpu.so that runs here; empty when it is not installed.
std::filesystem::path cuda_library() {
    boost::dll::fs::error_code error;
    const std::filesystem::path here = boost::dll::symbol_location(at::globalContext, error).string();
    const auto path = here.parent_path() / "libtorch_cuda.so";
    return !error && std::filesystem::exists(path) ? path : std::filesystem::path();
}

}  // namespace

std::string load_cuda() {
    namespace load_mode = boost::dll::load_mode;
    std::string why_not;
    if (!open_library("libcuda.so.1", load_mode::rtld_global, why_not)) {
        return "there is no NVIDIA driver (libcuda.so.1)";
    }
    const auto library = cuda_library();
    if (library.empty()) {
        return "LibTorch was fetched without its CUDA part; run tools/fetch-libtorch --cuda";
    }
    if (!open_library(library, load_mode::rtld_global, why_not)) {
        return fmt::format("{} cannot be loaded: {}", library.string(), why_not);
    }
    return at::hasCUDA() ? "" : "the driver finds no GPU";
}

}  // namespace graft::plugin
