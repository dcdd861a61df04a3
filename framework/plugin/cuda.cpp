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

namespace fs = std::filesystem;

/// The folder of the LibTorch that runs here, with its lib/; empty when that cannot be told.
fs::path libtorch_folder() {
    boost::dll::fs::error_code error;
    const fs::path library = boost::dll::symbol_location(at::globalContext, error).string();
    return error ? fs::path() : fs::absolute(library).parent_path().parent_path();
}

/// How to get a LibTorch for GPUs: as this one was got.
std::string remedy(const fs::path& libtorch) {
    const fs::path packages = libtorch.parent_path();
    if (packages.filename() == "site-packages" || packages.filename() == "dist-packages") {
        return "it is a Python's torch for the CPU alone; pip install the same version with CUDA in its "
               "place";
    }
    if (packages.filename().string().starts_with("libtorch-")) {
        boost::dll::fs::error_code error;
        const fs::path here = boost::dll::this_line_location(error).string();  // bin/ or lib/ of graft's tree
        const fs::path tree = fs::weakly_canonical(here).parent_path().parent_path();
        const bool is_in_tree = packages.parent_path() == tree / "lib/graft";
        return fmt::format("fetch one that has it: {}/share/graft/fetch-libtorch {}--cuda", tree.string(),
                           is_in_tree ? "--in-tree " : "");
    }
    return "name one that has it: GRAFT_LIBTORCH=DIR";
}

}  // namespace

std::string load_cuda() {
    namespace load_mode = boost::dll::load_mode;
    std::string why_not;
    if (!open_library("libcuda.so.1", load_mode::rtld_global, why_not)) {
        return "there is no NVIDIA driver (libcuda.so.1)";
    }
    const fs::path libtorch = libtorch_folder();
    const fs::path library = libtorch / "lib/libtorch_cuda.so";
    if (!fs::exists(library)) {
        return fmt::format("LibTorch in {} has no part for GPUs; {}", libtorch.string(), remedy(libtorch));
    }
    if (!open_library(library, load_mode::rtld_global, why_not)) {
        return fmt::format("{} cannot be loaded: {}", library.string(), why_not);
    }
    return at::hasCUDA() ? "" : "the driver finds no GPU";
}

}  // namespace graft::plugin
