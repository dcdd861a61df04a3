// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `data:` with its splits, image and augmentation.
#include <utility>

#include <fmt/format.h>

#include "pipeline/parts.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/section.hpp"
#include "pipeline/value_words.hpp"
#include "pipeline/values.hpp"

namespace graft::pipeline {
namespace {

bool is_fraction(const Node* node) {
    return node != nullptr && node->is_scalar() && !node->quoted && looks_like_number(*node);
}

/// The text of a split's name; "" stands for none.
void read_split_name(const Section& section, const std::string& key, std::string& name) {
    const Node* node = section.find(key);
    if (node != nullptr && node->is_scalar()) {
        name = node->scalar;
    } else if (node != nullptr) {
        section.refuse(key, fmt::format("{} is {}; must be the name of a split, or a fraction",
                                        section.label(key), got(*node)));
    }
}

void read_split_fraction(const Section& section, const std::string& key, double& fraction) {
    const Node* node = section.find(key);
    if (node == nullptr) {
        return;
    }
    if (!is_fraction(node) && node->is_scalar()) {
        section.refuse(key,
                       fmt::format("{} is the name '{}' beside a fraction; names and fractions do not mix",
                                   section.label(key), node->scalar),
                       "write all as names or all as fractions");
        return;
    }
    const OptionValue value =
        read_value(*node, section.described(key).spec, section.label(key), section.problems());
    fraction = value.index() != 0 ? std::get<double>(value) : 0;
}

void read_fractions(const Section& section, SplitRule& split) {
    split.by_fraction = true;
    split.train.clear();
    split.val.clear();
    read_split_fraction(section, "val", split.val_fraction);
    read_split_fraction(section, "test", split.test_fraction);
    if (split.val_fraction + split.test_fraction >= 1) {
        section.refuse("val",
                       fmt::format("{} and {} leave nothing for training: {} and {} make {}",
                                   section.label("val"), section.label("test"), split.val_fraction,
                                   split.test_fraction, split.val_fraction + split.test_fraction),
                       "their sum must be below 1");
        split.val_fraction = split.test_fraction = 0;
    }
    if (section.find("train") != nullptr) {
        section.refuse("train",
                       fmt::format("{} has no meaning beside a fraction: training takes the rest",
                                   section.label("train")),
                       "remove it");
    }
    split.seed = static_cast<std::uint64_t>(section.values().integer("seed"));
    split.stratify = section.values().has("stratify") ? section.values().text("stratify") : "";
    split.by_group = section.values().has("group");
}

void read_names(const Section& section, SplitRule& split) {
    read_split_name(section, "train", split.train);
    read_split_name(section, "val", split.val);
    read_split_name(section, "test", split.test);
    for (const std::string key : {"seed", "stratify", "group"}) {
        if (section.find(key) != nullptr) {
            section.refuse(key,
                           fmt::format("{} has no meaning where the splits have names", section.label(key)),
                           "write val: 0.2 to divide the whole data set, or remove it");
        }
    }
    if (split.train.empty()) {
        section.refuse("train", fmt::format("{} is empty; training needs a split", section.label("train")));
        split.train = "train";
    }
}

SplitRule read_split(const Section& data) {
    SplitRule split;
    split.place = data.place();
    const Node* node = data.find("split");
    if (node == nullptr) {
        return split;
    }
    split.place = node->place;
    split.is_given = true;
    const Section section(*node, data.below("split"), {"split"}, data.problems());
    if (is_fraction(section.find("val")) || is_fraction(section.find("test"))) {
        read_fractions(section, split);
    } else {
        read_names(section, split);
    }
    return split;
}

void read_size(const Section& image, Data& data) {
    const Node* node = image.find("size");
    if (node == nullptr) {
        return;
    }
    const OptionSpec& side = image.described("size").spec;
    const std::string label = image.label("size");
    data.image_size_place = node->place;
    if (node->is_list() && node->items.size() == 2) {
        const std::size_t before = image.problems().size();
        const OptionValue height = read_value(node->items[0], side, label + ".0", image.problems());
        const OptionValue width = read_value(node->items[1], side, label + ".1", image.problems());
        if (image.problems().size() == before) {
            data.image_size = {std::get<std::int64_t>(height), std::get<std::int64_t>(width)};
        }
        return;
    }
    const auto single = as_integer(*node);
    if (single && *single >= 1 && static_cast<double>(*single) <= side.maximum) {
        data.image_size = {*single, *single};
        return;
    }
    image.refuse("size",
                 fmt::format("{} is {}; must be a whole number {}, or two of them", label,
                             node->is_list() ? fmt::format("a list of {}", node->items.size()) : got(*node),
                             range_text(side)),
                 "write 224, or [height, width]");
}

/// `mean` or `std`: three numbers, or nothing.
std::optional<std::array<double, 3>> read_colour(const Section& image, const std::string& name) {
    if (!image.values().has(name)) {
        return std::nullopt;
    }
    const std::vector<double>& given = image.values().reals(name);
    return std::array<double, 3>{given[0], given[1], given[2]};
}

void read_normalization(const Section& image, Data& data) {
    data.mean = read_colour(image, "mean");
    data.std = read_colour(image, "std");
    const bool has_mean = image.find("mean") != nullptr;
    if (has_mean != (image.find("std") != nullptr)) {
        const char* lone = has_mean ? "mean" : "std";
        image.refuse(lone, fmt::format("{} stands alone", image.label(lone)),
                     "give mean and std together, or neither: they belong to the weights");
    }
}

void read_image(const Section& section, Data& data) {
    const Node* node = section.find("image");
    if (node == nullptr) {
        return;
    }
    const Section image(*node, section.below("image"), {"image"}, section.problems());
    read_size(image, data);
    if (image.values().has("resize")) {
        const std::string& resize = image.values().text("resize");
        data.resize = resize == "crop" ? Resize::crop : resize == "pad" ? Resize::pad : Resize::stretch;
    }
    if (image.values().has("interpolation")) {
        data.interpolation = image.values().text("interpolation") == "bicubic" ? Interpolation::bicubic
                                                                               : Interpolation::bilinear;
    }
    if (image.values().has("bits")) {
        data.image_bits = image.values().integer("bits");
    }
    read_normalization(image, data);
}

void read_orientation(const Section& section, Data& data) {
    if (section.values().has("orientation")) {
        data.orientation = section.values().text("orientation") == "stored" ? Frame::stored : Frame::seen;
        data.orientation_place = section.find("orientation")->place;
    }
}

/// How many of the samples are used.
void read_amount(const Section& section, Data& data) {
    data.limit = section.values().has("limit") ? section.values().integer("limit") : 0;
    data.fraction = section.values().real("fraction");
    if (section.find("limit") != nullptr && section.find("fraction") != nullptr) {
        section.refuse("fraction",
                       fmt::format("{} and {} both say how many samples are used", section.label("limit"),
                                   section.label("fraction")),
                       "keep one of them");
    }
}

/// What they name is read where the data are (pipeline/corrections.hpp).
void check_corrections(const Section& section) {
    for (const std::string key : {"exclude", "relabel"}) {
        if (section.values().has(key) && section.values().text(key).empty()) {
            section.refuse(key, fmt::format("{} is empty; must be the name of a file", section.label(key)),
                           "remove it where nothing is to be corrected");
        }
    }
}

}  // namespace

Data read_data(const Section& top) {
    Data data;
    const Node* node = top.find("data");
    if (node == nullptr) {
        top.problems().push_back({top.place(), "'data' is missing: the data set and its pictures",
                                  "add data: {use: image_folder, root: ...}"});
        return data;
    }
    const Section section(*node, top.below("data"), {"data"}, top.problems());
    data.use = section.use();
    data.bad_images = section.values().real("bad_images");
    data.decoded_cache = section.values().text("decoded_cache");
    read_amount(section, data);
    check_corrections(section);
    data.split = read_split(section);
    read_orientation(section, data);
    read_image(section, data);
    data.augment = read_augment(section, "augment");
    return data;
}

}  // namespace graft::pipeline
