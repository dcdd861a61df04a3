// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The keys of `backbone:` and `heads:`.
#include "pipeline/format_tables.hpp"

namespace graft::pipeline {

FormatSection backbone_section() {
    return {
        "backbone",
        "backbone",
        "The network that features come from",
        true,
        {key(option::text("use", "", "id of a backbone").must(), "use: resnet18"),
         special("weights", "text, or a map with `file`", "what the backbone begins with",
                 "weights: imagenet1k_v1")
             .with_words({{"none", "random values"},
                          {"ID", "weights of the catalogue (`graft weights list`), fetched once"},
                          {"FILE", "a weight file (`graft weights inspect FILE` shows what is in it)"},
                          {"RUN", "the folder of a run: its backbone"},
                          {"job:NAME",
                           "the backbone that another job of the same `graft run` trains; implies `needs`"}})
             .described_in("weights")
             .when_absent("none"),
         key(option::text("until", "", "last stage that is kept").optional(), "until: layer3")
             .when_absent("every stage")}};
}

FormatSection weights_section() {
    return {"weights",
            "backbone.weights",
            "Weights whose names differ from the backbone's, or a run's heads with them",
            false,
            {key(option::text("file", "", "an id of the catalogue, a file or a run folder").must(),
                 "file: encoder.pth"),
             key(option::text("key", "", "which of a training checkpoint's state dicts; not for other files")
                     .optional(),
                 "file: checkpoint.pth, key: state_dict_ema")
                 .when_absent("the plain weights"),
             key(option::text("strip", "", "what is taken off the beginning of names").optional(),
                 "file: encoder.pth, strip: module.")
                 .when_absent("nothing"),
             special("rename", "a map of patterns to replacements",
                     "regular expressions over names; \\1 is a pattern's first group",
                     "file: encoder.pth, rename: {'^block(\\d)': 'layer\\1'}")
                 .when_absent("nothing"),
             key(option::boolean("heads", false, "of a run: its heads of the same names, too"),
                 "file: runs/first, heads: true")}};
}

FormatSection head_section() {
    return {
        "head",
        "heads.NAME",
        "Maps features to outputs",
        true,
        {key(option::text("use", "", "id of a head").must(), "use: classification"),
         key(option::text("target", "", "the data set's target").optional(), "target: label")
             .when_absent("the only one that fits"),
         special("targets", "a map of the head's targets to the data set's",
                 "for a head with several targets", "use: age_gender, targets: {age: years, gender: sex}")
             .when_absent("each the only one that fits"),
         special(
             "from", "a stage or a list of stages",
             "what is read, a stage an input of the head; a head with one input that is a vector may read "
             "several, pooled and joined",
             "from: [layer3, layer4]")
             .when_absent("the last stage, where the head has one input"),
         special("loss", "an id, a map with `use`, one of these an output, or a list of maps with `outputs`",
                 "what is minimised", "loss: {use: cross_entropy, weight: 0.5}")
             .described_in("loss")
             .when_absent("the head's default")}};
}

FormatSection loss_section() {
    return {"loss",
            "heads.NAME.loss",
            "Compares outputs with targets",
            true,
            {key(option::text("use", "", "id of a loss").optional(), "use: cross_entropy")
                 .when_absent("the output's default"),
             key(option::texts("outputs", {}, "the head's outputs that it joins"), "use: l1, outputs: [age]")
                 .when_absent("all"),
             key(option::real("weight", 1, "factor in the sum of losses").at_least(0), "weight: 0.5")}};
}

}  // namespace graft::pipeline
