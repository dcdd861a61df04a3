// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Interrupted runs that go on, and checkpoints that are damaged.
#include <doctest/doctest.h>

#include "core/files.hpp"
#include "toys.hpp"
#include "train/checkpoint.hpp"
#include "train/store.hpp"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

/// Everything that a resume can get wrong: shuffling, Dropout, BatchNorm, two heads, a schedule, two
/// phases with different optimisers, a last batch of one sample, a picture that cannot be read.
void fill(ToyRun& run, std::int64_t accumulate) {
    run.model_options = {.backbone_norm = true, .dropout = 0.3, .with_age = true, .class_weights = {1, 2}};
    run.samples = {.count = 13, .broken = {6}, .unknown = {2}};
    run.val_samples = {.count = 6};
    run.pipeline.data.bad_images = 0.2;
    run.pipeline.train.accumulate = accumulate;
    run.pipeline.train.phases = {toy_phase(2, {"backbone.stem"}), toy_phase(1)};
    run.pipeline.train.phases[0].schedule.use = "cosine";
    run.pipeline.train.phases[0].schedule.warmup = 0.3;
    run.pipeline.train.phases[1].optimizer.use = "adamw";
    run.pipeline.train.phases[1].optimizer.weight_decay = 0.1;
}

/// The numbers of every epoch, without times.
core::Json numbers(const Listener& events) {
    core::Json list = core::Json::array();
    for (const core::Json& epoch : events.named("epoch")) {
        list.push_back(
            {epoch.at("epoch"), epoch.at("phase"), epoch.at("train"), epoch.at("val"), epoch.at("best")});
    }
    return list;
}

/// A checkpoint's bytes apart from the seconds that it tells.
std::string timeless(const std::string& file) {
    const train::SavedRun saved = train::read_run(file);
    train::Progress progress = saved.progress;
    progress.seconds = 0;
    return to_text(progress) + model::to_safetensors(saved.model) + model::to_safetensors(saved.optimizer);
}

}  // namespace

TEST_CASE("stopped at any step and resumed, a run ends with the same bytes") {
    for (const std::int64_t accumulate : {1, 2}) {
        ToyRun straight;
        fill(straight, accumulate);
        const train::TrainResult expected = straight.go();
        const std::int64_t passes = 3 * 4;  // no more than 4 forward passes in each of 3 epochs
        std::int64_t interruptions = 0;
        for (std::int64_t pass = 1; pass <= passes; ++pass) {
            CAPTURE(accumulate);
            CAPTURE(pass);
            ToyRun run;
            fill(run, accumulate);
            run.stop_at = pass;
            train::TrainResult result = run.go();
            if (!result.interrupted) {
                continue;  // the run has fewer passes
            }
            ++interruptions;
            CHECK(!fs::exists(run.folder.file("model")));
            run.stop_at = 0;
            result = run.go(run.folder.file("checkpoints/last"));
            CHECK(!result.interrupted);
            CHECK(run.weights() == straight.weights());
            CHECK(timeless(run.folder.file("checkpoints/last")) ==
                  timeless(straight.folder.file("checkpoints/last")));
            CHECK(timeless(run.folder.file("checkpoints/best")) ==
                  timeless(straight.folder.file("checkpoints/best")));
            CHECK(numbers(run.events).dump() == numbers(straight.events).dump());
            CHECK(train::to_json(result.best).dump() == train::to_json(expected.best).dump());
            CHECK(train::to_json(result.final_epoch).dump() == train::to_json(expected.final_epoch).dump());
            CHECK((result.freeze_proof == expected.freeze_proof));  // doctest cannot print them
            REQUIRE(result.best_evaluation.has_value());
            CHECK(train::to_json(*result.best_evaluation).dump() ==
                  train::to_json(*expected.best_evaluation).dump());
        }
        CHECK(interruptions >= 6);
    }
}

TEST_CASE("stopped again and again, every step in a process of its own, it still ends with the same bytes") {
    ToyRun straight;
    fill(straight, 1);
    straight.go();
    ToyRun run;
    fill(run, 1);
    run.stop_at = 1;
    train::TrainResult result = run.go();
    int parts = 1;
    while (result.interrupted && parts < 50) {
        result = run.go(run.folder.file("checkpoints/last"));
        ++parts;
    }
    CHECK(parts >= 9);
    CHECK(run.weights() == straight.weights());
}

TEST_CASE("a run whose checkpoint is an epoch's end goes on there; one that is finished only ends again") {
    ToyRun straight;
    fill(straight, 1);
    straight.go();
    ToyRun run;
    fill(run, 1);
    run.go();
    const std::string finished = run.weights();
    run.go(run.folder.file("checkpoints/last"));
    CHECK(run.events.named("epoch").size() == 3);
    CHECK(run.weights() == finished);
    // The best epoch's checkpoint as the last: the rest is trained again, with the same outcome.
    const auto best = train::read_run(run.folder.file("checkpoints/best")).progress.epoch;
    fs::copy_file(run.folder.file("checkpoints/best"), run.folder.file("checkpoints/last"),
                  fs::copy_options::overwrite_existing);
    run.go(run.folder.file("checkpoints/last"));
    CHECK(run.events.named("epoch").size() == static_cast<std::size_t>(3 + 3 - best));
    CHECK(run.weights() == straight.weights());
}

TEST_CASE("a signal during the evaluation saves the epoch's end, and the resumed run evaluates") {
    ToyRun straight;
    fill(straight, 1);
    straight.go();
    ToyRun run;
    fill(run, 1);
    run.stop_at = 3;  // the third step of three: then comes the evaluation
    CHECK(run.go().interrupted);
    CHECK(run.events.named("epoch").empty());
    run.stop_at = 0;
    run.go(run.folder.file("checkpoints/last"));
    CHECK(run.weights() == straight.weights());
}

TEST_CASE("every damaged section of the last checkpoint is named, with the best one as the way out") {
    ToyRun run;
    run.go();
    const std::string last = run.folder.file("checkpoints/last");
    const std::string whole = core::read_file(last);
    std::size_t begin = whole.size();
    const auto sections = train::unpack_sections(whole, last);
    for (auto section = sections.rbegin(); section != sections.rend(); ++section) {
        begin -= section->bytes.size();
        for (const std::size_t place :
             {begin, begin + section->bytes.size() / 2, begin + section->bytes.size() - 1}) {
            std::string bytes = whole;
            bytes[place] = static_cast<char>(bytes[place] ^ 16);
            core::write_atomically(last, bytes);
            const std::string text = failure_text([&] { run.go(last); });
            CHECK(text.find("checkpoint " + last + " is damaged in section '" + section->name + "'") == 0);
            CHECK(text.find("checkpoints/best is whole and stands at the end of epoch ") !=
                  std::string::npos);
        }
        core::write_atomically(last, whole.substr(0, begin + section->bytes.size() / 2));
        CHECK(failure_text([&] { run.go(last); }).find("is cut off in section '" + section->name + "'") !=
              std::string::npos);
    }
    fs::remove(run.folder.file("checkpoints/best"));
    CHECK(failure_text([&] { run.go(last); }).find("there is no other checkpoint: begin a new run") !=
          std::string::npos);
    fs::remove(last);
    CHECK(failure_text([&] { run.go(last); }).find(last + " is no file") == 0);
}

TEST_CASE("a run goes on only with the data and pipeline that it began with") {
    ToyRun run;
    run.go();
    const std::string last = run.folder.file("checkpoints/last");
    run.pipeline.seed = 8;
    run.samples.count = 17;
    CHECK(failure_text([&] { run.go(last); }) ==
          last +
              " was saved by a run with seed 7; now it is 8\n"
              "  a run goes on with the data and pipeline it began with; begin a new one for others\n" +
              last +
              " was saved by a run with a training set of size 16; now it is 17\n"
              "  a run goes on with the data and pipeline it began with; begin a new one for others");
    run.pipeline.seed = 7;
    run.samples.count = 16;
    run.model_options.with_age = true;
    CHECK(failure_text([&] { run.go(last); }).find("heads.age.last.weight") != std::string::npos);
}

TEST_CASE("progress survives its text, numbers that are not finite among it") {
    train::Progress progress;
    progress.identity = {~std::uint64_t(0), 5, 4, 3, 2};
    progress.phase = 1;
    progress.step = 7;
    progress.batches = 9;
    progress.sums = {{0.1, 1.0 / 3}, {1e-300, 2}};
    progress.best_value = 0.1 + 0.2;
    progress.patience = {std::numeric_limits<double>::quiet_NaN(), 3};
    progress.frozen_before = "abc";
    progress.best = {3, {{{"person", "age", "mae"}, 4.5, "years", Direction::lower_is_better}}};
    progress.final_epoch = {4, {{{"", "", "loss"}, std::numeric_limits<double>::quiet_NaN(), ""}}};
    progress.freeze_proof = {{1, 7, "abc", "abc"}};
    const std::string text = to_text(progress);
    const train::Progress read = train::progress_from_text(text, "last");
    CHECK(to_text(read) == text);
    CHECK(read.identity == progress.identity);
    CHECK((read.sums == progress.sums));  // doctest cannot print them
    CHECK(read.best_value == progress.best_value);
    CHECK(std::isnan(*read.patience.best));
    CHECK(read.best.epoch == 3);
    REQUIRE(read.best.scores.size() == 1);
    CHECK(read.best.scores[0].name == train::ScoreName{"person", "age", "mae"});
    CHECK(read.best.scores[0].direction == Direction::lower_is_better);
    CHECK(std::isnan(read.final_epoch.scores.at(0).value));
    CHECK((read.freeze_proof == progress.freeze_proof));
    CHECK(failure_text([&] {
              train::progress_from_text("{}", "last");
          }).find("checkpoint last has a section 'progress' that cannot be read") == 0);
    CHECK(failure_text([&] { train::progress_from_text("nonsense", "last"); }) != "");
}

TEST_CASE("what an earlier version saved of an epoch is written again by the same keys") {
    train::Progress progress;
    core::Json saved = core::Json::parse(to_text(progress));
    saved["best"] = {{"epoch", 2}, {"metrics", {{"loss", 0.5}, {"person/age/mae", 3.0}}}};
    saved["final"] = core::Json::object();
    const train::Progress read = train::progress_from_text(saved.dump(), "last");
    CHECK(train::to_json(read.best) == saved["best"]);
    CHECK(train::to_json(read.final_epoch) == core::Json::object());
}

}  // namespace graft::test
