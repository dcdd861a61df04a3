// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "install/registry.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>

#include <fmt/format.h>

#include "core/event.hpp"
#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/names.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "install/signature.hpp"

namespace graft::install {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;
using core::Json;

constexpr int known_version = 1;
constexpr std::uint64_t longest_index = 16U << 20U;
constexpr std::uint64_t longest_signature = 4U << 10U;
constexpr std::uint64_t longest_archive = 256U << 20U;

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

Offer read_offer(const std::string& name, const Json& json, const std::string& index,
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

/// The line and the column of a byte.
core::Place place_of(const std::string& text, std::size_t byte, const std::string& where) {
    const std::string before = text.substr(0, byte);
    const auto line = std::count(before.begin(), before.end(), '\n');
    const std::size_t begin = before.rfind('\n');
    return {where, static_cast<int>(line) + 1,
            static_cast<int>(before.size() - (begin == std::string::npos ? 0 : begin + 1)), ""};
}

/// An index's text as JSON. Throws Failure(data) where it is none that this graft reads.
Json index_in(const std::string& text, const std::string& where) {
    const std::string form = fmt::format(
        "it is {{\"graft_plugins\": {}, \"plugins\": {{NAME: {{\"source\": ..., \"sha256\": ...}}}}}}",
        known_version);
    Json json;
    try {
        json = core::parse_json(text);
    } catch (const Json::parse_error& error) {
        throw Failure(Category::data, {{place_of(text, error.byte, where),
                                        "the index of plugins is no JSON from here on", form}});
    }
    const Json version = json.is_object() ? json.value("graft_plugins", Json()) : Json();
    if (version.is_number_integer() && version != known_version) {
        throw Failure(Category::data,
                      fmt::format("'{}' is an index of version {}, this graft reads {}", where,
                                  core::json_text(version), known_version),
                      "update graft, or ask the registry's maintainer for an index of that version");
    }
    if (version != known_version || !json.contains("plugins") || !json["plugins"].is_object()) {
        throw Failure(Category::data, fmt::format("'{}' is no index of plugins that this graft reads", where),
                      form);
    }
    return json;
}

/// Throws where the index is not signed as its user wants it.
void check_signature(const RegistryFiles& files, const std::string& index, const std::string& key) {
    const std::string where = core::name_to_text(files.place_of(files.index()));
    constexpr const char* remedy = "nothing of it was used; ask the registry's maintainer";
    std::string signature;
    try {
        signature = files.read(files.index() + ".sig", longest_signature);
    } catch (const Failure& failure) {
        throw Failure(Category::data,
                      fmt::format("'{}' is not signed, and --key asks for that: {}", where, failure.what()),
                      remedy);
    }
    if (!is_signed(index, signature, key)) {
        throw Failure(
            Category::data,
            fmt::format("'{}' was not signed by the key that --key names, or was changed since", where),
            remedy);
    }
}

}  // namespace

std::vector<Offer> offers_of(const PluginRegistry& registry, const Fetch& fetch) {
    const RegistryFiles files(registry.place, fetch);
    const std::string where = files.place_of(files.index());
    const std::string text = files.read(files.index(), longest_index);
    if (!registry.key.empty()) {
        check_signature(files, text, registry.key);
    }
    const Json json = index_in(text, core::name_to_text(where));
    std::vector<Offer> offers;
    core::Problems problems;
    for (const auto& [name, offer] : json["plugins"].items()) {
        offers.push_back(read_offer(name, offer, where, problems));
    }
    core::throw_if_any(Category::data, problems);
    std::sort(offers.begin(), offers.end(),
              [](const Offer& left, const Offer& right) { return left.name < right.name; });
    return offers;
}

Offer offer_of(const PluginRegistry& registry, const std::string& name, const Fetch& fetch) {
    std::vector<std::string> names;
    for (const Offer& offer : offers_of(registry, fetch)) {
        if (offer.name == name) {
            return offer;
        }
        names.push_back(offer.name);
    }
    throw Failure(
        Category::pipeline,
        fmt::format("'{}' has no plugin '{}'", core::name_to_text(registry.place), core::name_to_text(name)),
        core::suggest(name, names));
}

FoundSource offered_source(const PluginRegistry& registry, const Offer& offer, const Fetch& fetch,
                           const fs::path& scratch) {
    const RegistryFiles files(registry.place, fetch);
    FoundSource found{find_source(files.get(offer.source, longest_archive, scratch).string()), "",
                      files.place_of(offer.source)};
    found.sha256 = hash_of(found.source);
    if (found.sha256 != offer.sha256) {
        throw Failure(Category::data,
                      fmt::format("'{}' is not what the index names: its SHA-256 is {}, the index has {}",
                                  core::name_to_text(found.place), found.sha256, offer.sha256),
                      "tell the registry's maintainer; nothing was built");
    }
    return found;
}

}  // namespace graft::install
