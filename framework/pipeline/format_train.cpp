// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The keys of `train:` and its phases.
#include <limits>

#include "pipeline/format_tables.hpp"

namespace graft::pipeline {

FormatSection train_section() {
    constexpr double most = 1 << 20;
    return {
        "train",
        "train",
        "How it is trained. The keys of a single phase (`epochs`, `freeze`, `solve`, `optimizer`, "
        "`schedule`, `early_stop`) "
        "may stand here instead of `phases`; beside `phases` the last three are the phases' defaults",
        false,
        {key(option::text("device", "auto", "where the network runs"), "device: cuda:1")
             .with_words({{"auto", "the GPU where there is one, else the CPU"},
                          {"cpu", "the CPU"},
                          {"cuda", "the first GPU"},
                          {"cuda:N", "GPU number N, from 0"}}),
         key(option::integer("batch", 32, "pictures a batch").between(1, most), "batch: 64"),
         key(option::integer("accumulate", 1, "batches an optimiser step").between(1, most),
             "batch: 8, accumulate: 4"),
         key(option::text("monitor", "val/loss",
                          "what decides which epoch is best: val/loss, train/loss or val/HEAD/METRIC"),
             "monitor: val/species/accuracy"),
         key(option::integer("threads", 0, "that fill batches; 0: as the machine has").between(0, 1024),
             "threads: 4"),
         key(option::choice("precision", {"float32", "tf32", "bfloat16"}, "float32",
                            "of convolutions and products of matrices; weights, losses and the optimiser "
                            "stay in float32"),
             "precision: bfloat16")
             .with_words({{"float32", "as it is stored"},
                          {"tf32", "10 bits of the mantissa, on NVIDIA GPUs from 2020 on"},
                          {"bfloat16",
                           "7 bits of the mantissa: fastest on GPUs from 2020 on and on CPUs that have "
                           "products of bfloat16"}}),
         key(option::boolean("recompute", false,
                             "gradients of the backbone by running its stages, all but the last, once more "
                             "instead of keeping what they made: less memory, more time, the same numbers"),
             "recompute: true"),
         key(option::boolean("deterministic", false, "the same bytes again on a GPU, at some cost"),
             "deterministic: true"),
         special("sampler", "an id or a map", "who is in a batch", "sampler: balanced")
             .described_in("sampler")
             .when_absent("random"),
         key(option::choice("recipe", {"probe", "lp-ft", "full"}, "full",
                            "phases by one word, made of the keys beside: `epochs`, `optimizer` and "
                            "`early_stop` are those of every phase, `solve` is the probe's, and without "
                            "a `schedule` it is cosine with a warm-up of 0.1")
                 .optional(),
             "recipe: lp-ft, solve: linear, epochs: 5")
             .with_words({{"probe", "the heads alone, on a frozen backbone"},
                          {"lp-ft",
                           "as probe; then everything, from the probe's best weights, at a tenth "
                           "of the learning rate"},
                          {"full", "everything at once"}})
             .when_absent("phases as they are written"),
         special("phases", "a list of phases", "phases after one another",
                 "phases: [{epochs: 5, freeze: [backbone]}, {epochs: 5}]")
             .described_in("phase")
             .when_absent("one phase, of the keys beside")}};
}

FormatSection sampler_section() {
    constexpr double most = 1 << 20;
    return {
        "sampler",
        "train.sampler",
        "Who is in a training batch",
        false,
        {key(option::choice("use", {"random", "balanced", "classes"}, "random", "the rule"), "use: balanced")
             .with_words({{"random", "every sample once an epoch, in random order"},
                          {"balanced", "every class equally often: a rare class's samples are repeated"},
                          {"classes", "batches of `classes` different classes with `samples` of each"}}),
         key(option::text("target", "", "the category whose classes count").optional(),
             "use: balanced, target: label")
             .goes_with({"balanced", "classes"})
             .when_absent("the only one"),
         key(option::integer("classes", 2, "different classes a batch").between(1, most),
             "use: classes, classes: 8, samples: 4")
             .goes_with({"classes"}),
         key(option::integer("samples", 2,
                             "samples of each class a batch; times `classes` it is `train.batch`")
                 .between(1, most),
             "use: classes, classes: 4, samples: 8")
             .goes_with({"classes"})}};
}

FormatSection phase_section() {
    constexpr double most = 1'000'000;
    return {
        "phase",
        "train.phases.N",
        "A part of the training: it has its own frozen modules and optimiser",
        false,
        {key(option::integer("epochs", 1, "times over the training split").between(1, most), "epochs: 5"),
         special("freeze", "a list of paths",
                 "what is not trained, complete for this phase: paths below `backbone`, `heads.NAME` or "
                 "`losses.NAME`; a path freezes all below it, `*` is anything within a level, `**` across "
                 "levels",
                 "freeze: [backbone.stem, backbone.layer1]")
             .when_absent("nothing is frozen"),
         special("solve", "a word or a map",
                 "finds the heads on what the frozen backbone gives, instead of training them: in place of "
                 "`epochs`, `optimizer`, `schedule` and `early_stop`. It counts as one epoch",
                 "freeze: [backbone], solve: linear")
             .described_in("solve")
             .when_absent("trained in steps"),
         key(option::choice("start", {"last", "best"}, "last", "how it begins, after another phase"),
             "epochs: 5, start: best")
             .with_words({{"last", "as the phase before ended"},
                          {"best",
                           "with the best weights of the phase before, by `train.monitor`, and what "
                           "the optimiser knew then"}}),
         special("optimizer", "an id or a map", "how weights are changed",
                 "optimizer: {use: adamw, lr: 3e-4}")
             .described_in("optimizer")
             .when_absent("adam"),
         special("schedule", "an id or a map", "how the learning rate moves",
                 "schedule: {use: cosine, warmup: 0.1}")
             .described_in("schedule")
             .when_absent("constant"),
         special("early_stop", "a map", "when the phase ends before its epochs do",
                 "early_stop: {patience: 3}")
             .described_in("early_stop")
             .when_absent("never")}};
}

FormatSection solve_section() {
    constexpr double unbounded = std::numeric_limits<double>::infinity();
    return {
        "solve",
        "train.solve",
        "Heads that are linear in what they read, found at once; also in each phase. `solve: linear` is "
        "short "
        "for a map with `use` alone",
        false,
        {key(option::choice("use", {"linear", "nearest_mean"}, "linear", "what is found"),
             "use: nearest_mean")
             .with_words({{"linear",
                           "the minimum of each head's loss with a penalty on its weights: logistic "
                           "regression under cross_entropy and bce, ridge regression under mse, "
                           "absolute errors under l1"},
                          {"nearest_mean", "the class whose mean is nearest, for a few pictures a class"}}),
         key(option::real("strength", 1,
                          "of the loss against the penalty, for features of standard deviation "
                          "1: scikit-learn's C, and 1/alpha of its Ridge")
                 .above(0, unbounded)
                 .optional(),
             "strength: 0.1")
             .goes_with({"linear"})
             .when_absent("chosen among 45 from 1e-6 to 1e5"),
         key(option::choice("choose", {"auto", "val", "folds"}, "auto",
                            "by which loss the strength is chosen"),
             "choose: folds")
             .goes_with({"linear"})
             .with_words({{"auto", "of the validation split where there is one, else of folds"},
                          {"val", "of the validation split"},
                          {"folds", "of parts of the training split, each judged by what the others give"}}),
         key(option::integer("folds", 5, "how many").between(2, 100), "choose: folds, folds: 10")
             .goes_with({"linear"}),
         key(option::real("tolerance", 1e-6, "relative error of the weights").between(1e-9, 0.1),
             "tolerance: 1e-4")
             .goes_with({"linear"})}};
}

FormatSection optimizer_section() {
    constexpr double unbounded = std::numeric_limits<double>::infinity();
    return {
        "optimizer",
        "train.optimizer",
        "How weights are changed; also in each phase. `optimizer: sgd` is short for a map with `use` alone",
        false,
        {key(option::choice("use", {"adam", "adamw", "sgd"}, "adam", "the rule"), "use: adamw")
             .with_words({{"adam", "Adam: steps scaled by running means of gradients and their squares"},
                          {"adamw", "Adam with weight decay apart from the gradients"},
                          {"sgd", "stochastic gradient descent, with `momentum` if wanted"}}),
         key(option::real("lr", 1e-3, "learning rate").above(0, unbounded), "lr: 3e-4"),
         key(option::real("weight_decay", 0, "pull towards zero; decoupled for adamw").at_least(0),
             "use: adamw, weight_decay: 0.05")
             .with_fallbacks({{"adamw", 0.01}}),  // PyTorch's
         key(option::reals("betas", {0.9, 0.999}, "decay of the two running means").below(0, 1),
             "betas: [0.9, 0.99]")
             .exactly(2)
             .goes_with({"adam", "adamw"}),
         key(option::real("epsilon", 1e-8, "keeps the division finite").above(0, 1), "epsilon: 1e-6")
             .goes_with({"adam", "adamw"}),
         key(option::real("momentum", 0, "part of the last step that is kept").below(0, 1),
             "use: sgd, momentum: 0.9")
             .goes_with({"sgd"}),
         key(option::boolean("nesterov", false, "looks ahead along the momentum, which must be above 0"),
             "use: sgd, momentum: 0.9, nesterov: true")
             .goes_with({"sgd"})}};
}

FormatSection schedule_section() {
    constexpr double most = 1'000'000;
    return {
        "schedule",
        "train.schedule",
        "How the learning rate moves; also in each phase. `schedule: cosine` is short for a map with `use` "
        "alone",
        false,
        {key(option::choice("use", {"constant", "step", "cosine"}, "constant", "the shape"), "use: cosine")
             .with_words({{"constant", "the optimiser's `lr`, once warm-up is over"},
                          {"step", "drops by `factor` after every `every` epochs"},
                          {"cosine", "falls along half a cosine to `minimum` at the phase's end"}}),
         key(option::real("warmup", 0, "fraction of the phase in which it rises from 0").between(0, 1),
             "use: cosine, warmup: 0.1"),
         key(option::integer("every", 1, "epochs between two drops").between(1, most), "use: step, every: 10")
             .goes_with({"step"}),
         key(option::real("factor", 0.1, "of a drop").above(0, 1), "use: step, every: 10, factor: 0.5")
             .goes_with({"step"}),
         key(option::real("minimum", 0, "at the end, as a fraction of the start").between(0, 1),
             "use: cosine, minimum: 0.01")
             .goes_with({"cosine"})}};
}

FormatSection early_stop_section() {
    constexpr double most = 1'000'000;
    return {"early_stop",
            "train.early_stop",
            "When a phase ends before its epochs do: by `train.monitor`; also in each phase",
            false,
            {key(option::integer("patience", 0, "epochs without improvement; 0: never stops")
                     .must()
                     .between(0, most),
                 "patience: 3"),
             key(option::real("minimum_change", 0, "that counts as an improvement").at_least(0),
                 "patience: 3, minimum_change: 0.001")}};
}

}  // namespace graft::pipeline
