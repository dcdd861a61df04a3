// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The keys of the file as a whole and of `data:`.
#include "pipeline/format_tables.hpp"

namespace graft::pipeline {

FormatSection pipeline_section() {
    return {
        "pipeline",
        "",
        "The file as a whole",
        false,
        {key(option::integer("graft", 1, "version of this format, so write graft: 1 at the top")
                 .must()
                 .between(1, 1),
             "graft: 1"),
         key(option::text("name", "", "of the run and its folder").optional(), "name: ants-bees")
             .when_absent("the file's name without its suffix"),
         key(option::integer("seed", 0, "of every random draw").at_least(0), "seed: 7"),
         key(option::texts("plugins", {},
                           "folders to search for plugins besides the usual ones; one that is not there "
                           "is skipped"),
             "plugins: [more/plugins]"),
         special("extends", "the name of a file",
                 "a pipeline, relative to this one, over which this one is laid: maps merge, the rest "
                 "replaces",
                 "extends: base.yaml")
             .when_absent("nothing"),
         special("data", "a map with `use`", "the data set and its pictures",
                 "data: {use: image_folder, root: photos}")
             .described_in("data")
             .must(),
         special("backbone", "a map with `use`", "the network that features come from",
                 "backbone: {use: resnet18, weights: imagenet1k_v1}")
             .described_in("backbone")
             .must(),
         special("heads", "a map from names to heads", "what is learned: one entry a head, under its name",
                 "heads: {species: {use: classification}}")
             .described_in("head")
             .when_absent("required, or `head`"),
         special("head", "a map with `use`", "short for one head, named after its plugin",
                 "head: {use: classification}")
             .described_in("head")
             .when_absent("required, or `heads`"),
         special("train", "a map", "how it is trained", "train: {epochs: 5, batch: 64}")
             .described_in("train")
             .when_absent("every key's default"),
         special("features", "a map", "whether what frozen stages give is kept, and where",
                 "features: {limit: 50}")
             .described_in("features")
             .when_absent("kept in the user's cache folder"),
         special("outputs", "a map", "what a run writes besides what every run leaves",
                 "outputs: {tensorboard: true}")
             .described_in("outputs")
             .when_absent("nothing else"),
         special(
             "needs", "a name, or a list of names",
             "jobs of the same `graft run` that must have ended well before this one begins, by the `name` "
             "of their pipelines; a name without its variation means all of a `matrix`",
             "needs: [first, second]")
             .when_absent("none, or the job of `weights: job:NAME`"),
         key(option::integer("priority", 0, "among the jobs of a `graft run`: the higher begins first")
                 .between(-1000, 1000),
             "priority: 5"),
         special("time_limit", "a number and a unit: s, min, h or d",
                 "how long its job may take in a `graft run`; then it saves, ends, and can go on",
                 "time_limit: 2h")
             .when_absent("any time"),
         special(
             "stall_limit", "a number and a unit: s, min, h or d; or 0 for none",
             "how long its job may tell of no work in a `graft run`; then it is ended and, once, tried again",
             "stall_limit: 2h")
             .when_absent("`30min`"),
         special("matrix", "a map from paths to values",
                 "the pipelines that the file stands for: one a combination",
                 "matrix: {train.optimizer.lr: [1e-3, 1e-2], seed: {range: [1, 3]}}")
             .described_in("matrix")
             .when_absent("the file is one pipeline")}};
}

FormatSection matrix_section() {
    constexpr double many = 10'000;
    return {
        "matrix",
        "matrix",
        "The pipelines that one file stands for. Every other key here is a path, as `--set` takes it, with a "
        "list of values or a [range](#range); each combination is a pipeline, which `graft run` trains and "
        "`graft check` "
        "checks, with its values behind its name",
        true,
        {key(option::integer("sample", 1, "so many combinations, drawn at random")
                 .between(1, many)
                 .optional(),
             "sample: 20, train.optimizer.lr: {log_range: [1e-5, 1e-1]}")
             .when_absent("all of them"),
         key(option::integer("sample_seed", 0, "of that draw").at_least(0),
             "sample: 20, sample_seed: 3, train.optimizer.lr: {log_range: [1e-5, 1e-1]}"),
         special(
             "exclude", "a list of maps",
             "combinations that are left out: those with all values of one of the maps",
             "backbone.use: [resnet18, vgg16], data.image.size: [224, 448], exclude: [{backbone.use: vgg16, "
             "data.image.size: 448}]")
             .when_absent("none"),
         special("include", "a list of maps", "more pipelines, each with the values of its map alone",
                 "include: [{train.optimizer.lr: 0.3, train.epochs: 1}]")
             .when_absent("none")},
        "Paths of the pipeline stand beside these"};
}

FormatSection range_section() {
    constexpr double many = 10'000;
    return {
        "range",
        "matrix.PATH",
        "Numbers of an interval, both ends among them",
        false,
        {key(option::reals("range", {}, "from the first to the second, in equal steps").optional(),
             "range: [1, 5]")
             .exactly(2)
             .when_absent("`log_range` stands there"),
         key(option::reals("log_range", {}, "from the first to the second, in equal factors").optional(),
             "log_range: [1e-4, 1e-1], count: 4")
             .exactly(2)
             .when_absent("`range` stands there"),
         key(option::real("step", 1, "from one to the next, of a `range`").above(0, 1e12).optional(),
             "range: [0, 0.5], step: 0.1")
             .when_absent("1, where both ends are whole numbers"),
         key(option::integer("count", 2, "how many").between(2, many).optional(), "range: [0, 1], count: 5")
             .when_absent("as `step` gives; with `matrix.sample`, any number between")}};
}

FormatSection features_section() {
    constexpr double most = 1'000'000;
    return {
        "features",
        "features",
        "What frozen stages give of a picture is the same in every epoch and in every run: it is worked out "
        "once and kept on the disk",
        false,
        {key(option::choice("cache", {"auto", "off"}, "auto", "whether it is kept"), "cache: off")
             .with_words({{"auto", "of pictures that come without augmentation, and of `views`"},
                          {"off", "worked out again in every epoch"}}),
         key(option::text("folder", "", "where it is kept, for all runs that name it").optional(),
             "folder: /scratch/features")
             .when_absent("`$GRAFT_FEATURES`, else `graft/features` in the user's cache folder"),
         key(option::real("limit", 20,
                          "what the folder may take; what was unused for the longest time goes "
                          "first")
                 .above(0, 1 << 20)
                 .in("GiB"),
             "limit: 50"),
         key(option::integer("views", 0,
                             "views of each training picture, changed by `data.augment`, that are kept and "
                             "seen in turn, one an epoch")
                 .between(1, most)
                 .optional(),
             "views: 4")
             .when_absent("none: where `data.augment` changes pictures, nothing is kept of training"),
         key(option::integer("redraw", 0, "epochs after which other views take their place")
                 .between(2, most)
                 .optional(),
             "views: 4, redraw: 20")
             .when_absent("never"),
         key(option::choice("precision", {"float32", "float16"}, "float32",
                            "of the numbers as they are kept"),
             "precision: float16")
             .with_words({{"float32", "as they were worked out"},
                          {"float16", "half the size, eleven bits of each number"}}),
         special("augment", "a list",
                 "random changes of what the frozen stages give of the training pictures, anew in every "
                 "epoch, where pictures themselves would have to be run through them again",
                 "augment: [{noise: 0.2}, mixup]")
             .described_in("feature_augment")
             .when_absent("none")}};
}

/// As in augment_section.
FormatSection feature_augment_section() {
    return {
        "feature_augment",
        "features.augment.N",
        "Random changes of what the frozen stages give, in training alone; each is an entry of the list",
        false,
        {key(option::real("noise", 0.1,
                          "normal noise; its deviation, as a share of each channel's own within the batch")
                 .above(0, 10),
             "noise: 0.2"),
         key(option::real("mixup", 0.2,
                          "samples are mixed in pairs, and their losses alike; the shares are drawn from "
                          "Beta(a, a), the larger a, the more even")
                 .above(0, 100),
             "mixup: 0.4")}};
}

FormatSection outputs_section() {
    return {"outputs",
            "outputs",
            "What a run writes besides what every run leaves",
            false,
            {key(option::boolean("tensorboard", false,
                                 "the folder `tensorboard` for the program of that name: losses, metrics and "
                                 "learning rates of each epoch, the picture of predictions, and what the "
                                 "pipeline says"),
                 "tensorboard: true"),
             key(option::boolean("plugins", true,
                                 "copies of the plugins used that graft does not come with, in the folder "
                                 "`plugins`, for whoever gets the run (graft ... --trust-run-plugins)"),
                 "plugins: false")}};
}

FormatSection data_section() {
    return {"data",
            "data",
            "A data set and its pictures",
            true,
            {key(option::text("use", "", "id of a data set").must(), "use: image_folder"),
             special("split", "a map", "names of the splits, or fractions of the whole", "split: {val: 0.2}")
                 .described_in("split")
                 .when_absent("the data set's splits `train` and `val`, or what it has instead"),
             special("image", "a map", "size and shape of the network's input",
                     "image: {size: 224, resize: crop}")
                 .described_in("image")
                 .when_absent("as the weights want it"),
             special("augment", "a list", "random changes of the training pictures",
                     "augment: [flip, {rotate: 10}, {color: 0.2}]")
                 .described_in("augment")
                 .when_absent("none"),
             key(option::choice("orientation", {"seen", "stored"}, "seen",
                                "to which frame points, boxes and masks belong where EXIF turns a picture; "
                                "annotation tools disagree")
                     .optional(),
                 "orientation: stored")
                 .with_words({{"seen", "the picture as people see it"},
                              {"stored", "the pixels as they lie in the file"}})
                 .when_absent("as the data set says, mostly seen; a run names pictures that are turned"),
             key(option::real("bad_images", 0.05,
                              "largest fraction of samples that may be undecodable; more end the run")
                     .between(0, 1),
                 "bad_images: 0.01"),
             key(option::choice("decoded_cache", {"auto", "off"}, "auto",
                                "whether decoded pictures stay in memory, so that later epochs read no file; "
                                "augmentation draws from them as it would from the files"),
                 "decoded_cache: off")
                 .with_words({{"auto", "where all of them fit into a third of the memory that is free"},
                              {"off", "every epoch decodes them again"}}),
             key(option::integer("limit", 0,
                                 "most samples of training and validation together, drawn by the pipeline's "
                                 "seed; classes keep their proportions")
                     .at_least(1)
                     .optional(),
                 "limit: 200")
                 .when_absent("all"),
             key(option::real("fraction", 1,
                              "part of the training and of the validation samples that is used, drawn by "
                              "the pipeline's seed; classes keep their proportions")
                     .above(0, 1),
                 "fraction: 0.1"),
             key(option::text("exclude", "",
                              "a CSV file with the column `id`: samples that are left out of every split, as "
                              "`graft audit` writes it")
                     .optional(),
                 "exclude: audit/exclude.csv")
                 .when_absent("none"),
             key(option::text("relabel", "",
                              "a CSV file with the columns `id` and `label`: values that take the place of "
                              "the data set's own, as `graft audit` writes it")
                     .optional(),
                 "relabel: audit/relabel.csv")
                 .when_absent("none")}};
}

FormatSection split_section() {
    return {
        "split",
        "data.split",
        "Who trains, validates and tests: names that the data set knows, or (where `val` or `test` is a "
        "number) fractions of the whole data set, of which training takes the rest",
        false,
        {special("train", "a name", "the training split, by its name", "train: train").when_absent("train"),
         special(option::real("val", 0, "the validation split; \"\" for none").below(0, 1), "a name, or {}",
                 "val: 0.2")
             .when_absent("val"),
         special(option::real("test", 0, "the test split").below(0, 1), "a name, or {}",
                 "val: 0.1, test: 0.1")
             .when_absent("none"),
         key(option::integer("seed", 0, "with fractions: of the random draw").at_least(0),
             "val: 0.2, seed: 1"),
         key(option::text("stratify", "",
                          "with fractions: a category target, whose classes are divided evenly")
                 .optional(),
             "val: 0.2, stratify: label")
             .when_absent("classes fall as they may"),
         key(option::text(
                 "group", "",
                 "with fractions: samples that must stay in one split, those of a person for example")
                 .optional(),
             "val: 0.2, group: person")
             .when_absent("each sample alone")}};
}

FormatSection image_section() {
    constexpr double largest_side = 16384;
    constexpr std::size_t colours = 3;
    const std::string weights_own = "the weights' own";
    return {
        "image",
        "data.image",
        "The network's input",
        false,
        {special(option::integer("size", 0, "side in pixels, or [height, width]").between(1, largest_side),
                 "{}, or two of them", "size: 224")
             .when_absent(weights_own),
         key(option::choice("resize", {"stretch", "crop", "pad"}, "crop", "how another shape is fitted")
                 .optional(),
             "resize: pad")
             .with_words({{"stretch", "the whole picture, its shape changed to the input's"},
                          {"crop", "the middle of the picture, its shape kept"},
                          {"pad", "the whole picture, its shape kept, the rest filled with the mean colour"}})
             .when_absent(weights_own),
         key(option::choice("interpolation", {"bilinear", "bicubic"}, "bilinear", "between pixels")
                 .optional(),
             "interpolation: bicubic")
             .with_words(
                 {{"bilinear", "a triangle filter, as Pillow's and torchvision's with antialiasing"},
                  {"bicubic", "a cubic filter, sharper, as Pillow's and torchvision's with antialiasing"}})
             .when_absent(weights_own),
         key(option::integer("bits", 16, "that the samples of 16-bit pictures use, 12 for a 12-bit camera")
                 .between(8, 16)
                 .optional(),
             "bits: 12")
             .when_absent("all 16; a run says so when the upper ones are never used"),
         key(option::reals("mean", {}, "of red, green and blue, 0..1; stands with `std`")
                 .between(0, 1)
                 .optional(),
             "mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5]")
             .exactly(colours)
             .when_absent(weights_own),
         key(option::reals("std", {}, "of red, green and blue, 0..1; stands with `mean`")
                 .above(0, 1)
                 .optional(),
             "mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]")
             .exactly(colours)
             .when_absent(weights_own)}};
}

/// An entry's name with its parameter; `must`: it does not stand alone.
FormatSection augment_section() {
    return {"augment",
            "data.augment.N",
            "Random changes of the training pictures: each is an entry of the list, drawn anew for every "
            "picture and epoch",
            false,
            {key(option::real("flip", 0.5, "probability of a mirrored picture").between(0, 1), "flip: 0.5"),
             key(option::real("rotate", 0, "largest angle").above(0, 180).in("degrees").must(), "rotate: 10"),
             key(option::reals("scale", {}, "smallest and largest factor").above(0, 10).must(),
                 "scale: [0.8, 1.2]")
                 .exactly(2),
             key(option::real("translate", 0, "largest shift, as a fraction of the side").above(0, 1).must(),
                 "translate: 0.1"),
             key(option::real("color", 0, "strength of changes in brightness, contrast and saturation")
                     .above(0, 1)
                     .must(),
                 "color: 0.2")}};
}

}  // namespace graft::pipeline
