// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "start/finding.hpp"
#include "start/png_numbers.hpp"
#include "start/split_paths.hpp"

namespace graft::start {
namespace {

constexpr std::uint64_t longest_mask_file = std::uint64_t(256) << 20;
constexpr std::size_t ignored = 255;

/// Names of folders that hold masks.
bool means_masks(const std::string& folder) {
    static constexpr std::array<const char*, 6> words = {"mask",         "label",  "annotation",
                                                         "segmentation", "trimap", "ground_truth"};
    const std::string name = in_small_letters(name_of(folder));
    return std::any_of(words.begin(), words.end(),
                       [&](const char* word) { return name.find(word) != std::string::npos; });
}

/// A folder of pictures, one of masks, and what a mask's name has behind its picture's.
struct MaskPlace {
    std::string images;
    std::string masks;
    std::string suffix;
    std::vector<std::string> pictures;  ///< those below `images`, as stems relative to it
    std::vector<std::string> pairs;     ///< masks of these
};

std::set<std::string> stems_below(const Files& files, const std::string& folder, bool only_png) {
    std::set<std::string> stems;
    for (const std::string& path : files.pictures_below(folder)) {
        if (!only_png || extension_of(path) == ".png") {
            stems.insert(without_extension(path).substr(folder.size() + 1));
        }
    }
    return stems;
}

MaskPlace place_of(const Files& files, const std::string& images, const std::string& masks,
                   const std::string& suffix) {
    MaskPlace place{images, masks, suffix, {}, {}};
    const std::set<std::string> known = stems_below(files, masks, true);
    for (const std::string& stem : stems_below(files, images, false)) {
        if (images == masks && stem.ends_with(suffix)) {
            continue;
        }
        place.pictures.push_back(stem);
        if (known.count(stem + suffix) > 0) {
            place.pairs.push_back(masks + "/" + stem + suffix + ".png");
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

/// The pair of folders right below `above` that most pictures speak for, more than half of them; without
/// pairs: there is none.
MaskPlace best_place(const Files& files, const std::string& above) {
    MaskPlace best;
    const std::set<std::string> folders = folders_in(files, above);
    for (const std::string& masks : folders) {
        for (const std::string& images : folders) {
            for (const char* suffix : {"", "_mask", "-mask", "_seg", "_label"}) {
                const bool plain = std::string(suffix).empty();
                if (plain ? images == masks || !means_masks(masks) : images != masks && !means_masks(masks)) {
                    continue;
                }
                MaskPlace place = place_of(files, images, masks, suffix);
                if (place.pairs.size() * 2 >= place.pictures.size() &&
                    place.pairs.size() > best.pairs.size()) {
                    best = std::move(place);
                }
            }
        }
    }
    return best;
}

/// The numbers in some of the masks, or why one of them is none.
std::string look_into(const Files& files, const std::vector<std::string>& masks, NumberCounts& counts) {
    constexpr std::size_t looked_at = 200;
    const std::size_t step = std::max<std::size_t>(1, masks.size() / looked_at);
    for (std::size_t index = 0; index < masks.size(); index += step) {
        try {
            const std::string wrong =
                count_numbers(core::read_file(files.root / masks[index], longest_mask_file), counts);
            if (!wrong.empty()) {
                return masks[index] + " " + wrong;
            }
        } catch (const core::Failure& failure) {
            return failure.what();
        }
    }
    return "";
}

/// Names of classes that a text in the folder has, one a line.
std::vector<std::string> named_classes(const Files& files) {
    for (const char* name : {"classes.txt", "labels.txt", "class_names.txt"}) {
        if (files.others.count(name) == 0) {
            continue;
        }
        std::vector<std::string> names;
        std::istringstream lines(core::read_file(files.root / name, longest_mask_file));
        for (std::string line; std::getline(lines, line);) {
            line.erase(line.find_last_not_of(" \t\r") + 1);
            if (!line.empty()) {
                names.push_back(line);
            }
        }
        return names;
    }
    return {};
}

/// The keys `classes` and, where numbers are not 0, 1, 2, ..., `values`.
void add_classes(const Files& files, const NumberCounts& counts, Finding& found) {
    std::vector<std::string> numbers;
    std::vector<std::string> classes;
    std::size_t last = 0;
    for (std::size_t number = 0; number < counts.size(); ++number) {
        // 255 is what does not count, unless there are but two numbers.
        if (counts[number] > 0 && (number < ignored || numbers.size() == 1)) {
            numbers.push_back(fmt::format("{}", number));
            classes.push_back("class_" + numbers.back());
            last = number;
        }
    }
    const bool is_binary = numbers.size() == 2;
    const bool in_turn = last < 2 * numbers.size() && last < ignored;
    found.facts.push_back(fmt::format("numbers in masks: {}", some_of(numbers, 30)));
    if (in_turn) {
        classes.clear();
        for (std::size_t number = 0; number <= last; ++number) {
            classes.push_back(fmt::format("class_{}", number));
        }
    }
    if (is_binary) {
        classes = {"background", "thing"};
    }
    const std::vector<std::string> names = named_classes(files);
    if (names.size() >= classes.size() && names.size() < ignored && in_turn) {
        classes = names;
    }
    found.data.push_back({"classes", yaml_list(classes), "names of your own do as well"});
    if (!in_turn) {
        found.data.push_back({"values", fmt::format("[{}]", fmt::join(numbers, ", ")),
                              "the number of each class in the masks"});
    }
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
    NumberCounts counts{};
    found.refusal = look_into(files, all, counts);
    if (found.refusal.empty()) {
        add_classes(files, counts, found);
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
                                     : place_of(files, folder, whole.masks + "/" + name, whole.suffix));
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
