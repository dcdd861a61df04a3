// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Whole runs of the toy model: what they report, write and refuse.
#include "train/trainer.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "core/files.hpp"
#include "toys.hpp"
#include "train/store.hpp"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

std::string read(const ToyRun& run, const std::string& name) {
    return core::read_file(run.folder.file(name));
}

}  // namespace

TEST_SUITE("smoke") {
    TEST_CASE("a run learns the toy problem, reports it and leaves a model") {
        ToyRun run;
        run.pipeline = toy_pipeline(8);
        run.pipeline.train.monitor = "val/species/accuracy";
        const train::TrainResult result = run.go();
        const auto epochs = run.events.named("epoch");
        REQUIRE(epochs.size() == 8);
        const double first = epochs.front().at("train").at("loss").get<double>();
        const double last = epochs.back().at("train").at("loss").get<double>();
        CHECK(first > 0.3);
        CHECK(last < 0.5 * first);
        CHECK(train::to_json(result.best).at("metrics").at("species/accuracy").get<double>() == 1.0);
        CHECK(result.final_epoch.epoch == 8);
        REQUIRE(result.best_evaluation.has_value());
        CHECK(result.best_evaluation->samples == 16);
        CHECK(fs::exists(run.folder.file("model/weights.safetensors")));
        CHECK(fs::exists(run.folder.file("model/model.json")));
        CHECK(!result.interrupted);
    }
}

TEST_CASE("events of a run: phase, progress, epoch, checkpoints") {
    ToyRun run;
    run.pipeline.train.phases = {toy_phase(1, {"backbone"}), toy_phase(2, {"backbone.stem"})};
    run.go();
    const auto phases = run.events.named("phase");
    REQUIRE(phases.size() == 2);
    // The head has 8 x 2 + 2 parameters, the body 4 x 8 x 9 + 8.
    CHECK(phases[0] == core::Json{{"phase", 1},
                                  {"phases", 2},
                                  {"epochs", 1},
                                  {"trainable", 18},
                                  {"frozen_prefix", {"stem", "body"}},
                                  {"learning_rate", {{"heads.species", 0.01}}}});
    CHECK(phases[1] == core::Json{{"phase", 2},
                                  {"phases", 2},
                                  {"epochs", 2},
                                  {"trainable", 18 + 296},
                                  {"frozen_prefix", {"stem"}},
                                  {"learning_rate", {{"backbone", 0.01}, {"heads.species", 0.01}}},
                                  {"start", {{"weights", "last"}, {"epoch", 1}}}});
    const auto epochs = run.events.named("epoch");
    REQUIRE(epochs.size() == 3);
    CHECK(epochs[2].at("epoch") == 3);
    CHECK(epochs[2].at("epochs") == 3);
    CHECK(epochs[0].at("phase") == 1);
    CHECK(epochs[1].at("phase") == 2);
    CHECK(epochs[0].at("best") == true);
    CHECK(epochs[0].at("val").contains("species/accuracy"));
    CHECK(epochs[0].at("images_per_second").get<double>() > 0);
    const auto progress = run.events.named("progress");
    REQUIRE(!progress.empty());
    CHECK(progress[0].at("epoch") == 1);
    CHECK(progress[0].at("step") == 1);
    CHECK(progress[0].at("steps") == 4);
    CHECK(progress[0].at("eta_seconds").get<double>() >= 0);
    std::size_t last = 0;
    for (const core::Json& checkpoint : run.events.named("checkpoint")) {
        last += checkpoint.at("kind") == "last" ? 1 : 0;
        CHECK(fs::exists(checkpoint.at("path").get<std::string>()));
    }
    CHECK(last == 3);
}

TEST_CASE("the same seed gives the same bytes, with Dropout and BatchNorm; another seed does not") {
    const auto weights = [](std::uint64_t seed) {
        ToyRun run;
        run.model_options = {.backbone_norm = true, .dropout = 0.3};
        run.pipeline.seed = seed;
        run.go();
        return run.weights();
    };
    CHECK(weights(7) == weights(7));
    CHECK(weights(7) != weights(8));
}

TEST_CASE("frozen means frozen: tensors and BatchNorm's statistics stay, and the proof is recorded") {
    ToyRun run;
    run.model_options.backbone_norm = true;
    run.pipeline.train.phases = {toy_phase(2, {"backbone.stem"}), toy_phase(1)};
    at::Tensor body_before;
    int epochs = 0;
    run.events.then = [&](const core::Event& event) {
        if (event.name == "phase" && event.fields.at("phase") == 1) {
            body_before = tensor_of(*run.model, "backbone.body_conv.weight").clone();
        }
        if (event.name == "epoch" && event.fields.at("phase") == 1) {
            CHECK(tensor_of(*run.model, "backbone.stem_norm.running_mean").abs().max().item<double>() == 0);
            CHECK(tensor_of(*run.model, "backbone.stem_norm.num_batches_tracked").item<int>() == 0);
            CHECK(!at::equal(tensor_of(*run.model, "backbone.body_conv.weight"), body_before));
            ++epochs;
        }
    };
    const train::TrainResult result = run.go();
    CHECK(epochs == 2);
    // The second phase lets them move: the checks above could have failed.
    int moved = 0;
    for (const auto& [path, tensor] : train::read_run(run.folder.file("checkpoints/last")).model) {
        moved += path == "backbone.stem_norm.num_batches_tracked" ? tensor.item<int>() : 0;
    }
    CHECK(moved == 4);
    REQUIRE(result.freeze_proof.size() == 2);
    const train::FreezeProof& proof = result.freeze_proof[0];
    CHECK(proof.phase == 1);
    CHECK(proof.tensors == 7);  // weight and bias; weight, bias, mean, variance, count
    CHECK(proof.before == proof.after);
    CHECK(proof.before.size() == 32);
    CHECK(result.freeze_proof[1].tensors == 0);
}

TEST_CASE("a plugin that writes to frozen tensors fails the run, and nothing is saved") {
    ToyRun run;
    run.pipeline.train.phases = {toy_phase(1, {"backbone"})};
    run.model_options.hook = [](model::Model& running) {
        const at::NoGradGuard no_gradients;
        running.tensors().front().tensor.add_(0.001);
    };
    const std::string text = failure_text([&] { run.go(); });
    CHECK(text.starts_with("frozen tensors changed during phase 1: their hash was "));
    CHECK(!fs::exists(run.folder.file("checkpoints/last")));
}

TEST_CASE("a loss that is not finite ends the run; the checkpoints before it stay as they were") {
    ToyRun run;
    run.model_options.with_age = true;
    run.pipeline = toy_pipeline(1);
    run.go();
    const std::string last = read(run, "checkpoints/last");
    const std::string best = read(run, "checkpoints/best");
    run.pipeline = toy_pipeline(3);
    run.samples.poisoned = 5;
    std::string text;
    try {
        run.go();
    } catch (const core::Failure& failure) {
        CHECK(failure.category() == core::Category::training);
        text = failure.what();
    }
    CHECK(text.find("the loss of head 'age' (toy_loss) is inf for 1 of 4 samples in epoch 1, step ") == 0);
    CHECK(text.find(": toy/5\n") != std::string::npos);
    CHECK(read(run, "checkpoints/last") == last);
    CHECK(read(run, "checkpoints/best") == best);
}

TEST_CASE("weights that are no longer finite are never saved") {
    ToyRun run;
    // The damage is done in the last step of the epoch, after its loss was measured.
    run.model_options.hook = [passes = 0](model::Model& running) mutable {
        if (++passes == 4) {
            const at::NoGradGuard no_gradients;
            at::Tensor bias = running.tensors()[1].tensor;
            bias.register_hook([](const at::Tensor& gradient) { return gradient * NAN; });
        }
    };
    const std::string text = failure_text([&] { run.go(); });
    CHECK(text.starts_with("backbone.stem_conv.bias is no longer finite after epoch 1\n"));
    CHECK(!fs::exists(run.folder.file("checkpoints/last")));
}

TEST_CASE("early stop ends the phase, not the run") {
    ToyRun run;
    run.pipeline.train.phases = {toy_phase(9), toy_phase(1)};
    run.pipeline.train.phases[0].optimizer.learning_rate = 0;  // nothing ever improves
    run.pipeline.train.phases[0].early_stop.patience = 2;
    const train::TrainResult result = run.go();
    const auto epochs = run.events.named("epoch");
    REQUIRE(epochs.size() == 4);
    CHECK(epochs[2].at("phase") == 1);
    CHECK(epochs[3].at("phase") == 2);
    CHECK(result.freeze_proof.size() == 2);
    const auto reasons = run.events.named("early_stop");
    REQUIRE(reasons.size() == 1);
    CHECK(reasons[0] == core::Json{{"phase", 1},
                                   {"epoch", 3},
                                   {"epochs", 9},
                                   {"monitor", "val/loss"},
                                   {"best", epochs[0].at("val").at("loss")},
                                   {"waited", 2}});
}

// Proves: so it is, too, where the best epoch's phase froze tensors, which its checkpoint refers to, and the
// phase behind it freezes none.
TEST_CASE("model/ holds the best epoch's weights, not the last's") {
    for (const std::vector<std::string>& freeze :
         {std::vector<std::string>(), std::vector<std::string>{"backbone"}}) {
        CAPTURE(freeze.size());
        ToyRun run;
        run.pipeline.train.phases = {toy_phase(2, freeze), toy_phase(2)};
        run.pipeline.train.phases[1].optimizer.use = "sgd";
        run.pipeline.train.phases[1].optimizer.learning_rate = -0.1;  // uphill
        std::string best_weights;
        run.events.then = [&](const core::Event& event) {
            if (event.name == "epoch" && event.fields.at("best").get<bool>()) {
                best_weights = run.weights();
            }
        };
        const train::TrainResult result = run.go();
        CHECK(result.best.epoch <= 2);
        CHECK(result.final_epoch.epoch == 4);
        const auto saved = model::from_safetensors(read(run, "model/weights.safetensors"), "weights");
        CHECK(model::to_safetensors(saved) == best_weights);  // without the record of the preprocessing
        CHECK(run.weights() == best_weights);
        const double best_loss = result.best_evaluation->find({"", "", "loss"})->value;
        CHECK(best_loss == train::to_json(result.best).at("metrics").at("loss").get<double>());
        CHECK(train::to_json(result.final_epoch).at("metrics").at("loss").get<double>() > best_loss);
    }
}

TEST_CASE("a last batch of one sample under a BatchNorm that trains is trained with the batch before it") {
    ToyRun run;
    run.model_options.head_norm = true;
    run.samples.count = 9;
    run.pipeline = toy_pipeline(1);
    CHECK(failure_text([&] { run.go(); }) == "");
    // Two steps, 4 and 5 samples.
    CHECK(tensor_of(*run.model, "heads.species.norm.num_batches_tracked").item<int>() == 2);
    run.pipeline.train.batch = 1;
    CHECK(failure_text([&] { run.go(); }) ==
          "a step of one sample: a BatchNorm that trains cannot normalise over a single value\n"
          "  set train.batch to at least 2, or freeze that BatchNorm");
}

TEST_CASE("without a validation set the training loss is watched, and the run says so") {
    ToyRun run;
    run.has_val = false;
    const train::TrainResult result = run.go();
    const auto warnings = run.events.named("warning");
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].at("text") ==
          "there is no validation set, so train/loss is watched instead of val/loss");
    CHECK(!result.best_evaluation.has_value());
    CHECK(train::to_json(result.best).at("metrics").at("loss") ==
          run.events.named("epoch")[1].at("train").at("loss"));
}

TEST_CASE("pictures that cannot be read are passed over; too many of them end the run") {
    ToyRun run;
    run.samples.broken = {3};
    run.pipeline.data.bad_images = 0.1;
    CHECK(failure_text([&] { run.go(); }) == "");
    run.samples.broken = {3, 4, 5};
    const std::string text = failure_text([&] { run.go(); });
    CHECK(text.find("toy/3") != std::string::npos);
}

TEST_CASE("a pipeline that cannot be trained is refused before anything runs") {
    ToyRun run;
    run.pipeline.train.phases = {toy_phase(1), toy_phase(1, {"backbone", "heads.species"})};
    run.pipeline.train.phases[1].place = {"toy.yaml", 7, 5, ""};
    CHECK(failure_text([&] { run.go(); }) ==
          "toy.yaml:7:5: phase 2 freezes everything\n  leave at least one parameter to train");
    run.pipeline = toy_pipeline();
    run.pipeline.train.monitor = "val/species/loss";
    CHECK(failure_text([&] { run.go(); }).find("train.monitor is 'val/species/loss'") == 0);
    CHECK(run.events.events.empty());
}

TEST_CASE("a dry run tries every phase and the evaluation, and writes nothing") {
    ToyRun run;
    run.pipeline.train.phases = {toy_phase(3, {"backbone"}), toy_phase(3)};
    const auto model = toy_model();
    const auto loader = toy_loader({.count = 12}, 4, true);
    const auto val = toy_loader({.count = 5}, 4, false);
    const core::Json result = train::dry_run(*model, *loader, val.get(), at::Device(at::kCPU), run.pipeline);
    REQUIRE(result.at("phases").size() == 2);
    CHECK(result.at("phases")[0].at("trainable") == 18);
    CHECK(result.at("phases")[0].at("steps") == 2);
    CHECK(result.at("phases")[0].at("frozen_unchanged") == true);
    CHECK(std::isfinite(result.at("phases")[1].at("loss").get<double>()));
    CHECK(result.at("val").at("samples") == 5);
    CHECK(result.at("val").at("metrics").contains("species/accuracy"));
    CHECK(fs::is_empty(run.folder.path()));
}

// Proves: an epoch tells what its own batches were worth, by every metric that the evaluation has: with
// weights that hardly move it is what an evaluation of the same samples gives, samples without a target among
// them, over more parts than are looked at together; scores of single classes are left out.
TEST_CASE("scores of the batches that were trained") {
    ToyRun run;
    run.model_options.with_age = true;
    run.samples = {.count = 22, .unknown = {2, 5}};
    run.val_samples = run.samples;
    run.pipeline = toy_pipeline(1);
    run.pipeline.train.batch = 1;
    run.pipeline.train.phases[0].optimizer.learning_rate = 1e-30;
    run.go();
    const core::Json epoch = run.events.named("epoch").at(0);
    const core::Json& train = epoch.at("train");
    const core::Json& val = epoch.at("val");
    CHECK(train.at("species/accuracy") == val.at("species/accuracy"));
    CHECK(train.at("species/f1") == val.at("species/f1"));
    CHECK(train.at("age/mae").get<double>() ==
          doctest::Approx(val.at("age/mae").get<double>()).epsilon(1e-6));
    CHECK(train.at("age/rmse").get<double>() ==
          doctest::Approx(val.at("age/rmse").get<double>()).epsilon(1e-6));
    for (const auto& [name, value] : train.items()) {
        CHECK(val.contains(name));
        CHECK(std::count(name.begin(), name.end(), '/') < 2);
    }
}

// Proves: of mixed targets no score is told, for there is none.
TEST_CASE("mixed batches have no training scores") {
    ToyRun run;
    run.pipeline = toy_pipeline(1);
    run.pipeline.train.phases[0].freeze = {"backbone.stem"};
    run.pipeline.features.augment = {{"mixup", {0.5}, {}}};
    run.go();
    const core::Json epoch = run.events.named("epoch").at(0);
    CHECK(epoch.at("train").size() == 1);
    CHECK(epoch.at("train").contains("loss"));
}

}  // namespace graft::test
