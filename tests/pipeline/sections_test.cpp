// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What each section refuses, a line a mistake: the first problem's message, and its remedy.
#include <algorithm>

#include <doctest/doctest.h>

#include "pipeline/format.hpp"
#include "pipeline/pipeline.hpp"
#include "support.hpp"

using namespace graft;
using graft::test::interpret;
using graft::test::Text;

namespace {

/// "message | remedy" of every problem.
std::string said(const Text& text) {
    core::Problems problems;
    pipeline::interpret(pipeline::parse_document(text.yaml(), "p.yaml"), "p.yaml", problems);
    std::string shown;
    for (const core::Problem& problem : problems) {
        CHECK(problem.place.line > 0);
        shown += (shown.empty() ? "" : "\n") + problem.message +
                 (problem.remedy.empty() ? "" : " | " + problem.remedy);
    }
    return shown;
}

std::string data(const std::string& rest) {
    return said({.data = "data: {use: faces, " + rest + "}"});
}
std::string head(const std::string& rest) {
    return said({.heads = "heads: {species: {use: classification, " + rest + "}}"});
}
std::string train(const std::string& rest) {
    return said({.train = "train: {" + rest + "}"});
}

}  // namespace

TEST_CASE("data") {
    CHECK(said({.data = "data: faces"}) == "data is faces; must be a map | write data: {use: faces}");
    CHECK(said({.data = "data:"}) ==
          "data is empty; must be a map | keys: use, split, image, augment, orientation, bad_images, "
          "decoded_cache, limit, fraction, exclude, relabel");
    CHECK(said({.data = "data: {root: x}"}) == "'use' is missing in data: id of a data set");
    CHECK(said({.data = "data: {use: [a]}"}) == "data.use is a list; must be text");
    CHECK(data("bad_images: .nan") == "data.bad_images is .nan; must be a number in [0, 1]");
    CHECK(data("bad_images: 1e999") == "data.bad_images is 1e999; must be a number in [0, 1]");
}

TEST_CASE("data.split") {
    CHECK(data("split: 0.2") ==
          "data.split is 0.2; must be a map | keys: train, val, test, seed, stratify, group");
    CHECK(data("split: {vall: x}") == "unknown key 'vall' in data.split | did you mean 'val'?");
    CHECK(data("split: {val: 1.5}") == "data.split.val is 1.5; must be a number in [0, 1)");
    CHECK(data("split: {val: 0.6, test: 0.5}").find("leave nothing for training: 0.6 and 0.5 make 1.1") !=
          std::string::npos);
    CHECK(data("split: {val: 0.2, test: hold}") ==
          "data.split.test is the name 'hold' beside a fraction; names and fractions do not mix | write all "
          "as names or all as "
          "fractions");
    CHECK(data("split: {val: 0.2, train: a}") ==
          "data.split.train has no meaning beside a fraction: training takes the rest | remove it");
    CHECK(data("split: {val: v, stratify: label}") ==
          "data.split.stratify has no meaning where the splits have names | write val: 0.2 to divide the "
          "whole data set, or "
          "remove it");
    CHECK(data("split: {val: [a]}") ==
          "data.split.val is a list; must be the name of a split, or a fraction");
    CHECK(data("split: {train: \"\"}") == "data.split.train is empty; training needs a split");
}

TEST_CASE("data.image") {
    CHECK(data("image: 224") ==
          "data.image is 224; must be a map | keys: size, resize, "
          "interpolation, bits, mean, std");
    CHECK(data("image: {size: 0}") ==
          "data.image.size is 0; must be a whole number in [1, 16384], or two of them | write 224, or "
          "[height, width]");
    CHECK(data("image: {size: [1, 2, 3]}") ==
          "data.image.size is a list of 3; must be a whole number in [1, 16384], or two of them | write 224, "
          "or [height, width]");
    CHECK(data("image: {size: [64, 6.5]}") ==
          "data.image.size.1 is 6.5; must be a whole number in [1, 16384]");
    CHECK(data("image: {resize: cropp}") ==
          "data.image.resize is cropp; must be one of stretch, crop, pad | did you mean 'crop'?");
}

TEST_CASE("data.augment") {
    CHECK(data("augment: flip") ==
          "data.augment is flip; must be a list | for example [flip, {rotate: 10}, {color: 0.2}]");
    CHECK(data("augment: [flop]") == "data.augment.0 is the unknown change 'flop' | did you mean 'flip'?");
    CHECK(data("augment: [blur]") ==
          "data.augment.0 is the unknown change 'blur' | allowed: flip, rotate, scale, translate, color");
    CHECK(data("augment: [rotate]") ==
          "data.augment.0 is rotate alone; it needs its largest angle | write {rotate: 10}");
    CHECK(data("augment: [{rotate: 200}]") == "data.augment.0.rotate is 200; must be a number in (0, 180]");
    CHECK(data("augment: [{scale: [1.2, 0.8]}]") ==
          "data.augment.0.scale is [1.2, 0.8]; must be [smallest, largest], each in (0, 10] | for example "
          "{scale: [0.8, 1.2]}");
    CHECK(data("augment: [{scale: 2}]") ==
          "data.augment.0.scale is 2; must be [smallest, largest], each in (0, 10] | for example {scale: "
          "[0.8, 1.2]}");
    CHECK(data("augment: [{scale: [0, 1]}]") == "data.augment.0.scale.0 is 0; must be a number in (0, 10]");
    CHECK(data("augment: [{flip: 0.1, rotate: 3}]") ==
          "data.augment.0 is a map of 2; must be one change, like {flip: 0.5} | give each change an "
          "entry of its own");
    CHECK(data("augment: [flip, {flip: 0.2}]") ==
          "data.augment.1 is flip a second time; the first is on line 3 | keep one of them");
    CHECK(data("augment: [~]").find("data.augment.0 is empty; must be one change") == 0);
}

TEST_CASE("backbone: weights with other names") {
    const auto read = interpret(Text{.backbone = "backbone: {use: n, weights: {file: x.pth, key: ema, strip: "
                                                 "module., rename: {'^a\\.(.*)': '\\1', b: ''}}}"}
                                    .yaml());
    CHECK(read.problems == "");
    CHECK(read.pipeline.backbone.weights == "x.pth");
    CHECK(read.pipeline.backbone.weights_key == "ema");
    CHECK(read.pipeline.backbone.weights_strip == "module.");
    REQUIRE(read.pipeline.backbone.weights_rename.size() == 2);
    CHECK(read.pipeline.backbone.weights_rename[0].pattern == "^a\\.(.*)");
    CHECK(read.pipeline.backbone.weights_rename[0].replacement == "\\1");
    CHECK(read.pipeline.backbone.weights_rename[1].replacement == "");
    CHECK_FALSE(read.pipeline.backbone.weights_heads);
    CHECK(interpret(Text{.backbone = "backbone: {use: n, weights: {file: runs/a, heads: true}}"}.yaml())
              .pipeline.backbone.weights_heads);
}

TEST_CASE("backbone") {
    CHECK(said({.backbone = "backbone: resnet18"}) ==
          "backbone is resnet18; must be a map | write backbone: {use: resnet18}");
    CHECK(said({.backbone = "backbone: {use: n, weights: }"}) ==
          "backbone.weights is empty; must be text | leave the key out for the default");
    CHECK(said({.backbone = "backbone: {use: n, weights: [a]}"}) ==
          "backbone.weights is a list; must be text");
    CHECK(said({.backbone = "backbone: {use: n, weights: {strip: a}}"}) ==
          "'file' is missing in backbone.weights: an id of the catalogue, a file or a run folder");
    CHECK(said({.backbone = "backbone: {use: n, weights: {file: a, prefix: b}}"}) ==
          "unknown key 'prefix' in backbone.weights | allowed: file, key, strip, rename, heads");
    CHECK(said({.backbone = "backbone: {use: n, weights: {file: none, key: ema}}"}) ==
          "backbone.weights.key goes with a file; backbone.weights.file is none | name a file, or write "
          "weights: "
          "none");
    CHECK(said({.backbone = "backbone: {use: n, weights: {file: a, rename: [b]}}"}) ==
          "backbone.weights.rename is a list; must be a map of patterns to replacements | for example "
          "{\"^encoder\\\\.\": \"\"}");
    CHECK(
        said({.backbone = "backbone: {use: n, weights: {file: a, rename: {b: [c]}}}"}) ==
        "backbone.weights.rename has a list for 'b'; must be text | write \"\" to take away what the pattern "
        "finds");
    CHECK(said({.backbone = "backbone: {use: n, weights: {file: a, rename: {'(b': c}}}"})
              .find("backbone.weights.rename: '(b' is no regular expression: ") == 0);
    CHECK(said({.backbone = "backbone: {use: n, until: [a]}"}) == "backbone.until is a list; must be text");
}

TEST_CASE("heads") {
    CHECK(said({.heads = "heads: {}"}) ==
          "heads is empty; must be a map with at least one head | for example heads: {species: {use: "
          "classification}}");
    CHECK(said({.heads = "heads: [a]"}) ==
          "heads is a list; must be a map with at least one head | for example heads: {species: {use: "
          "classification}}");
    CHECK(said({.heads = "heads: {a.b: {use: c}}"}) ==
          "a head cannot be called 'a.b' | letters, digits, '_' and '-' are allowed, a letter or '_' first");
    CHECK(said({.heads = "heads: {a: classification}"}) ==
          "heads.a is classification; must be a map | write a: {use: classification}");
    CHECK(said({.heads = "heads: {a: {use: c}}\nhead: {use: d}"}) ==
          "head stands beside heads; head is short for one head | move it below heads, with a name");
    CHECK(head("target: a, targets: {x: b}") ==
          "heads.species.targets stands beside heads.species.target | keep one of them");
    CHECK(head("targets: label") ==
          "heads.species.targets is label; must be a map of the head's targets to the data set's | for "
          "example {age: age, gender: "
          "gender}; for a single one write target: NAME");
    CHECK(head("targets: {a: [b]}") == "heads.species.targets.a is a list; must be text");
    CHECK(head("from: []") == "heads.species.from is an empty list; must be a stage or a list of stages");
    CHECK(head("from: [a, [b]]") == "heads.species.from is a list; must be text");
}

TEST_CASE("heads.NAME.loss") {
    CHECK(head("loss: []") ==
          "heads.species.loss is empty; must be a loss | leave the key out for the head's default");
    CHECK(head("loss: {age: [l1]}") ==
          "heads.species.loss.age is a list; must be a loss | write its id, or {use: ID, weight: 0.5}");
    CHECK(head("loss: {use: bce, weight: -1}") ==
          "heads.species.loss.weight is -1; must be a number, at least 0");
    CHECK(head("loss: {use: bce, outputs: age}") ==
          "heads.species.loss.outputs is age; must be a list of texts | write a list: [age]");
    CHECK(head("loss: {age: {beta: 1}}") ==
          "'use' is missing in heads.species.loss.age: options need the id of their loss");
    CHECK(head("loss: {age: {use: l1, outputs: [b]}}") ==
          "heads.species.loss.age.outputs stands below the output 'age' already | remove it, or write the "
          "losses as a list");
    CHECK(head("loss: 0.5").empty());  // an id that no plugin has: the engine says so
}

TEST_CASE("train") {
    CHECK(said({.train = "train: 3"}).find("train is 3; must be a map | keys: device") == 0);
    CHECK(train("device: gpu") ==
          "train.device is gpu; must be auto, cpu, cuda, or cuda: with a number | did you mean 'cuda'?");
    CHECK(train("device: cuda:x").find("train.device is cuda:x; must be") == 0);
    CHECK(train("batch: 1e2") == "train.batch is 1e2; must be a whole number in [1, 1048576]");
    CHECK(train("batch: 32.0") == "train.batch is 32.0; must be a whole number in [1, 1048576]");
    CHECK(train("batch: 99999999999999999999") ==
          "train.batch is 99999999999999999999; must be a whole number in [1, 1048576]");
    CHECK(train("deterministic: yes") == "train.deterministic is yes; must be true or false | write true");
    CHECK(train("monitor: val/accuracy") ==
          "train.monitor is val/accuracy; must be val/loss, train/loss, or val/HEAD/METRIC | for example "
          "val/species/accuracy");
    CHECK(train("monitor: train/species/accuracy").find("must be val/loss, train/loss, or val/HEAD/METRIC") !=
          std::string::npos);
    CHECK(train("monitor: val/specis/accuracy") ==
          "train.monitor is val/specis/accuracy; there is no head 'specis' | did you mean 'species'?");
    CHECK(train("monitor: val//accuracy").find("must be") != std::string::npos);
    CHECK(train("monitor: train/loss").empty());
}

TEST_CASE("train.phases") {
    CHECK(train("epochs: 3, freeze: [backbone], phases: [{epochs: 1}]") ==
          "train.epochs stands beside train.phases; each phase has its own | move it into the phases\n"
          "train.freeze stands beside train.phases; each phase has its own | move it into the phases");
    CHECK(train("phases: []").find("train.phases is empty; must be a list with at least one phase") == 0);
    CHECK(
        train("phases: {epochs: 1}").find("train.phases is a map; must be a list with at least one phase") ==
        0);
    CHECK(train("phases: [{epoch: 1}]") == "unknown key 'epoch' in train.phases.0 | did you mean 'epochs'?");
    CHECK(train("phases: [{epochs: 1}, 5]").find("train.phases.1 is 5; must be a map | keys: epochs") == 0);
    CHECK(train("phases: [{epochs: 1, batch: 5}]").find("unknown key 'batch' in train.phases.0 | allowed:") ==
          0);
}

TEST_CASE("train.solve and start") {
    CHECK(train("freeze: [backbone], solve: linear").empty());
    CHECK(train("freeze: [backbone], solve: {strength: 0.5, tolerance: 1e-4}").empty());
    CHECK(train("freeze: [backbone], solve: ridge") ==
          "train.solve.use is ridge; must be one of linear, nearest_mean");
    CHECK(
        train("epochs: 3, schedule: cosine, solve: linear") ==
        "train.epochs has no meaning beside train.solve: a solved phase takes no steps | remove one of them\n"
        "train.schedule has no meaning beside train.solve: a solved phase takes no steps | remove one of "
        "them");
    CHECK(train("solve: {use: nearest_mean, strength: 1}") ==
          "train.solve.strength has no meaning with nearest_mean; it goes with linear | remove it, or write "
          "use: linear");
    CHECK(train("solve: {strength: 0}") == "train.solve.strength is 0; must be a number, above 0");
    CHECK(train("solve: {strength: 1, choose: val}") ==
          "train.solve.choose has no meaning: the strength is given | remove one of them");
    CHECK(train("solve: {choose: val, folds: 3}") ==
          "train.solve.folds has no meaning: the strength is chosen on the validation split | remove one of "
          "them");
    CHECK(
        train("start: best") ==
        "train.start has no meaning: no phase comes before the first | remove it; backbone.weights says what "
        "a run begins with");
    CHECK(train("optimizer: sgd, phases: [{freeze: [backbone], solve: linear}, {start: best}]").empty());
    CHECK(
        train("solve: linear, phases: [{start: last}]") ==
        "train.solve stands beside train.phases; each phase has its own | move it into the phases\n"
        "train.phases.0.start has no meaning: no phase comes before the first | remove it; backbone.weights "
        "says what a run begins with");
}

// Proves: what a recipe expands to, and that the resolved pipeline holds that.
TEST_CASE("train.recipe") {
    const auto phases = [](const std::string& rest) {
        const auto made = interpret(Text{.train = "train: {batch: 8, " + rest + "}"}.yaml());
        CHECK(made.problems.empty());
        CHECK(made.pipeline.train.batch == 8);
        const std::string document = emit(made.pipeline.document);
        CHECK(interpret(document).problems.empty());
        return document.substr(document.find("  phases:"));
    };
    const std::string cosine = "      schedule:\n        use: cosine\n        warmup: 0.1\n";
    CHECK(phases("recipe: full, epochs: 4, schedule: constant") ==
          "  phases:\n    - epochs: 4\n      schedule: constant\n");
    CHECK(phases("recipe: probe, epochs: 4") ==
          "  phases:\n    - freeze: [backbone]\n      epochs: 4\n" + cosine);
    CHECK(phases("recipe: lp-ft, epochs: 4, optimizer: {use: adamw, lr: 3e-3}") ==
          "  phases:\n    - freeze: [backbone]\n      epochs: 4\n"
          "      optimizer:\n        use: adamw\n        lr: 3e-3\n" +
              cosine +
              "    - start: best\n      epochs: 4\n"
              "      optimizer:\n        use: adamw\n        lr: 0.0003\n" +
              cosine);
    CHECK(phases("recipe: lp-ft, solve: linear, optimizer: sgd, early_stop: {patience: 1}") ==
          "  phases:\n    - freeze: [backbone]\n      solve: linear\n"
          "    - start: best\n      optimizer:\n        use: sgd\n        lr: 0.0001\n" +
              cosine + "      early_stop:\n        patience: 1\n");
    CHECK(train("recipe: lpft") ==
          "train.recipe is lpft; must be one of probe, lp-ft, full | did you mean 'lp-ft'?");
    CHECK(train("recipe: full, solve: linear") ==
          "train.solve stands beside recipe: full, which has no phase to solve | keep one of them");
    CHECK(train("recipe: probe, freeze: [backbone], phases: [{epochs: 1}]") ==
          "train.phases stands beside train.recipe, which makes the phases | keep one of them\n"
          "train.freeze stands beside train.recipe, which makes the phases | keep one of them");
    CHECK(train("recipe: probe, solve: linear, epochs: 2")
              .find("train.phases.0.epochs has no meaning beside") == 0);
}

TEST_CASE("freeze") {
    CHECK(train("freeze: backbone") ==
          "train.freeze is backbone; must be a list of paths | write [backbone]");
    CHECK(train("freeze: [layer1]") ==
          "train.freeze.0 is layer1; must begin with backbone, heads.NAME or losses.NAME | for the "
          "backbone's layer1 write "
          "backbone.layer1");
    CHECK(train("freeze: [bakbone.stem]") ==
          "train.freeze.0 is bakbone.stem; must begin with backbone, heads.NAME or losses.NAME | did you "
          "mean 'backbone.stem'?");
    CHECK(train("freeze: [species.0]") ==
          "train.freeze.0 is species.0; must begin with backbone, heads.NAME or losses.NAME | did you mean "
          "'heads.species.0'?");
    CHECK(train("freeze: [heads.specie]") ==
          "train.freeze.0 is heads.specie; there is no head 'specie' | did you mean 'species'?");
    CHECK(train("freeze: [losses.x/age]") ==
          "train.freeze.0 is losses.x/age; there is no head 'x' | allowed: species");
    CHECK(train("freeze: [heads]") == "train.freeze.0 is heads; which of them? | write heads.species");
    CHECK(train("freeze: [backbone..x]") ==
          "train.freeze.0 is 'backbone..x'; a level of the path is empty | write it like backbone.layer1");
    CHECK(train("freeze: [[backbone]]") == "train.freeze.0 is a list; must be text");
    CHECK(train("freeze: [heads.*.fc, heads.species, losses.species, backbone.layer*]").empty());
}

TEST_CASE("optimizer, schedule, early_stop") {
    CHECK(train("optimizer: rmsprop") == "train.optimizer.use is rmsprop; must be one of adam, adamw, sgd");
    CHECK(train("optimizer: {lr: 0}") == "train.optimizer.lr is 0; must be a number, above 0");
    CHECK(train("optimizer: {lr: -.inf}") == "train.optimizer.lr is -.inf; must be a number, above 0");
    CHECK(
        train("optimizer: {use: adam, momentum: 0.9}") ==
        "train.optimizer.momentum has no meaning with adam; it goes with sgd | remove it, or write use: sgd");
    CHECK(train("optimizer: {use: sgd, betas: [0.9, 0.99]}") ==
          "train.optimizer.betas has no meaning with sgd; it goes with adam, adamw | remove it, or write "
          "use: adam");
    CHECK(train("optimizer: {betas: [0.9]}") ==
          "train.optimizer.betas is a list of 1; must be a list of 2 numbers, each in [0, 1) | for example "
          "betas: [0.9, 0.99]");
    CHECK(train("optimizer: {betas: 0.9}") ==
          "train.optimizer.betas is 0.9; must be a list of numbers, each in [0, 1) | write a list: [0.9]");
    CHECK(train("optimizer: {betas: [0.9, 1]}") ==
          "train.optimizer.betas.1 is 1; must be a number in [0, 1)");
    CHECK(train("optimizer: {use: sgd, nesterov: true}") ==
          "train.optimizer.nesterov needs a momentum above 0 | add momentum: 0.9");
    CHECK(train("schedule: {use: step, minimum: 0.1}") ==
          "train.schedule.minimum has no meaning with step; it goes with cosine | remove it, or write use: "
          "cosine");
    CHECK(train("schedule: {use: cosin}") ==
          "train.schedule.use is cosin; must be one of constant, step, cosine | did you mean 'cosine'?");
    CHECK(train("early_stop: 3") == "train.early_stop is 3; must be a map | keys: patience, minimum_change");
    CHECK(train("early_stop: {minimum_change: 1}") ==
          "'patience' is missing in train.early_stop: epochs without improvement; 0: never stops");
}

TEST_CASE("the tables of the format: names are unique, every key is documented, sections exist") {
    for (const pipeline::FormatSection& section : pipeline::format()) {
        CAPTURE(section.name);
        CHECK_FALSE(section.doc.empty());
        for (const pipeline::FormatKey& key : section.keys) {
            CAPTURE(key.spec.name);
            CHECK_FALSE(key.spec.doc.empty());
            CHECK(section.find(key.spec.name) == &key);
            for (const std::string& use : key.only) {
                const auto& choices = section.find("use")->spec.choices;
                CHECK(std::find(choices.begin(), choices.end(), use) != choices.end());
            }
        }
    }
    CHECK_THROWS_AS(pipeline::format_section("nothing"), std::out_of_range);
    CHECK(pipeline::host_keys("backbone") == std::vector<std::string>{"use", "weights", "until"});
    CHECK(pipeline::host_keys("head") ==
          std::vector<std::string>{"use", "target", "targets", "from", "loss"});
    CHECK(pipeline::host_keys("dataset") ==
          std::vector<std::string>{"use", "split", "image", "augment", "orientation", "bad_images",
                                   "decoded_cache", "limit", "fraction", "exclude", "relabel"});
    CHECK(pipeline::host_keys("loss") == std::vector<std::string>{"use", "outputs", "weight"});
}
