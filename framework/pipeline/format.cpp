// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// To add a key: one line here, and its use in the file that reads the section.
#include "pipeline/format.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace graft::pipeline {
namespace {

constexpr double unbounded = std::numeric_limits<double>::infinity();

/// A key whose value the section's own code reads.
FormatKey special(std::string name, std::string form, std::string doc) {
    return {option::text(std::move(name), "", std::move(doc)), std::move(form), {}, false};
}

FormatKey planned(std::string name, std::string doc) {
    return {option::text(std::move(name), "", std::move(doc)), "", {}, true};
}

FormatSection pipeline_section() {
    return {"pipeline",
            "The file as a whole",
            false,
            {{option::integer("graft", 1, "version of this format, so write graft: 1 at the top")
                  .must()
                  .between(1, 1)},
             {option::text("name", "", "of the run; absent: the file's name").optional()},
             {option::integer("seed", 0, "of every random draw").at_least(0)},
             {option::texts("plugins", {}, "more folders to search for plugins")},
             special("data", "a map with `use`", "the data set and its pictures"),
             special("backbone", "a map with `use`", "the network that features come from"),
             special("head", "a map with `use`", "short for one head, named after its plugin"),
             special("heads", "a map of heads", "one entry a head, under its name"),
             special("train", "a map", "how it is trained"),
             planned("features", "the store of frozen features"),
             planned("matrix", "several jobs of one file")}};
}

FormatSection data_section() {
    return {"data",
            "A data set and its pictures",
            true,
            {{option::text("use", "", "id of a data set").must()},
             special("split", "a map", "names of the splits, or fractions of the whole"),
             special("image", "a map", "size and shape of the network's input"),
             special("augment", "a list", "random changes of the training pictures"),
             {option::real("bad_images", 0.05, "largest fraction of samples that may be undecodable")
                  .between(0, 1)}}};
}

FormatSection split_section() {
    return {"split",
            "Names that the data set knows, or (where `val` is a number) fractions of the whole data set",
            false,
            {special("train", "a name", "name of the training split"),
             special("val", "a name or a fraction", "the validation split; \"\" for none"),
             special("test", "a name or a fraction", "the test split"),
             {option::integer("seed", 0, "of the random draw").at_least(0)},
             {option::text("stratify", "", "a category target, whose classes are divided evenly").optional()},
             {option::text("group", "", "what must not be torn apart, a person for example").optional()}}};
}

FormatSection image_section() {
    return {"image",
            "The network's input",
            false,
            {special("size", "a whole number or [height, width]", "side in pixels; absent: the weights' own"),
             {option::choice("resize", {"stretch", "crop", "pad"}, "crop", "how another shape is fitted")
                  .optional()},
             {option::choice("interpolation", {"bilinear", "bicubic"}, "bilinear",
                             "between pixels; absent: the weights' own")
                  .optional()},
             {option::reals("mean", {}, "of red, green and blue, 0..1; absent: the weights' own")
                  .between(0, 1)
                  .optional()},
             {option::reals("std", {}, "of red, green and blue, 0..1; absent: the weights' own")
                  .above(0, 1)
                  .optional()}}};
}

/// An entry's name with its parameter; `must`: it does not stand alone.
FormatSection augment_section() {
    return {"augment",
            "Random changes of the training pictures",
            false,
            {{option::real("flip", 0.5, "probability of a mirrored picture").between(0, 1)},
             {option::real("rotate", 0, "largest angle").above(0, 180).in("degrees").must()},
             {option::reals("scale", {}, "smallest and largest factor").above(0, 10).must()},
             {option::real("translate", 0, "largest shift, as a fraction of the side").above(0, 1).must()},
             {option::real("color", 0, "strength of changes in brightness, contrast and saturation")
                  .above(0, 1)
                  .must()}}};
}

FormatSection backbone_section() {
    return {"backbone",
            "The network that features come from",
            true,
            {{option::text("use", "", "id of a backbone").must()},
             special("weights", "text, or a map with `file`",
                     "an id of the catalogue, a file, a run folder, or none (the default)"),
             {option::text("until", "", "last stage that is kept; absent: all").optional()}}};
}

FormatSection weights_section() {
    return {"weights",
            "Weights whose names differ from the backbone's",
            false,
            {{option::text("file", "", "an id of the catalogue, a file or a run folder").must()},
             {option::text("strip", "", "what is taken off the beginning of names").optional()},
             special("rename", "a map of patterns to replacements",
                     "regular expressions over names; \\1 is a pattern's first group"),
             {option::boolean("heads", false, "of a run: its heads of the same names, too")}}};
}

FormatSection head_section() {
    return {"head",
            "Maps features to outputs",
            true,
            {{option::text("use", "", "id of a head").must()},
             {option::text("target", "", "the data set's target; absent: the only one that fits").optional()},
             special("targets", "a map of the head's targets to the data set's",
                     "for a head with several targets"),
             special("from", "a stage or a list of stages", "what is read; absent: the last stage"),
             special("loss", "an id, a map with `use`, or one of these an output",
                     "absent: the head's default")}};
}

FormatSection loss_section() {
    return {"loss",
            "Compares outputs with targets",
            true,
            {{option::text("use", "", "id of a loss; absent: the output's default").optional()},
             {option::texts("outputs", {}, "the head's outputs that it joins; absent: all")},
             {option::real("weight", 1, "factor in the sum of losses").at_least(0)}}};
}

FormatSection train_section() {
    return {"train",
            "How it is trained; the keys of a single phase may stand here",
            false,
            {{option::text("device", "auto", "auto, cpu, cuda or cuda:N")},
             {option::integer("batch", 32, "pictures a batch").between(1, 1 << 20)},
             {option::integer("accumulate", 1, "batches an optimiser step").between(1, 1 << 20)},
             {option::text("monitor", "val/loss", "what decides which epoch is best")},
             {option::integer("threads", 0, "that fill batches; 0: as the machine has").between(0, 1024)},
             {option::boolean("deterministic", false, "the same bytes again on a GPU, at some cost")},
             special("sampler", "an id or a map", "who is in a batch: random, balanced or classes"),
             special("phases", "a list of phases", "phases after one another")}};
}

FormatSection sampler_section() {
    return {
        "sampler",
        "Who is in a training batch",
        false,
        {{option::choice("use", {"random", "balanced", "classes"}, "random", "the rule")},
         {option::text("target", "", "the category whose classes count; absent: the only one").optional(),
          "",
          {"balanced", "classes"}},
         {option::integer("classes", 2, "different classes a batch").between(1, 1 << 20), "", {"classes"}},
         {option::integer("samples", 2, "samples of each class a batch").between(1, 1 << 20),
          "",
          {"classes"}}}};
}

FormatSection phase_section() {
    return {"phase",
            "A part of the training with its own frozen modules and optimiser",
            false,
            {{option::integer("epochs", 1, "times over the training split").between(1, 1'000'000)},
             special("freeze", "a list of paths", "what is not trained, complete for this phase"),
             special("optimizer", "an id or a map", "how weights are changed"),
             special("schedule", "an id or a map", "how the learning rate moves"),
             special("early_stop", "a map", "when the phase ends before its epochs do")}};
}

FormatSection optimizer_section() {
    return {"optimizer",
            "How weights are changed",
            false,
            {{option::choice("use", {"adam", "adamw", "sgd"}, "adam", "the rule")},
             {option::real("lr", 1e-3, "learning rate").above(0, unbounded)},
             {option::real("weight_decay", 0,
                           "pull towards zero (decoupled for adamw, which has 0.01 when absent)")
                  .at_least(0)},
             {option::reals("betas", {0.9, 0.999}, "decay of the two running means").below(0, 1),
              "",
              {"adam", "adamw"}},
             {option::real("epsilon", 1e-8, "keeps the division finite").above(0, 1), "", {"adam", "adamw"}},
             {option::real("momentum", 0, "part of the last step that is kept").below(0, 1), "", {"sgd"}},
             {option::boolean("nesterov", false, "looks ahead along the momentum"), "", {"sgd"}}}};
}

FormatSection schedule_section() {
    return {"schedule",
            "How the learning rate moves",
            false,
            {{option::choice("use", {"constant", "step", "cosine"}, "constant", "the shape")},
             {option::real("warmup", 0, "fraction of the phase in which it rises from 0").between(0, 1)},
             {option::integer("every", 1, "epochs between two drops").between(1, 1'000'000), "", {"step"}},
             {option::real("factor", 0.1, "of a drop").above(0, 1), "", {"step"}},
             {option::real("minimum", 0, "at the end, as a fraction of the start").between(0, 1),
              "",
              {"cosine"}}}};
}

FormatSection early_stop_section() {
    return {"early_stop",
            "When a phase ends before its epochs do",
            false,
            {{option::integer("patience", 0, "epochs without improvement; 0: never stops")
                  .must()
                  .between(0, 1'000'000)},
             {option::real("minimum_change", 0, "that counts as an improvement").at_least(0)}}};
}

}  // namespace

const FormatKey* FormatSection::find(std::string_view key) const {
    const auto found = std::find_if(keys.begin(), keys.end(),
                                    [&](const FormatKey& entry) { return entry.spec.name == key; });
    return found == keys.end() ? nullptr : &*found;
}

std::vector<std::string> FormatSection::names() const {
    std::vector<std::string> names;
    for (const FormatKey& key : keys) {
        if (!key.planned) {
            names.push_back(key.spec.name);
        }
    }
    return names;
}

const std::vector<FormatSection>& format() {
    static const std::vector<FormatSection> sections = {
        pipeline_section(), data_section(),    split_section(),     image_section(),    augment_section(),
        backbone_section(), weights_section(), head_section(),      loss_section(),     train_section(),
        sampler_section(),  phase_section(),   optimizer_section(), schedule_section(), early_stop_section()};
    return sections;
}

const FormatSection& format_section(std::string_view name) {
    for (const FormatSection& section : format()) {
        if (section.name == name) {
            return section;
        }
    }
    throw std::out_of_range("no section of the format is called '" + std::string(name) + "'");
}

}  // namespace graft::pipeline
