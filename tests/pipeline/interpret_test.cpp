// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "pipeline/pipeline.hpp"
#include "support.hpp"

using namespace graft;
using graft::test::interpret;
using graft::test::Text;
using pipeline::Pipeline;

namespace {

const std::string full = R"(graft: 1
name: full
seed: 7
plugins: [/opt/plugins]
data:
  use: image_folder
  root: /data
  split: {train: a, val: b, test: c}
  image: {size: [64, 32], resize: pad}
  augment: [flip, {rotate: 10}, {scale: [0.8, 1.2]}, {translate: 0.1}, {color: 0.2}]
  bad_images: 0.5
backbone: {use: resnet18, weights: imagenet1k_v1, until: layer3, classifier: true}
heads:
  faces:
    use: regression
    targets: {age: years, gender: sex}
    from: [layer2, layer3]
    loss: {age: {use: l1, beta: 2}, gender: {use: bce, weight: 0.5}}
  other: {use: classification, target: label, from: layer1, loss: cross_entropy}
train:
  device: cuda:1
  batch: 16
  accumulate: 2
  monitor: val/faces/age/mae
  threads: 3
  deterministic: true
  optimizer: {use: sgd, lr: 0.1, momentum: 0.9, nesterov: true, weight_decay: 1e-4}
  schedule: {use: step, every: 2, factor: 0.5, warmup: 0.1}
  phases:
    - {epochs: 5, freeze: [backbone, heads.faces.fc, losses.faces/age, "**.bn1"]}
    - {epochs: 6, optimizer: {use: adamw, betas: [0.8, 0.99], epsilon: 1e-6}, schedule: {use: cosine, minimum: 0.01}, early_stop: {patience: 3, minimum_change: 0.1}}
)";

/// The whole of what is said about a variant of a valid pipeline.
std::string problems_of(const Text& text) {
    return interpret(text.yaml()).problems;
}

}  // namespace

TEST_SUITE("smoke") {
    TEST_CASE("every key of the file, its data and backbone arrives where it belongs") {
        const auto [pipeline, problems] = interpret(full);
        CHECK(problems.empty());
        CHECK(pipeline.name == "full");
        CHECK(pipeline.seed == 7);
        CHECK(pipeline.plugins == std::vector<std::string>{"/opt/plugins"});
        CHECK(pipeline.data.use.id == "image_folder");
        CHECK(pipeline.data.use.place.line == 6);
        CHECK(pipeline.data.use.section.find("root")->scalar == "/data");
        CHECK(pipeline.data.split.train == "a");
        CHECK(pipeline.data.split.val == "b");
        CHECK(pipeline.data.split.test == "c");
        CHECK_FALSE(pipeline.data.split.by_fraction);
        CHECK(*pipeline.data.image_size == std::array<std::int64_t, 2>{64, 32});
        CHECK(*pipeline.data.resize == pipeline::Resize::pad);
        REQUIRE(pipeline.data.augment.size() == 5);
        CHECK(pipeline.data.augment[0].values == std::vector<double>{0.5});
        CHECK(pipeline.data.augment[2].values == std::vector<double>{0.8, 1.2});
        CHECK(pipeline.data.bad_images == 0.5);
        CHECK(pipeline.backbone.weights == "imagenet1k_v1");
        CHECK(pipeline.backbone.until == "layer3");
    }
}

TEST_CASE("every key of the heads arrives where it belongs") {
    const Pipeline pipeline = interpret(full).pipeline;
    REQUIRE(pipeline.heads.size() == 2);
    const pipeline::Head& faces = pipeline.heads[0];
    CHECK(faces.name == "faces");
    CHECK(faces.use.path == "heads.faces");
    CHECK(faces.targets == std::map<std::string, std::string>{{"age", "years"}, {"gender", "sex"}});
    CHECK(faces.from == std::vector<std::string>{"layer2", "layer3"});
    REQUIRE(faces.losses.size() == 2);
    CHECK(faces.losses[0].outputs == std::vector<std::string>{"age"});
    CHECK(faces.losses[0].use->id == "l1");
    CHECK(faces.losses[0].use->section.find("beta")->scalar == "2");
    CHECK(faces.losses[1].weight == 0.5);
    const pipeline::Head& other = pipeline.heads[1];
    CHECK(other.targets == std::map<std::string, std::string>{{"", "label"}});
    CHECK(other.from == std::vector<std::string>{"layer1"});
    CHECK(other.losses.at(0).outputs.empty());
    CHECK(other.losses.at(0).use->id == "cross_entropy");
}

TEST_CASE("every key of the training arrives where it belongs") {
    const Pipeline pipeline = interpret(full).pipeline;
    const pipeline::Train& train = pipeline.train;
    CHECK(train.device == "cuda:1");
    CHECK(train.batch == 16);
    CHECK(train.accumulate == 2);
    CHECK(train.monitor == "val/faces/age/mae");
    CHECK(train.threads == 3);
    CHECK(train.deterministic);
    REQUIRE(train.phases.size() == 2);
    CHECK(train.phases[0].epochs == 5);
    CHECK(train.phases[0].freeze ==
          std::vector<std::string>{"backbone", "heads.faces.fc", "losses.faces/age", "**.bn1"});
    CHECK(train.phases[0].freeze_places.size() == 4);
    CHECK(train.phases[0].optimizer.use == "sgd");
    CHECK(train.phases[0].optimizer.nesterov);
    CHECK(train.phases[0].optimizer.momentum == 0.9);
    CHECK(train.phases[0].schedule.use == "step");
    CHECK(train.phases[0].schedule.every == 2);
    CHECK(train.phases[1].freeze.empty());
    CHECK(train.phases[1].optimizer.use == "adamw");
    CHECK(train.phases[1].optimizer.betas == std::array<double, 2>{0.8, 0.99});
    CHECK(train.phases[1].optimizer.weight_decay == 0.01);
    CHECK(train.phases[1].schedule.minimum == 0.01);
    CHECK(train.phases[1].early_stop.patience == 3);
    CHECK(train.phases[1].early_stop.minimum_change == 0.1);
}

TEST_CASE("what is left out has its documented default") {
    const auto [pipeline, problems] =
        interpret("graft: 1\ndata: {use: d}\nbackbone: {use: b}\nhead: {use: classification}\n");
    CHECK(problems.empty());
    CHECK(pipeline.name == "p");  // the file is p.yaml
    CHECK(pipeline.document.find("name")->scalar == "p");
    CHECK(pipeline.seed == 0);
    CHECK(pipeline.data.split.train == "train");
    CHECK(pipeline.data.split.val == "val");
    CHECK_FALSE(pipeline.data.image_size.has_value());
    CHECK_FALSE(pipeline.data.resize.has_value());
    CHECK(pipeline.data.bad_images == 0.05);
    CHECK(pipeline.backbone.weights == "none");
    CHECK(pipeline.heads.at(0).name == "classification");
    CHECK(pipeline.heads.at(0).targets.empty());
    CHECK(pipeline.heads.at(0).losses.empty());
    CHECK(pipeline.train.device == "auto");
    CHECK(pipeline.train.monitor == "val/loss");
    REQUIRE(pipeline.train.phases.size() == 1);
    CHECK(pipeline.train.phases[0].optimizer.use == "adam");
    CHECK(pipeline.train.phases[0].optimizer.learning_rate == 1e-3);
    CHECK(pipeline.train.phases[0].optimizer.weight_decay == 0);
    CHECK(pipeline.train.phases[0].schedule.use == "constant");
}

TEST_CASE("splits by fraction") {
    Text text;
    text.data = "data: {use: d, split: {val: 0.2, test: 0.1, seed: 5, stratify: label, group: person}}";
    const auto [pipeline, problems] = interpret(text.yaml());
    CHECK(problems.empty());
    const pipeline::SplitRule& split = pipeline.data.split;
    CHECK(split.by_fraction);
    CHECK(split.val_fraction == 0.2);
    CHECK(split.test_fraction == 0.1);
    CHECK(split.seed == 5);
    CHECK(split.stratify == "label");
    CHECK(split.by_group);
    text.data = "data: {use: d, split: {val: \"0.2\"}}";
    CHECK(interpret(text.yaml()).pipeline.data.split.val == "0.2");
    text.data = "data: {use: d, split: {val: \"\"}}";
    CHECK(interpret(text.yaml()).pipeline.data.split.val.empty());
}

TEST_CASE("short forms: optimizer and schedule by name, one size, the losses of a list") {
    Text text;
    text.data = "data: {use: d, image: {size: 96}, augment: [{flip: 0.1}]}";
    text.heads =
        "heads: {h: {use: c, loss: [{use: joint, outputs: [a, b]}, {use: l1, outputs: [c], weight: 2}]}, g: "
        "{use: c, loss: {weight: 3}}}";
    text.train = "train: {optimizer: sgd, schedule: cosine, freeze: [backbone]}";
    const auto [pipeline, problems] = interpret(text.yaml());
    CHECK(problems.empty());
    CHECK(*pipeline.data.image_size == std::array<std::int64_t, 2>{96, 96});
    CHECK(pipeline.data.augment.at(0).values == std::vector<double>{0.1});
    CHECK(pipeline.train.phases.at(0).optimizer.use == "sgd");
    CHECK(pipeline.train.phases.at(0).schedule.use == "cosine");
    CHECK(pipeline.heads.at(0).losses.at(0).outputs == std::vector<std::string>{"a", "b"});
    CHECK(pipeline.heads.at(0).losses.at(1).weight == 2);
    CHECK_FALSE(pipeline.heads.at(1).losses.at(0).use.has_value());
    CHECK(pipeline.heads.at(1).losses.at(0).weight == 3);
}

TEST_CASE("several problems of one file come together, in the order of the file, and keep the defaults") {
    Text text;
    text.train = "train: {epochs: -1, batch: \"8\", devce: cpu, optimizer: {lr: .nan}}";
    text.data = "data: {use: d, bad_images: 2}";
    const auto [pipeline, problems] = interpret(text.yaml());
    CHECK(problems ==
          "p.yaml:3:28: data.bad_images is 2; must be a number in [0, 1]\n"
          "  data: {use: d, bad_images: 2}\n"
          "                             ^\n"
          "p.yaml:6:17: train.epochs is -1; must be a whole number in [1, 1000000]\n"
          "  train: {epochs: -1, batch: \"8\", devce: cpu, optimizer: {lr: .nan}}\n"
          "                  ^\n"
          "p.yaml:6:28: train.batch is the text \"8\"; must be a whole number in [1, 1048576]\n"
          "  train: {epochs: -1, batch: \"8\", devce: cpu, optimizer: {lr: .nan}}\n"
          "                             ^\n"
          "  take the quotes away\n"
          "p.yaml:6:33: unknown key 'devce' in train\n"
          "  train: {epochs: -1, batch: \"8\", devce: cpu, optimizer: {lr: .nan}}\n"
          "                                  ^\n"
          "  did you mean 'device'?\n"
          "p.yaml:6:61: train.optimizer.lr is .nan; must be a number, above 0\n"
          "  train: {epochs: -1, batch: \"8\", devce: cpu, optimizer: {lr: .nan}}\n"
          "                                                              ^");
    CHECK(pipeline.train.batch == 32);
    CHECK(pipeline.data.bad_images == 0.05);
}

TEST_CASE("the version of the format is checked before all else") {
    CHECK(interpret("graft: 2\nanything: 1\n").problems ==
          "p.yaml:1:8: graft is 2; this program reads version 1 of the format\n  graft: 2\n         ^\n  use "
          "a newer graft");
    CHECK(interpret("").problems == "p.yaml: holds nothing; a pipeline is expected\n  begin with graft: 1");
    CHECK(interpret("just text\n").problems ==
          "p.yaml:1:1: the file holds just text; a pipeline is a map of keys\n  just text\n  ^\n  begin with "
          "graft: 1");
    CHECK(interpret("- 1\n").problems.find("the file holds a list") != std::string::npos);
    CHECK(interpret("{}\n").problems ==
          "p.yaml: 'graft' is missing: version of this format, so write graft: 1 at the top\n"
          "p.yaml: 'data' is missing: the data set and its pictures\n"
          "  add data: {use: image_folder, root: ...}\n"
          "p.yaml: 'backbone' is missing: the network that features come from\n"
          "  add backbone: {use: resnet18}\n"
          "p.yaml: 'heads' is missing: what is learned\n"
          "  add heads: {NAME: {use: classification}}");
}

// Proves: a file of any bytes can be named: text stands in the pipeline, bytes are opened.
TEST_CASE("paths are bytes") {
    const auto weights = [](const std::string& value) {
        return interpret(Text{.backbone = "backbone: {use: b, weights: " + value + "}"}.yaml())
            .pipeline.backbone.weights;
    };
    CHECK(weights("w\\xE9.pth") == "w\xe9.pth");
    CHECK(weights("{file: w\\xE9.pth}") == "w\xe9.pth");
    CHECK(weights("w\\x5CxE9.pth") == "w\\xE9.pth");
    const Pipeline both =
        interpret(Text{.top = "plugins: [p\\xE9]\nfeatures: {folder: f\\xE9}\n"}.yaml()).pipeline;
    CHECK(both.plugins == std::vector<std::string>{"p\xe9"});
    CHECK(both.features.folder == "f\xe9");
}

TEST_CASE("features: what is kept of frozen stages") {
    const auto with = [](const std::string& features) {
        return interpret(Text{.top = features}.yaml()).pipeline.features;
    };
    CHECK(with("").cache == "auto");
    CHECK(with("").limit == 20);
    const auto given = with("features: {cache: off, folder: /f, limit: 0.5}\n");
    CHECK(given.cache == "off");
    CHECK(given.folder == "/f");
    CHECK(given.limit == 0.5);
    CHECK(problems_of({.top = "features: {cache: on}\n"})
              .find("features.cache is on; must be one of auto, off") != std::string::npos);
    CHECK(problems_of({.top = "features: {limit: 0}\n"}).find("features.limit is 0; must be") !=
          std::string::npos);
    CHECK(with("").precision == "float32");
    CHECK(with("features: {precision: float16}\n").precision == "float16");
    const auto augment = with("features: {augment: [noise, {mixup: 0.4}]}\n").augment;
    REQUIRE(augment.size() == 2);
    CHECK(augment[0].name == "noise");
    CHECK(augment[0].values == std::vector<double>{0.1});
    CHECK(augment[1].name == "mixup");
    CHECK(augment[1].values == std::vector<double>{0.4});
    CHECK(problems_of({.top = "features: {augment: [flip]}\n"})
              .find("features.augment.0 is the unknown change 'flip'") != std::string::npos);
    CHECK(problems_of({.top = "features: {views: 4}\n"}).find("no meaning without data.augment") !=
          std::string::npos);
}

TEST_CASE("the name must be usable as a folder's") {
    for (const std::string name : {"a/b", "..", ".hidden", "-x", "\"\"", "\"a\\tb\"", "a\\b"}) {
        CAPTURE(name);
        Text text;
        text.top = "";
        std::string yaml = text.yaml();
        yaml.replace(yaml.find("name: t"), 7, "name: " + name);
        CHECK(interpret(yaml).problems.find("the run folder cannot be called so") != std::string::npos);
        CHECK(interpret(yaml).pipeline.name == "pipeline");
    }
}
