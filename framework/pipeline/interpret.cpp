// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The file as a whole; data.cpp, backbone.cpp, heads.cpp and train.cpp read its large sections.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/text.hpp"
#include "pipeline/limits.hpp"
#include "pipeline/needs.hpp"
#include "pipeline/outputs.hpp"
#include "pipeline/parts.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/section.hpp"
#include "pipeline/source.hpp"
#include "pipeline/value_words.hpp"
#include "pipeline/values.hpp"

namespace graft::pipeline {
namespace {

constexpr std::size_t longest_name = 100;

/// Why a run folder cannot be called so; empty: it can.
std::string unusable_as_folder(const std::string& name) {
    if (name.empty()) {
        return "it is empty";
    }
    if (name.size() > longest_name) {
        return fmt::format("it has more than {} bytes", longest_name);
    }
    if (name.front() == '.' || name.front() == '-') {
        return "it begins with a dot or a dash";
    }
    const bool forbidden = std::any_of(name.begin(), name.end(), [](char byte) {
        return byte == '/' || byte == '\\' || static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F;
    });
    return forbidden ? "a slash, backslash or control character is in it" : "";
}

std::string read_name(const Section& top, const std::string& file) {
    const std::string stem = std::filesystem::path(file).stem().string();
    const bool given = top.values().has("name");
    const std::string name = given ? top.values().text("name") : stem;
    const std::string reason = unusable_as_folder(name);
    if (reason.empty() || (!given && top.find("name") != nullptr)) {
        return reason.empty() ? name : "pipeline";
    }
    if (given) {
        top.refuse(
            "name",
            fmt::format("name is {}; the run folder cannot be called so: {}", got(*top.find("name")), reason),
            "letters, digits, '-', '_' and '.' always work");
    } else {
        top.refuse("name",
                   fmt::format("the run folder cannot be called '{}' as the file is: {}", stem, reason),
                   "add name: ... to the file");
    }
    return "pipeline";
}

/// A name that came from the file's own is written down: the resolved pipeline lies in another file.
void keep_name(Pipeline& pipeline) {
    Node& document = pipeline.document;
    if (document.find("name") != nullptr) {
        return;
    }
    Node name;
    name.kind = Node::Kind::scalar;
    name.scalar = pipeline.name;
    name.place = document.place;
    const auto index = document.find("graft") != nullptr && document.entries.front().first == "graft" ? 1 : 0;
    document.entries.insert(document.entries.begin() + index, {"name", name});
    document.key_places.insert(document.key_places.begin() + index, name.place);
}

/// False when the document is not of this version: its other keys may mean something else then.
bool check_document(const Node& document, const std::string& file, core::Problems& problems) {
    if (document.kind == Node::Kind::null) {
        problems.push_back(
            {{file, 0, 0, ""}, "holds nothing; a pipeline is expected", "begin with graft: 1"});
        return false;
    }
    if (!document.is_map()) {
        problems.push_back({document.place,
                            fmt::format("the file holds {}; a pipeline is a map of keys", got(document)),
                            "begin with graft: 1"});
        return false;
    }
    const Node* version = document.find("graft");
    const auto number = version != nullptr ? as_integer(*version) : std::nullopt;
    if (number && *number != 1) {
        problems.push_back({version->place,
                            fmt::format("graft is {}; this program reads version 1 of the format", *number),
                            *number > 1 ? "use a newer graft" : "write graft: 1"});
        return false;
    }
    return true;
}

/// Views are of augmented pictures; what is never read twice need not be kept.
void read_views(const Section& section, const Data& data, Features& features) {
    const Options& values = section.values();
    features.views = values.has("views") ? values.integer("views") : 0;
    features.redraw = values.has("redraw") ? values.integer("redraw") : 0;
    if (features.views > 0 && data.augment.empty()) {
        section.refuse("views", "features.views has no meaning without data.augment: every view is the same",
                       "remove it, or say with data.augment how views differ");
    }
    if (features.redraw > 0 && features.redraw <= features.views) {
        section.refuse("redraw",
                       fmt::format("features.redraw is {}; with {} views each would be seen once at most",
                                   features.redraw, features.views),
                       fmt::format("give at least {}, or fewer views", features.views + 1));
    }
    if (section.find("redraw") != nullptr && section.find("views") == nullptr) {
        section.refuse("redraw", "features.redraw has no meaning without features.views",
                       "remove it, or say how many views are kept");
    }
}

Features read_features(const Section& top, const Data& data) {
    const Node* node = top.find("features");
    if (node == nullptr) {
        return {};
    }
    const Section section(*node, top.below("features"), {"features"}, top.problems());
    Features features;
    features.cache = section.values().text("cache");
    features.folder =
        section.values().has("folder") ? core::text_to_name(section.values().text("folder")) : "";
    features.limit = section.values().real("limit");
    features.precision = section.values().text("precision");
    features.augment = read_augment(section, "feature_augment");
    read_views(section, data, features);
    for (const char* key : {"views", "redraw", "precision"}) {
        if (features.cache == "off" && section.find(key) != nullptr) {
            section.refuse(key, fmt::format("{} has no meaning beside cache: off", section.label(key)),
                           "remove one of the two");
        }
    }
    return features;
}

}  // namespace

Pipeline interpret(const Node& given, const std::string& file, core::Problems& problems) {
    const Node document = expanded_recipe(given, problems);
    Pipeline pipeline;
    pipeline.file = file;
    pipeline.document = document;
    pipeline.name = "pipeline";
    pipeline.train.phases.emplace_back();
    if (!check_document(document, file, problems)) {
        return pipeline;
    }
    const Section top(document, {"", {file, 0, 0, ""}}, {"pipeline"}, problems);
    pipeline.name = read_name(top, file);
    keep_name(pipeline);
    pipeline.seed = static_cast<std::uint64_t>(top.values().integer("seed"));
    for (const std::string& folder : top.values().texts("plugins")) {
        pipeline.plugins.push_back(core::text_to_name(folder));
    }
    pipeline.data = read_data(top);
    pipeline.backbone = read_backbone(top);
    pipeline.heads = read_heads(top);
    pipeline.train = read_train(top, pipeline.heads);
    pipeline.features = read_features(top, pipeline.data);
    outputs_of(document, problems);
    needs_of(document, problems);
    limits_of(document, problems);
    limit(problems);
    return pipeline;
}

}  // namespace graft::pipeline
