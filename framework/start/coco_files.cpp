// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "start/finding.hpp"
#include "start/split_paths.hpp"

namespace graft::start {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t longest_coco = std::uint64_t(1) << 30;

/// What one file of annotations says.
struct CocoFacts {
    std::size_t images = 0;
    std::size_t boxes = 0;
    std::size_t outlines = 0;
    std::size_t points = 0;
    std::vector<std::string> classes;
    std::string folder;  ///< that the names of its pictures are relative to, as far as they are found
    bool has_pictures = false;
};

std::size_t with_key(const Json& entries, const char* key) {
    return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), [&](const Json& entry) {
        return entry.is_object() && entry.contains(key) && !entry[key].empty();
    }));
}

/// The folder in which most of the first pictures are found by their names.
void find_pictures(const Files& files, const std::string& file, const Json& images, CocoFacts& facts) {
    constexpr std::size_t looked_at = 20;
    std::map<std::string, std::size_t> folders;
    for (std::size_t index = 0; index < std::min(looked_at, images.size()); ++index) {
        const Json& image = images[index];
        if (!image.is_object() || !image.contains("file_name") || !image["file_name"].is_string()) {
            continue;
        }
        std::string name = image["file_name"];
        std::replace(name.begin(), name.end(), '\\', '/');
        name = std::filesystem::path(name).lexically_normal().generic_string();  // without ./
        for (const std::string& path : files.pictures) {
            if (path == name) {
                ++folders[""];
            } else if (path.ends_with("/" + name)) {
                ++folders[path.substr(0, path.size() - name.size() - 1)];
            }
        }
    }
    std::pair<std::size_t, int> best{};
    for (const auto& [folder, count] : folders) {
        const std::pair<std::size_t, int> score{count, likeness(folder, file)};
        if (!facts.has_pictures || score > best) {
            best = score;
            facts.folder = folder;
            facts.has_pictures = true;
        }
    }
}

std::optional<CocoFacts> coco_facts(const Files& files, const std::string& path) {
    Json content;
    try {
        content = core::parse_json_or_discard(core::read_file(files.root / path, longest_coco));
    } catch (const core::Failure&) {
        return std::nullopt;  // it cannot be read, or is too long
    }
    for (const char* list : {"images", "annotations", "categories"}) {
        if (!content.is_object() || !content.contains(list) || !content[list].is_array()) {
            return std::nullopt;
        }
    }
    CocoFacts facts;
    for (const Json& category : content["categories"]) {
        if (category.is_object() && category.contains("name") && category["name"].is_string()) {
            facts.classes.push_back(category["name"]);
        }
    }
    facts.images = content["images"].size();
    facts.boxes = with_key(content["annotations"], "bbox");
    facts.outlines = with_key(content["annotations"], "segmentation");
    facts.points = with_key(content["annotations"], "keypoints");
    find_pictures(files, path, content["images"], facts);
    return facts;
}

/// The files that a pattern stands for.
std::vector<std::string> files_of(const SplitPaths& paths) {
    std::vector<std::string> found;
    for (const auto& [split, word] : paths.words) {
        found.push_back(path_of(paths, split));
    }
    return found.empty() ? std::vector<std::string>{paths.pattern} : found;
}

/// Where the pictures of these files lie.
SplitPaths folders_of(const SplitPaths& paths, const std::map<std::string, CocoFacts>& all) {
    std::vector<std::string> folders;
    for (const std::string& path : files_of(paths)) {
        folders.push_back(all.at(path).folder);
    }
    const bool is_one = std::all_of(folders.begin(), folders.end(),
                                    [&](const std::string& folder) { return folder == folders.front(); });
    if (is_one) {
        return {folders.front(), {}};
    }
    const SplitPaths found = split_paths(folders);
    return found.words.empty() ? SplitPaths{folders.front(), {{"", ""}}}
                               : found;  // unlike any words of files
}

std::string fact_of(const std::string& path, const CocoFacts& facts) {
    return fmt::format("{}: {} pictures, {} boxes, {} outlines, {} sets of points; {} classes: {}", path,
                       facts.images, facts.boxes, facts.outlines, facts.points, facts.classes.size(),
                       some_of(facts.classes));
}

}  // namespace

std::optional<Finding> find_coco(const Files& files) {
    std::map<std::string, CocoFacts> all;
    for (const std::string& path : files.others) {
        if (extension_of(path) == ".json") {
            if (const auto facts = coco_facts(files, path)) {
                all.emplace(path, *facts);
            }
        }
    }
    if (all.empty()) {
        return std::nullopt;
    }
    Finding found;
    found.what = "annotations in COCO's format";
    std::vector<std::string> usable;
    for (const auto& [path, facts] : all) {
        found.facts.push_back(fact_of(path, facts));
        if (facts.boxes > 0 && facts.has_pictures) {
            usable.push_back(path);
        }
    }
    if (usable.empty()) {
        found.refusal =
            "no file of annotations has boxes, and pictures that are in the folder by their `file_name`";
        return found;
    }
    SplitPaths paths = split_paths(usable);
    SplitPaths images = folders_of(paths, all);
    if (!images.words.empty() && images.words != paths.words) {  // the two name splits in other ways
        paths = {usable.front(), {}};
        images = folders_of(paths, all);
    }
    const std::vector<std::string> used = files_of(paths);
    for (const auto& [path, facts] : all) {
        if (std::find(used.begin(), used.end(), path) == used.end()) {
            found.unused.push_back(path + ": the pipeline takes " + paths.pattern);
        }
    }
    found.data = {{"use", "coco"}, {"annotations", yaml_word(paths.pattern)}};
    if (!images.pattern.empty()) {
        found.data.push_back({"images", yaml_word(images.pattern), "what names of pictures are relative to"});
    }
    const bool has_outlines = all.at(used.front()).outlines > 0;
    found.data.push_back(
        {"targets", "[boxes]", has_outlines ? "mask learns outlines, by a head `use: segmentation`" : ""});
    found.data.push_back(split_setting(paths));
    found.heads = {{"things", "boxes", "boxes"}};
    found.shape_matters = true;
    return found;
}

}  // namespace graft::start
