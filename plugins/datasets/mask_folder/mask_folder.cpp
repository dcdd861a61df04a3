// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Pictures in one folder, and in another a mask of the same name for each: a PNG whose stored numbers
// (palette indices or grey) are the classes of its pixels.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "../folders/files.hpp"
#include "graft/ability.hpp"
#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "pairs.hpp"

namespace graft::mask_folder {
namespace {

std::string values_text(const std::vector<std::int64_t>& values) {
    std::string text;
    for (const std::int64_t value : values) {
        text += (text.empty() ? "" : " ") + std::to_string(value);
    }
    return text;
}

/// The colour of a number in the palette of PASCAL VOC's masks: its bits, three by three from the lowest, are
/// red, green and blue from the highest.
std::string voc_colour(unsigned int number) {
    unsigned int channels[3] = {0, 0, 0};
    for (unsigned int bit = 8; bit-- > 0; number >>= 3) {
        for (unsigned int channel = 0; channel < 3; ++channel) {
            channels[channel] |= (number >> channel & 1) << bit;
        }
    }
    char text[8];
    std::snprintf(text, sizeof(text), "#%02x%02x%02x", channels[0], channels[1], channels[2]);
    return text;
}

/// What the schema's property `colours` says: as given, or PASCAL VOC's, whose 255 does not count.
std::string colours_text(const std::vector<std::string>& colours, std::size_t classes) {
    std::string text;
    if (colours == std::vector<std::string>{"voc"}) {
        for (std::size_t index = 0; index < classes; ++index) {
            text += voc_colour(static_cast<unsigned int>(index)) + " ";
        }
        return text + voc_colour(255);
    }
    for (const std::string& colour : colours) {
        text += (text.empty() ? "" : " ") + colour;
    }
    return text;
}

void check_colours(const std::vector<std::string>& colours, const Options& options) {
    if (!options.integers("values").empty()) {
        throw Error(
            ErrorKind::options,
            "`values` and `colours` are both given; numbers of pixels or their colours are the classes");
    }
    const std::size_t classes = options.texts("classes").size();
    if (colours == std::vector<std::string>{"voc"}) {
        return;
    }
    const std::set<std::string> different(colours.begin(), colours.end());
    const bool is_right = std::all_of(colours.begin(), colours.end(), [](const std::string& colour) {
        return colour.size() == 7 && colour[0] == '#' &&
               colour.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string::npos;
    });
    if (!is_right || different.size() != colours.size() ||
        (colours.size() != classes && colours.size() != classes + 1)) {
        throw Error(
            ErrorKind::options,
            "`colours` has " + std::to_string(colours.size()) + " entries, " +
                std::to_string(different.size()) + " of them different, for " + std::to_string(classes) +
                " classes; give each class a colour such as \"#800000\", and one more where there are pixels "
                "that do not count, or write [voc]");
    }
}

TargetSchema target_of(const Options& options) {
    const std::vector<std::string>& classes = options.texts("classes");
    const std::vector<std::int64_t>& values = options.integers("values");
    const std::set<std::string> different(classes.begin(), classes.end());
    if (classes.empty() || classes.size() > 255 || different.size() != classes.size()) {
        throw Error(ErrorKind::options,
                    "`classes` has " + std::to_string(classes.size()) + " names, " +
                        std::to_string(different.size()) +
                        " of them different; a mask has 1 to 255 classes, each with a name of its own");
    }
    const std::set<std::int64_t> different_values(values.begin(), values.end());
    if (!values.empty() && (values.size() != classes.size() || different_values.size() != values.size())) {
        throw Error(ErrorKind::options, "`values` has " + std::to_string(values.size()) + " numbers, " +
                                            std::to_string(different_values.size()) +
                                            " of them different, for " + std::to_string(classes.size()) +
                                            " classes; give each class the number of its pixels");
    }
    TargetSchema schema = mask_target(options.text("target"), classes);
    if (!values.empty()) {
        schema.properties["values"] = values_text(values);
    }
    if (const std::vector<std::string>& colours = options.texts("colours"); !colours.empty()) {
        check_colours(colours, options);
        schema.properties["colours"] = colours_text(colours, classes.size());
    }
    return schema;
}

class MaskFolder : public Dataset {
public:
    static OptionTable options() {
        return {
            option::path("root", "the folder that holds those of pictures and masks").must(),
            option::texts("classes", {}, "names of the classes, in the order of the numbers in the masks")
                .must(),
            option::text("images", "images",
                         "the pictures' folder below root; \"{split}\" in it stands for the split's name"),
            option::text("masks", "masks", "the masks' folder below root, alike"),
            option::text(
                "suffix", "",
                "what a mask's name has behind its picture's, such as _mask; needed where both lie in "
                "one folder"),
            option::integers(
                "values", {},
                "the number that each class has in the masks, such as [0, 255]; absent: 0, 1, 2, "
                "... and 255 for pixels that do not count")
                .between(0, 255),
            option::texts(
                "colours", {},
                "the colour that each class has in the masks, such as [\"#000000\", \"#800000\"], and one "
                "more for pixels that do not count; [voc]: those of PASCAL VOC; absent: the numbers are the "
                "classes"),
            option::text("target", "mask", "name of the target")};
    }

    static std::vector<TargetSchema> schema(const Options& options, const std::string&) {
        return {target_of(options)};
    }

    static const void* ability(std::string_view name) {
        static constexpr ability::Outline outline = [](const Options& options) {
            return std::vector<TargetSchema>{target_of(options)};
        };
        static constexpr ability::SplitNames names = [](const Options& options) {
            return folders::splits_on_disk(options.text("root"), options.text("images"));
        };
        return name == ability::outline       ? static_cast<const void*>(&outline)
               : name == ability::split_names ? static_cast<const void*>(&names)
                                              : nullptr;
    }

    static std::string example() {
        return "use: mask_folder\n"
               "root: streets                 # images/train/1.jpg and masks/train/1.png, ...\n"
               "images: images/{split}\n"
               "masks: masks/{split}\n"
               "classes: [ground, road, car]  # the numbers 0, 1, 2 in a mask; 255 does not count\n"
               "split: {train: train, val: val}\n";
    }

    MaskFolder(const Options& options, const DatasetContext& context) {
        const std::filesystem::path root = options.text("root");
        const std::string& images = options.text("images");
        const std::string& masks = options.text("masks");
        if (images == masks && options.text("suffix").empty()) {
            throw Error(ErrorKind::options, "`images` and `masks` are both '" + images +
                                                "'; name two folders, or tell masks apart by `suffix`");
        }
        if (folders::names_split(images) != folders::names_split(masks)) {
            throw Error(ErrorKind::options, "`images` is '" + images + "' and `masks` is '" + masks +
                                                "'; write \"{split}\" in both or in none");
        }
        for (const std::string& split : folders::splits_to_open(root, "images", images, context.split)) {
            Pairs found = find_pairs({root, folders::with_split(images, split),
                                      folders::with_split(masks, split), options.text("suffix")});
            std::move(found.pairs.begin(), found.pairs.end(), std::back_inserter(pairs_));
            std::move(found.problems.begin(), found.problems.end(), std::back_inserter(problems_));
        }
        if (pairs_.empty()) {
            refuse_nothing(root);
        }
    }

    std::int64_t size() const override { return static_cast<std::int64_t>(pairs_.size()); }
    std::string id(std::int64_t index) const override { return pair(index).id; }
    std::vector<TargetValue> targets(std::int64_t index) const override {
        return {MaskSource(pair(index).mask)};
    }
    ImageSource image(std::int64_t index) const override { return pair(index).picture; }
    std::vector<DataProblem> problems() const override { return problems_; }

private:
    [[noreturn]] void refuse_nothing(const std::filesystem::path& root) const {
        std::string text = "no picture below " + root.string() + " has a mask";
        for (std::size_t index = 0; index < std::min<std::size_t>(problems_.size(), 5); ++index) {
            text += "\n  " + problems_[index].place + " " + problems_[index].message;
        }
        throw Error(ErrorKind::data,
                    text +
                        "\nA mask has its picture's name and ends in .png. Correct `root`, `images`, "
                        "`masks` or `suffix`.");
    }

    const Pair& pair(std::int64_t index) const { return pairs_.at(static_cast<std::size_t>(index)); }

    std::vector<Pair> pairs_;
    std::vector<DataProblem> problems_;
};

}  // namespace
}  // namespace graft::mask_folder

GRAFT_DATASET(graft::mask_folder::MaskFolder, "mask_folder", "1.0.0",
              "pictures and a mask of the same name for each")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
