// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "install/registry_files.hpp"

#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "install/scratch.hpp"

namespace graft::install {
namespace {

namespace fs = std::filesystem;

constexpr const char* https = "https://";
constexpr const char* usual_index = "index.json";

/// A name as part of an address (RFC 3986).
std::string as_address(const std::string& name) {
    static const std::string plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    std::string text;
    for (const char letter : name) {
        text += plain.find(letter) != std::string::npos
                    ? std::string(1, letter)
                    : fmt::format("%{:02X}", static_cast<unsigned char>(letter));
    }
    return text;
}

/// One name for one folder.
std::string without_slash(std::string place) {
    while (place.size() > 1 && place.back() == '/') {
        place.pop_back();
    }
    return place;
}

}  // namespace

std::string registry_place(const std::string& written) {
    constexpr const char* file = "file://";
    const auto refused = [&](const std::string& why) {
        return core::Failure(
            core::Category::pipeline,
            fmt::format("the registry '{}' cannot be used: {}", core::name_to_text(written), why),
            "a registry is a folder, its index.json, or either of them at https://");
    };
    if (written.empty()) {
        throw refused("it has no name");
    }
    if (is_remote(written)) {
        if (without_slash(written).size() < std::string(https).size()) {
            throw refused("it names no machine");
        }
        if (written.find_first_of("?#") != std::string::npos) {
            throw refused("it has a query, and files beside it would have none");
        }
        return without_slash(written);
    }
    if (written.starts_with(std::string(file) + "/")) {
        return without_slash(fs::path(written.substr(std::string(file).size())).lexically_normal().string());
    }
    if (written.find("://") != std::string::npos) {
        throw refused("others could change on the way what comes from there");
    }
    std::error_code error;
    return without_slash(fs::absolute(written, error).lexically_normal().string());
}

bool is_remote(const std::string& place) {
    return place.starts_with(https);
}

RegistryFiles::RegistryFiles(const std::string& place, Fetch fetch)
    : is_remote_(is_remote(place)), fetch_(std::move(fetch)) {
    std::error_code error;
    const bool is_folder = is_remote_ ? !place.ends_with(".json") : fs::is_directory(place, error);
    if (is_folder) {
        folder_ = is_remote_ ? place + "/" : place;
        index_ = usual_index;
    } else {
        const std::size_t slash = place.rfind('/') + 1;
        folder_ = place.substr(0, slash);
        index_ = place.substr(slash);
    }
}

std::string RegistryFiles::place_of(const std::string& name) const {
    return is_remote_ ? folder_ + as_address(name) : (fs::path(folder_) / name).string();
}

bool RegistryFiles::may_be_there() const {
    std::error_code error;
    return is_remote_ || fs::exists(place_of(index_), error);
}

std::string RegistryFiles::read(const std::string& name, std::uint64_t most_bytes) const {
    const ScratchFolder scratch;
    return core::read_file(get(name, most_bytes, scratch.folder()), most_bytes);
}

fs::path RegistryFiles::get(const std::string& name, std::uint64_t most_bytes,
                            const fs::path& scratch) const {
    if (!is_remote_) {
        std::error_code error;
        if (name == index_ && !fs::is_regular_file(place_of(name), error)) {
            throw core::Failure(
                core::Category::data,
                fmt::format("there is no index of plugins '{}'", core::name_to_text(place_of(name))),
                "a registry is a folder that holds an index.json, that file, or either of them at https://");
        }
        return place_of(name);
    }
    fs::path file = scratch / fs::path(name).filename();
    fetch_(place_of(name), file, most_bytes);
    return file;
}

}  // namespace graft::install
