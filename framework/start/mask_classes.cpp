// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "start/mask_classes.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "start/png_numbers.hpp"

namespace graft::start {
namespace {

constexpr std::uint64_t longest_mask_file = std::uint64_t(256) << 20;
constexpr std::size_t ignored = 255;

constexpr const char* no_png =
    " is no PNG, as a mask must be: JPEG changes the numbers of pixels, and of other formats they are not "
    "read; save the masks as PNG from where they come from";

/// Calls `take` with the bytes of some of the masks, as long as it returns nothing; says why one of them
/// cannot be used.
template <class Take>
std::string look_into(const Files& files, const std::vector<std::string>& masks, Take&& take) {
    constexpr std::size_t looked_at = 200;
    const std::size_t step = std::max<std::size_t>(1, masks.size() / looked_at);
    for (std::size_t index = 0; index < masks.size(); index += step) {
        const std::string& mask = masks[index];
        if (extension_of(mask) != ".png") {
            return mask + no_png;
        }
        try {
            const std::string wrong = take(core::read_file(files.root / mask, longest_mask_file));
            if (!wrong.empty()) {
                return mask + " " + wrong;
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
void add_numbers(const Files& files, const NumberCounts& counts, Finding& found) {
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
    found.facts.push_back(fmt::format("numbers in masks: {}", some_of(numbers, 30)));
    if (numbers.size() < 2) {
        found.refusal = fmt::format(
            "the masks hold nothing to tell apart: each of their pixels is {}; a mask's pixels are the "
            "numbers of classes, of which there must be two or more",
            numbers.empty() ? "255, which does not count" : numbers.front());
        return;
    }
    const bool is_binary = numbers.size() == 2;
    const bool in_turn = is_binary ? last == 1 : last < 2 * numbers.size() && last < ignored;
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

/// The keys `classes` and `colours`.
void add_colours(const Files& files, const ColourCounts& counts, Finding& found) {
    std::vector<std::string> colours;
    std::vector<std::string> classes;
    for (const auto& [colour, count] : counts) {
        classes.push_back(fmt::format("class_{:06x}", colour));
        colours.push_back(fmt::format("\"#{:06x}\"", colour));
    }
    found.facts.push_back(fmt::format("colours in masks: {}", some_of(colours, 30)));
    if (colours.size() < 2) {
        found.refusal = "the masks hold nothing to tell apart: each of their pixels is " + colours.front();
        return;
    }
    const std::vector<std::string> names = named_classes(files);
    if (colours.size() == 2) {
        classes = {"background", "thing"};
    }
    if (names.size() == classes.size()) {
        classes = names;
    }
    found.data.push_back({"classes", yaml_list(classes), "names of your own do as well"});
    found.data.push_back({"colours", fmt::format("[{}]", fmt::join(colours, ", ")),
                          "of each class; one more is for pixels that do not count"});
}

}  // namespace

bool means_masks(const std::string& folder) {
    static constexpr std::array<const char*, 7> words = {
        "mask", "label", "annotation", "segmentation", "trimap", "ground_truth", "groundtruth"};
    const std::string name = in_small_letters(name_of(folder));
    return name == "gt" || std::any_of(words.begin(), words.end(), [&](const char* word) {
               return name.find(word) != std::string::npos;
           });
}

void add_mask_classes(const Files& files, const std::vector<std::string>& masks, Finding& found) {
    NumberCounts numbers{};
    bool has_colours = false;
    found.refusal = look_into(files, masks, [&](const std::string& bytes) {
        has_colours = has_colours || is_in_colours(bytes);
        return has_colours ? "" : count_numbers(bytes, numbers);
    });
    if (!found.refusal.empty()) {
        return;
    }
    if (!has_colours) {
        add_numbers(files, numbers, found);
        return;
    }
    ColourCounts colours;
    found.refusal =
        look_into(files, masks, [&](const std::string& bytes) { return count_colours(bytes, colours); });
    if (found.refusal.empty()) {
        add_colours(files, colours, found);
    }
}

}  // namespace graft::start
