// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/libtorch.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>

#include "core/environment.hpp"
#include "core/event.hpp"
#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "core/user_folders.hpp"
#include "jobs/python_packages.hpp"

namespace graft::jobs {
namespace {

namespace fs = std::filesystem;
using core::Json;

/// A folder that may hold a LibTorch.
struct Candidate {
    fs::path folder;
    std::string what;  ///< how it came to be looked at, for people
};

/// What stands in a file; empty where there is none that this user may read.
std::string text_in(const fs::path& file) {
    std::error_code error;
    return fs::is_regular_file(file, error) && ::access(file.c_str(), R_OK) == 0 ? core::read_file(file) : "";
}

/// What stands in a file of JSON; no object where there is none.
Json json_in(const fs::path& file) {
    return core::parse_json_or_discard(text_in(file));
}

std::string text_of(const Json& json, const char* name) {
    return json.is_object() && json.contains(name) && json[name].is_string() ? json[name].get<std::string>()
                                                                             : "";
}

bool is_there(const fs::path& file) {
    return ::access(file.c_str(), F_OK) == 0 || errno == EACCES;
}

/// "2.11.0" of the headers; empty where they do not say.
std::string version_of(const fs::path& folder) {
    for (const char* name :
         {"include/torch/headeronly/version.h", "include/torch/csrc/api/include/torch/version.h"}) {
        const std::string text = text_in(folder / name);
        std::string version;
        for (const std::string part : {"MAJOR", "MINOR", "PATCH"}) {
            const std::string define = "#define TORCH_VERSION_" + part + " ";
            const std::size_t found = text.find(define);
            const std::size_t begin = found == std::string::npos ? text.size() : found + define.size();
            version += (version.empty() ? "" : ".") +
                       text.substr(begin, text.find_first_not_of("0123456789", begin) - begin);
        }
        if (version.size() > 2) {
            return version;
        }
    }
    return "";
}

/// "2.11." of "2.11.0": patches of a version fit each other.
std::string series_of(const std::string& version) {
    return version.substr(0, version.rfind('.') + 1);
}

/// Why a folder will not do; empty when it does.
std::string why_not(const fs::path& folder, const std::string& wanted) {
    const fs::path library = folder / "lib/libtorch_cpu.so";
    if (!is_there(library)) {
        return "has no lib/libtorch_cpu.so";
    }
    if (::access(library.c_str(), R_OK) != 0) {
        return "may not be read by this user";
    }
    const std::string version = version_of(folder);
    if (version.empty()) {
        return "is of an unknown version: include/torch/headeronly/version.h does not say it";
    }
    return version.rfind(series_of(wanted), 0) == 0 ? "" : "is LibTorch " + version;
}

LibTorch chosen(const Candidate& candidate, bool is_linked) {
    std::error_code error;
    return {candidate.folder, version_of(candidate.folder),
            fs::exists(candidate.folder / "lib/libtorch_cuda.so", error), is_linked, candidate.what};
}

/// What $GRAFT_LIBTORCH names: the folder itself, or one that has it as torch or libtorch.
LibTorch named_by_variable(const std::string& folder, const std::string& wanted) {
    for (const fs::path& candidate :
         {fs::path(folder), fs::path(folder) / "torch", fs::path(folder) / "libtorch"}) {
        if (why_not(candidate, wanted).empty()) {
            return chosen({fs::absolute(candidate), "named by GRAFT_LIBTORCH"}, false);
        }
    }
    throw core::Failure(
        core::Category::system,
        fmt::format("GRAFT_LIBTORCH names '{}', which {}", folder, why_not(folder, wanted)),
        fmt::format("name a folder with lib/ and include/ of LibTorch {}*, or unset it: graft looks for "
                    "one itself",
                    series_of(wanted)));
}

/// What tools/fetch-libtorch fetched, or was told to use, for this user.
void add_cache(const std::string& wanted, std::vector<Candidate>& candidates) {
    fs::path cache = core::environment_variable("GRAFT_CACHE");
    if (cache.empty()) {
        const fs::path all = core::user_cache_folder(core::environment_variable);
        if (all.empty()) {
            return;
        }
        cache = all / "graft";
    }
    if (const std::string folder = text_of(json_in(cache / "libtorch-in-use.json"), "folder");
        !folder.empty()) {
        candidates.push_back({folder, "named to tools/fetch-libtorch"});
    }
    candidates.push_back({cache / ("libtorch-" + wanted) / "torch", "fetched by tools/fetch-libtorch"});
}

void add_packages(const std::vector<fs::path>& folders, const std::string& what,
                  std::vector<Candidate>& candidates) {
    for (const fs::path& folder : folders) {
        candidates.push_back({folder / "torch", what});
    }
}

/// Everywhere but in the tree, the nearest first.
std::vector<Candidate> candidates_around(const fs::path& tree, const std::string& wanted) {
    std::vector<Candidate> candidates = {
        {tree / "lib/graft" / ("libtorch-" + wanted) / "torch", "fetched into graft's own tree"},
        {tree.parent_path() / "torch", "beside graft"},
    };
    add_packages(packages_of_owner(tree), "of the Python that graft is installed in", candidates);
    add_cache(wanted, candidates);
    add_packages(packages_on_path(), "of the Python on the PATH", candidates);
    add_packages(packages_of_user(), "of the user's Python packages", candidates);
    add_packages(packages_below("/usr"), "of the system's Python packages", candidates);
    return candidates;
}

[[noreturn]] void refuse(const std::vector<Candidate>& unfit, const std::string& wanted) {
    std::string text =
        fmt::format("there is no LibTorch {}* here, and graft computes with it", series_of(wanted));
    for (const Candidate& candidate : unfit) {
        text += fmt::format("\n  {} ({}) {}", candidate.folder.string(), candidate.what,
                            why_not(candidate.folder, wanted));
    }
    throw core::Failure(
        core::Category::system, text,
        fmt::format("pip install 'torch=={}*' into the Python that is first on the PATH, or name the "
                    "folder of a LibTorch (lib/, include/): GRAFT_LIBTORCH=DIR; or fetch one without "
                    "Python: {}/share/graft/fetch-libtorch",
                    series_of(wanted), installed_tree().string()));
}

}  // namespace

fs::path installed_tree() {
    return fs::weakly_canonical(core::executable_folder() / "..");
}

std::optional<LibTorch> find_libtorch() {
    const fs::path tree = installed_tree();
    const Json named = json_in(tree / "lib/graft/libtorch.json");
    const std::string wanted = text_of(named, "version");
    if (wanted.empty()) {
        return std::nullopt;
    }
    if (const std::string folder = core::environment_variable("GRAFT_LIBTORCH"); !folder.empty()) {
        return named_by_variable(folder, wanted);
    }
    std::vector<Candidate> unfit;
    if (const std::string folder = text_of(named, "folder"); !folder.empty()) {
        const Candidate candidate{tree / folder, "named when graft was built"};
        if (why_not(candidate.folder, wanted).empty()) {
            return chosen(candidate, true);
        }
        unfit.push_back(candidate);
    }
    for (const Candidate& candidate : candidates_around(tree, wanted)) {
        const bool is_known = std::any_of(unfit.begin(), unfit.end(), [&](const Candidate& other) {
            return other.folder == candidate.folder;  // an environment lies beside graft and is its Python's
        });
        if (is_known || !is_there(candidate.folder)) {
            continue;
        }
        if (why_not(candidate.folder, wanted).empty()) {
            return chosen(candidate, false);
        }
        unfit.push_back(candidate);
    }
    refuse(unfit, wanted);
}

}  // namespace graft::jobs
