// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "install/registry.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "core/event.hpp"
#include "core/files.hpp"
#include "core/names.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"

namespace graft::install {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;
using core::Json;

constexpr int known_version = 1;
constexpr std::uint64_t longest_index = 16U << 20U;

fs::path index_of(const std::string& registry) {
    std::error_code error;
    const fs::path whole = fs::absolute(registry, error);
    return fs::is_directory(whole, error) ? whole / "index.json" : whole;
}

std::string text_in(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

bool is_sha256(const std::string& text) {
    constexpr std::size_t digits = 64;
    return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// Whether a path stays in the folder of the index.
bool is_below(const std::string& text) {
    const fs::path path = fs::path(text).lexically_normal();
    return !text.empty() && path.is_relative() && *path.begin() != "..";
}

Offer offer_of(const std::string& name, const Json& json, const std::string& index,
               core::Problems& problems) {
    Offer offer{name, text_in(json, "source"), text_in(json, "sha256"), text_in(json, "summary")};
    const auto wrong = [&](const char* what) {
        problems.push_back(
            {{index, 0, 0, ""}, fmt::format("the plugin '{}' {}", core::name_to_text(name), what), ""});
    };
    if (!is_below(offer.source)) {
        wrong("names no source in the folder of the index");
    }
    if (!is_sha256(offer.sha256)) {
        wrong("has no sha256 of 64 digits in small letters");
    }
    return offer;
}

}  // namespace

std::vector<Offer> offers_of(const std::string& registry) {
    const fs::path index = index_of(registry);
    const Json json = Json::parse(core::read_file(index, longest_index), nullptr, false);
    const bool is_index = json.is_object() && json.contains("plugins") && json["plugins"].is_object();
    if (!is_index || json.value("graft_plugins", Json()) != known_version) {
        throw Failure(Category::data,
                      fmt::format("'{}' is no index of plugins that this graft reads",
                                  core::name_to_text(index.string())),
                      fmt::format("it is {{\"graft_plugins\": {}, \"plugins\": {{NAME: {{\"source\": ..., "
                                  "\"sha256\": ...}}}}}}",
                                  known_version));
    }
    std::vector<Offer> offers;
    core::Problems problems;
    for (const auto& [name, offer] : json["plugins"].items()) {
        offers.push_back(offer_of(name, offer, index.string(), problems));
    }
    core::throw_if_any(Category::data, problems);
    std::sort(offers.begin(), offers.end(),
              [](const Offer& left, const Offer& right) { return left.name < right.name; });
    return offers;
}

Source offered_source(const std::string& registry, const std::string& name) {
    std::vector<std::string> names;
    for (const Offer& offer : offers_of(registry)) {
        names.push_back(offer.name);
        if (offer.name != name) {
            continue;
        }
        const Source source = find_source((index_of(registry).parent_path() / offer.source).string());
        if (const std::string hash = hash_of(source); hash != offer.sha256) {
            throw Failure(Category::data,
                          fmt::format("'{}' is not what the index names: its SHA-256 is {}, the index has {}",
                                      core::name_to_text(source.path.string()), hash, offer.sha256),
                          "tell whoever keeps the registry; nothing was built");
        }
        return source;
    }
    throw Failure(
        Category::pipeline,
        fmt::format("'{}' has no plugin '{}'", core::name_to_text(registry), core::name_to_text(name)),
        core::suggest(name, names));
}

}  // namespace graft::install
