// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Phases that are solved, and phases that begin with the best weights of the one before.
#include <cmath>

#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include "core/files.hpp"
#include "solve/strength.hpp"
#include "toys.hpp"
#include "train/collected.hpp"
#include "train/loss_form.hpp"
#include "train/solve_plan.hpp"
#include "train/store.hpp"

namespace graft::test {
namespace {

pipeline::Phase solved_phase(std::optional<double> strength = {},
                             std::vector<std::string> freeze = {"backbone"}) {
    pipeline::Phase phase = toy_phase(1, std::move(freeze));
    phase.solve = pipeline::Solve();
    phase.solve->use = "linear";
    phase.solve->strength = strength;
    return phase;
}

void fill_solved(ToyRun& run) {
    run.model_options = {.dropout = 0.5, .with_age = true, .class_weights = {1, 3}};
    run.samples = {.count = 24, .unknown = {3, 8}};
    run.pipeline.train.phases = {solved_phase()};
}

core::Problems problems_of(model::Model& model, const pipeline::Phase& phase) {
    pipeline::Train train;
    train.phases = {phase};
    core::Problems problems;
    train::check_solve(model, train, problems);
    return problems;
}

}  // namespace

// Proves: what a solved phase tells and keeps, that only heads change, and that their weights are the minimum
// of their own losses, class weights and absent targets among it.
TEST_CASE("a solved phase is one epoch") {
    ToyRun run;
    fill_solved(run);
    const train::TrainResult result = run.go();
    REQUIRE(run.events.named("epoch").size() == 1);
    CHECK(run.events.named("epoch")[0].at("learning_rate") == core::Json::object());
    CHECK(run.events.named("phase")[0].at("learning_rate") == core::Json::object());
    REQUIRE(result.solved.size() == 2);
    CHECK(result.solved == core::Json(run.events.named("solved")));
    CHECK(result.solved[0].at("head") == "species");
    CHECK(result.solved[0].at("method") == "logistic regression");
    CHECK(result.solved[0].at("chosen_by") == "validation");
    CHECK(result.solved[1].at("method") == "ridge regression");
    CHECK(result.solved[1].at("phase") == 1);
    REQUIRE(result.freeze_proof.size() == 1);
    CHECK(result.freeze_proof[0].before == result.freeze_proof[0].after);
    CHECK(result.best.epoch == 1);

    const auto untouched = toy_model(run.model_options);
    CHECK(at::equal(tensor_of(*run.model, "backbone.body_conv.weight"),
                    tensor_of(*untouched, "backbone.body_conv.weight")));
    const auto loader = toy_loader(run.samples, 4, true);
    const auto collected = train::collect(*run.model, *loader, cpu, {});
    const auto targets =
        train::targets_of(run.model->heads()[0], run.model->heads()[0].losses[0], collected->targets[0][0]);
    REQUIRE(targets);
    CHECK(at::equal(at::bincount(targets->mass.flatten().round().to(at::kLong)),
                    at::tensor({2, 11, 0, 11}, at::kLong)));
    const solve::LabelledFeatures samples{collected->features[0][0].to(at::kDouble), *targets};
    const auto expected = solve::solve_at(samples, result.solved[0].at("strength").get<double>(), 1e-6);
    CHECK(at::allclose(tensor_of(*run.model, "heads.species.last.weight").to(at::kDouble),
                       expected.linear.weight, 1e-4, 1e-5));
    // The train loss is that of the solution.
    const double loss = solve::mean_loss(*targets, expected.linear.outputs(samples.features));
    train::LossTotals totals(*run.model, cpu);
    train::add_losses(*run.model, *collected, cpu, totals);
    CHECK(run.events.named("epoch")[0].at("train").at("loss").get<double>() ==
          doctest::Approx(totals.mean()));
    CHECK(totals.sums()[0][0] / totals.sums()[0][1] == doctest::Approx(loss).epsilon(1e-4));
}

TEST_CASE("a strength that is given, chosen by folds, and means of classes") {
    ToyRun run;
    fill_solved(run);
    run.pipeline.train.phases = {solved_phase(0.5)};
    CHECK(run.go().solved[0].at("chosen_by") == "the pipeline");
    CHECK(run.events.named("solved")[0].at("strength") == 0.5);
    run.pipeline.train.phases = {solved_phase()};
    run.has_val = false;
    run.pipeline.train.monitor = "train/loss";
    CHECK(run.go().solved[1].at("chosen_by") == "folds");
    run.pipeline.train.phases[0].solve->choose = "val";
    CHECK(failure_text([&] {
              run.go();
          }).find("choose is val, but there is no validation split to choose the strength by") == 0);
    run.pipeline.train.phases[0].solve->use = "nearest_mean";
    CHECK(failure_text([&] { run.go(); }).find("the output 'output' of head 'age' is of values") == 0);
    run.pipeline.train.phases[0].freeze = {"backbone", "heads.age"};
    run.pipeline.train.phases[0].freeze_places.resize(2);
    const train::TrainResult result = run.go();
    REQUIRE(result.solved.size() == 1);
    CHECK(result.solved[0].at("method") == "nearest mean of a class");
}

// Proves: an interrupted solution is worked out again, one that was saved is not, and both end with the bytes
// of a run in peace; a phase of steps goes on from it.
TEST_CASE("a run with a solved phase is interrupted and goes on") {
    const auto fill = [](ToyRun& run) {
        fill_solved(run);
        run.pipeline.train.phases.push_back(toy_phase(2, {"backbone.stem"}));
        run.pipeline.train.phases[1].start = "best";
    };
    ToyRun straight;
    fill(straight);
    straight.go();
    CHECK(straight.events.named("phase")[1].at("start") == core::Json({{"weights", "best"}, {"epoch", 1}}));
    CHECK(straight.events.named("phase")[1].at("learning_rate") ==
          core::Json({{"backbone", 0.01}, {"heads.species", 0.01}, {"heads.age", 0.01}}));
    for (const std::string event : {"phase", "solved", "epoch"}) {
        ToyRun run;
        fill(run);
        run.events.then = [&](const core::Event& sent) { run.stop = run.stop || sent.name == event; };
        REQUIRE(run.go().interrupted);
        run.events.then = {};
        const train::TrainResult result = run.go(run.folder.file("checkpoints/last"));
        CHECK(run.weights() == straight.weights());
        CHECK(result.solved.size() == 2);
        const auto last = train::read_run(run.folder.file("checkpoints/last"));
        const auto expected = train::read_run(straight.folder.file("checkpoints/last"));
        CHECK((last.progress.sums == expected.progress.sums));
        CHECK(last.progress.solved == expected.progress.solved);
    }
}

// Proves: `start: best` begins with the weights of the phase's best epoch, also where an earlier phase had a
// better one, and after an interruption.
TEST_CASE("a phase begins with the best weights of the one before") {
    const auto fill = [](ToyRun& run, const std::string& start) {
        run.pipeline.train.phases = {toy_phase(2), toy_phase(4), toy_phase(1)};
        // Uphill, so that the first epoch of the phase is its best.
        run.pipeline.train.phases[1].optimizer = {.use = "sgd", .learning_rate = -0.02, .momentum = 0.9};
        run.pipeline.train.phases[2].optimizer = {.use = "sgd", .learning_rate = 1e-30, .momentum = 0.9};
        run.pipeline.train.phases[2].start = start;
    };
    ToyRun straight;
    fill(straight, "best");
    straight.go();
    const auto epochs = straight.events.named("epoch");
    REQUIRE(epochs.size() == 7);
    std::size_t best = 2;
    for (std::size_t index = 3; index < 6; ++index) {
        const auto loss = [&](std::size_t epoch) { return epochs[epoch].at("val").at("loss").get<double>(); };
        best = loss(index) < loss(best) ? index : best;
    }
    REQUIRE(best < 5);                                   // not the phase's last
    REQUIRE_FALSE(epochs[best].at("best").get<bool>());  // not the run's best
    CHECK(straight.events.named("phase")[2].at("start").at("epoch") == best + 1);
    CHECK(epochs[6].at("val").at("loss") == epochs[best].at("val").at("loss"));
    CHECK(epochs[5].at("val").at("loss") != epochs[best].at("val").at("loss"));
    CHECK_FALSE(std::filesystem::exists(straight.folder.file("checkpoints/best-of-phase")));
    for (const std::int64_t pass : {4 * 4 + 2, 4 * 6 + 1, 4 * 6 + 2}) {
        ToyRun run;
        fill(run, "best");
        run.stop_at = pass;
        REQUIRE(run.go().interrupted);
        run.stop_at = 0;
        run.go(run.folder.file("checkpoints/last"));
        CHECK(run.weights() == straight.weights());
        const auto all = [](const ToyRun& of) { return train::read_run(of.folder.file("checkpoints/last")); };
        CHECK(bytes_of(*run.model) == bytes_of(*straight.model));
        const auto optimizer = all(run).optimizer;
        const auto expected = all(straight).optimizer;
        REQUIRE(optimizer.size() == expected.size());
        for (std::size_t index = 0; index < optimizer.size(); ++index) {
            CHECK(at::equal(optimizer[index].second, expected[index].second));
        }
    }
    ToyRun last;
    fill(last, "last");
    last.go();
    CHECK(last.events.named("phase")[2].at("start") == core::Json({{"weights", "last"}, {"epoch", 6}}));
}

// Proves: samples whose features no layer can be found on are named, whatever would be solved.
TEST_CASE("features that are not finite") {
    const auto model = toy_model();
    tensor_of(*model, "backbone.body_conv.weight").fill_(NAN);
    const auto loader = toy_loader({.count = 20}, 4, false);
    const std::string text = failure_text([&] { train::collect(*model, *loader, cpu, {}); });
    CHECK(text.find("what the frozen stages give is not finite for 20 of 20 samples: ") == 0);
    CHECK(text.find(", ...") != std::string::npos);
}

// Proves: what cannot be solved is named with its remedy, before anything is read.
TEST_CASE("what cannot be solved") {
    const auto model = toy_model({.head_norm = true});
    const core::Problems norm = problems_of(*model, solved_phase());
    REQUIRE(norm.size() == 1);
    CHECK(norm[0].message ==
          "head 'species' (toy_species) has more to train than its linear outputs: heads.species.norm.bias, "
          "heads.species.norm.weight");
    const core::Problems backbone = problems_of(*toy_model(), solved_phase({}, {"backbone.stem"}));
    REQUIRE(backbone.size() == 1);
    CHECK(backbone[0].message == "only heads can be solved, and the phase leaves parts of backbone to train");
    CHECK(backbone[0].remedy == "write freeze: [backbone] in this phase, or train it in steps");
    const core::Problems loss = problems_of(*toy_model({.peeking_loss = true}), solved_phase());
    REQUIRE(loss.size() == 1);
    CHECK(loss[0].message ==
          "the output 'output' of head 'species' cannot be solved under the loss toy_loss");
}

}  // namespace graft::test
