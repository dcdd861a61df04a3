// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "start/finding.hpp"
#include "start/mask_classes.hpp"
#include "start/split_paths.hpp"

namespace graft::start {
namespace {

/// What a mask's name may have behind its picture's, where both lie in one folder.
constexpr std::array<const char*, 9> usual_suffixes = {"_mask",   "-mask",  "_masks", "_seg", "_segmentation",
                                                       "_labels", "_label", "_gt",    "_L"};

/// A folder and what lies below it: stem relative to the folder -> path; of several files a PNG.
struct Folder {
    std::string name;
    std::map<std::string, std::string> stems;
};

/// A folder of pictures, one of masks, and what a mask's name has behind its picture's.
struct MaskPlace {
    std::string images;
    std::string masks;
    std::string suffix;
    std::vector<std::string> pictures;  ///< those below `images`, as stems relative to it
    std::vector<std::string> pairs;     ///< masks of these
    std::size_t masks_there = 0;        ///< with and without a picture
};

Folder folder_at(const Files& files, const std::string& name) {
    Folder folder{name, {}};
    for (const std::string& path : files.pictures_below(name)) {
        std::string& kept = folder.stems[without_extension(path).substr(name.size() + 1)];
        kept = kept.empty() || extension_of(path) == ".png" ? path : kept;
    }
    return folder;
}

/// What names of some of the masks have behind those of pictures, from `_`, `-`, `.` or a space on; "" is
/// among them.
std::set<std::string> suffixes_of(const Folder& images, const Folder& masks) {
    constexpr std::size_t looked_at = 50;
    std::set<std::string> suffixes = {""};
    std::size_t number = 0;
    for (auto mask = masks.stems.begin(); mask != masks.stems.end() && number < looked_at; ++mask, ++number) {
        const std::string& stem = mask->first;
        for (std::size_t place = 0; (place = stem.find_first_of("_-. ", place)) != std::string::npos;
             ++place) {
            if (images.stems.count(stem.substr(0, place)) > 0) {
                suffixes.insert(stem.substr(place));
            }
        }
    }
    return suffixes;
}

MaskPlace place_of(const Folder& images, const Folder& masks, const std::string& suffix) {
    MaskPlace place{images.name, masks.name, suffix, {}, {}, 0};
    place.masks_there = static_cast<std::size_t>(
        std::count_if(masks.stems.begin(), masks.stems.end(),
                      [&](const auto& entry) { return entry.first.ends_with(suffix); }));
    for (const auto& [stem, path] : images.stems) {
        if (images.name == masks.name && stem.ends_with(suffix)) {
            continue;
        }
        place.pictures.push_back(stem);
        if (const auto mask = masks.stems.find(stem + suffix); mask != masks.stems.end()) {
            place.pairs.push_back(mask->second);
        }
    }
    return place;
}

/// Folders right below one; "" is the root.
std::set<std::string> folders_in(const Files& files, const std::string& folder) {
    std::set<std::string> found;
    const std::size_t begin = folder.empty() ? 0 : folder.size() + 1;
    for (const std::string& path : files.pictures_below(folder)) {
        const std::size_t slash = path.find('/', begin);
        if (slash != std::string::npos) {
            found.insert(path.substr(0, slash));
        }
    }
    return found;
}

/// Whether the pairs are no chance: most masks have a picture, and where both lie in one folder most pictures
/// a mask.
bool is_credible(const MaskPlace& place) {
    const std::size_t all = place.images == place.masks ? place.pictures.size() : place.masks_there;
    return !place.pairs.empty() && place.pairs.size() * 2 >= all;
}

/// The pair of folders right below `above` that most pictures speak for; without pairs: there is none.
MaskPlace best_place(const Files& files, const std::string& above) {
    MaskPlace best;
    std::vector<Folder> folders;
    for (const std::string& name : folders_in(files, above)) {
        folders.push_back(folder_at(files, name));
    }
    const auto consider = [&](const Folder& images, const Folder& masks, const std::string& suffix) {
        MaskPlace place = place_of(images, masks, suffix);
        if (is_credible(place) && place.pairs.size() > best.pairs.size()) {
            best = std::move(place);
        }
    };
    for (const Folder& masks : folders) {
        for (const char* suffix : usual_suffixes) {
            consider(masks, masks, suffix);
        }
        for (const Folder& images : folders) {
            // Two folders of such names are with_mask and without_mask: classes.
            if (means_masks(masks.name) && !means_masks(images.name)) {
                for (const std::string& suffix : suffixes_of(images, masks)) {
                    consider(images, masks, suffix);
                }
            }
        }
    }
    return best;
}

Finding finding_of(const Files& files, const SplitPaths& images, const SplitPaths& masks,
                   const std::vector<MaskPlace>& places) {
    Finding found;
    found.what = "a mask beside each picture";
    std::vector<std::string> all;
    for (const MaskPlace& place : places) {
        found.facts.push_back(fmt::format("{} of {} pictures in {}/ have one of the same name in {}/",
                                          place.pairs.size(), place.pictures.size(), place.images,
                                          place.masks));
        all.insert(all.end(), place.pairs.begin(), place.pairs.end());
    }
    found.data = {
        {"use", "mask_folder"}, {"images", yaml_word(images.pattern)}, {"masks", yaml_word(masks.pattern)}};
    if (!places.front().suffix.empty()) {
        found.data.push_back({"suffix", yaml_word(places.front().suffix), "behind a picture's name"});
    }
    add_mask_classes(files, all, found);
    if (found.refusal.empty()) {
        found.data.push_back(split_setting(images));
        found.heads = {{"scene", "mask", "mask"}};
        found.shape_matters = true;
    }
    return found;
}

}  // namespace

std::optional<Finding> find_masks(const Files& files) {
    std::vector<MaskPlace> places;
    std::vector<std::string> images;
    std::vector<std::string> masks;
    const auto keep = [&](MaskPlace place) {
        if (!place.pairs.empty()) {
            images.push_back(place.images);
            masks.push_back(place.masks);
            places.push_back(std::move(place));
        }
    };
    const MaskPlace whole = best_place(files, "");
    // images/train beside masks/train, or train/images beside train/masks.
    for (const std::string& folder : folders_in(files, whole.images)) {
        const std::string name = name_of(folder);
        if (!split_of(name).empty()) {
            keep(whole.pairs.empty() ? best_place(files, folder)
                                     : place_of(folder_at(files, folder),
                                                folder_at(files, whole.masks + "/" + name), whole.suffix));
        }
    }
    const SplitPaths found = images.empty() ? SplitPaths{} : split_paths(images);
    if (!found.words.empty()) {
        return finding_of(files, found, split_paths(masks), places);
    }
    if (whole.pairs.empty()) {
        return std::nullopt;
    }
    return finding_of(files, {whole.images, {}}, {whole.masks, {}}, {whole});
}

}  // namespace graft::start
