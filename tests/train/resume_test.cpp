// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Interrupted runs that go on, and checkpoints that are damaged.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

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
    return to_text(progress) + model::to_safetensors(saved.model) + model::to_safetensors(saved.optimizer) +
           saved.known.train_statistics + saved.known.val_statistics;
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
    run.pipeline.train.batch = 8;
    run.pipeline.train.phases[0].optimizer.learning_rate = 0.5;
    run.pipeline.train.phases[0].epochs = 1;
    run.samples.count = 17;
    CHECK(failure_text([&] { run.go(last); }) ==
          "the run began with 16 training samples; now there are 17\n"
          "  a run goes on with the data that it began with\n"
          "seed stays as it is when a run goes on: 7 → 8\n"
          "train.batch stays as it is when a run goes on: 4 → 8\n"
          "phase 1 is in or after its epoch 2: it cannot have fewer: 2 → 1\n"
          "phase 1 has begun, so its optimizer.lr stays as it is: 0.01 → 0.5\n"
          "  when a run goes on, these may change: the epochs of the running or last phase, phases that have "
          "not begun, early_stop, train.device, train.threads, time_limit, stall_limit, outputs; for "
          "anything else "
          "begin a new run");
    run.pipeline = toy_pipeline();
    run.samples.count = 16;
    run.model_options.with_age = true;
    CHECK(failure_text([&] { run.go(last); }).find("heads.age.last.weight") != std::string::npos);
}

TEST_CASE("progress survives its text, numbers that are not finite among it") {
    train::Progress progress;
    progress.course = {{"seed", ~std::uint64_t(0)}, {"phases", core::Json::array()}};
    progress.train_samples = 5;
    progress.phase_over = true;
    progress.frozen_file = "frozen-abc.safetensors";
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
    CHECK(read.course == progress.course);
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

TEST_CASE("an evaluation survives its text, tables and numbers that are not finite among it") {
    train::Evaluation evaluation;
    evaluation.samples = 3;
    evaluation.scores = {{{"person", "age", "mae"}, 0.1 + 0.2, "years", Direction::lower_is_better},
                         {{"", "", "loss"}, std::numeric_limits<double>::infinity(), ""}};
    evaluation.tables = {
        {"species",
         {"confusion", {"ant", "bee"}, {"ant"}, {{1.0 / 3, std::numeric_limits<double>::quiet_NaN()}}}}};
    const std::string text = to_text(evaluation);
    const train::Evaluation read = train::evaluation_from_text(text, "best");
    CHECK(to_text(read) == text);
    CHECK(train::to_json(read).dump() == train::to_json(evaluation).dump());
    CHECK(read.scores[1].value == std::numeric_limits<double>::infinity());
    CHECK(failure_text([] {
              train::evaluation_from_text("{}", "best");
          }).find("checkpoint best has a section 'best' that cannot be read") == 0);
}

/// Two phases that freeze different parts.
void fill_frozen(ToyRun& run) {
    run.model_options = {.backbone_norm = true};
    run.pipeline.train.phases = {toy_phase(2, {"backbone"}), toy_phase(2, {"backbone.stem"})};
}

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
        names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

// Proves: what a phase froze lies there once, by the hash of its bytes; no file stays that nothing names.
TEST_CASE("frozen tensors are stored once and found to be damaged or missing") {
    ToyRun run;
    fill_frozen(run);
    run.stop_at = 4 * 3 + 2;  // in the second epoch of the second phase
    REQUIRE(run.go().interrupted);
    const std::string last = run.folder.file("checkpoints/last");
    const std::string best = run.folder.file("checkpoints/best");
    const train::SavedRun saved = train::read_run(last);
    CHECK(saved.model.size() == run.model->tensors().size());
    const std::set<std::string> expected{"best", "last", saved.progress.frozen_file,
                                         train::read_progress(best).frozen_file};
    CHECK((names_in(run.folder.file("checkpoints")) ==
           std::vector<std::string>(expected.begin(), expected.end())));
    const std::string frozen = run.folder.file("checkpoints/" + saved.progress.frozen_file);
    const std::string bytes = core::read_file(frozen);
    // The stem: 4 x 3 x 3 x 3 + 4, and five tensors of its BatchNorm, one of them int64.
    CHECK(bytes.size() > 4 * (108 + 4 + 16) + 8);
    CHECK(core::read_file(last).find("backbone.stem_conv.weight") == std::string::npos);
    core::write_atomically(frozen, bytes.substr(0, bytes.size() - 1));
    CHECK(failure_text([&] { train::read_run(last); }) ==
          frozen + " is damaged: the hash of its bytes is not the one in its name");
    fs::remove(frozen);
    CHECK(failure_text([&] { train::read_run(last); }) ==
          "checkpoint " + last + " refers to " + frozen +
              ", which is not there; nor are its tensors in the run's model/");
    core::write_atomically(frozen, bytes);
    run.stop_at = 0;
    run.go(last);  // to the end
    CHECK((names_in(run.folder.file("checkpoints")) == std::vector<std::string>{"best", "last"}));
    const train::SavedRun finished = train::read_run(last);
    CHECK(finished.model.size() == run.model->tensors().size());
    run.pipeline.train.phases[1].epochs = 3;
    run.stop_at = 1;
    REQUIRE(run.go(last).interrupted);
    CHECK(core::read_file(frozen) == bytes);
    run.stop_at = 0;
    run.go(last);
    fs::remove_all(run.folder.file("model"));
    CHECK(failure_text([&] { train::read_run(last); }).find("nor are its tensors in the run's model/") !=
          std::string::npos);
}

// Proves: a finished run with more epochs ends with the bytes of a run that had them from the beginning,
// where the schedule does not depend on their number; the phase's proof is given once.
TEST_CASE("a finished run goes on with more epochs, a new phase, or fewer epochs") {
    ToyRun straight;
    straight.pipeline = toy_pipeline(4);
    const train::TrainResult expected = straight.go();
    ToyRun run;
    run.pipeline = toy_pipeline(2);
    run.go();
    run.pipeline = toy_pipeline(4);
    const std::string last = run.folder.file("checkpoints/last");
    const train::TrainResult result = run.go(last);
    CHECK(run.weights() == straight.weights());
    CHECK(timeless(last) == timeless(straight.folder.file("checkpoints/last")));
    CHECK(numbers(run.events).dump() == numbers(straight.events).dump());
    CHECK((result.freeze_proof == expected.freeze_proof));
    CHECK(run.events.named("resumed").back() ==
          core::Json(
              {{"epoch", 2},
               {"step", 0},
               {"changes",
                {"phase 1: epochs 2 → 4",
                 "the constant schedule does not depend on the number of epochs of phase 1; the learning "
                 "rate was 0.01 and goes on at 0.01"}}}));
    run.pipeline.train.phases.push_back(toy_phase(1, {"backbone"}));
    run.go(last);
    CHECK(run.events.named("epoch").size() == 5);
    CHECK(run.events.named("resumed").back().at("changes") == core::Json({"phase 2 is new: 1 epochs"}));
    run.pipeline.train.phases.pop_back();
    CHECK(failure_text([&] {
              run.go(last);
          }).find("phase 2 has begun, so it cannot be taken away: 2 phases → 1") == 0);
}

// Proves: the numbers of a schedule that is laid anew (by hand: half a cosine over 16 steps after 8 of 8).
TEST_CASE("a schedule is laid anew over more epochs, and where it goes on is said") {
    ToyRun run;
    run.pipeline.train.phases[0].schedule.use = "cosine";
    run.go();
    run.pipeline.train.phases[0].epochs = 4;
    run.go(run.folder.file("checkpoints/last"));
    // 0.01 * (1 + cos(pi * 7/8)) / 2 = 0.000381 and 0.01 * (1 + cos(pi * 8/16)) / 2 = 0.005
    CHECK(run.events.named("resumed").back().at("changes")[1] ==
          "the cosine schedule is laid anew over the 4 epochs of phase 1; the learning rate was 0.000381 and "
          "goes on at 0.005");
    // The last step of the third epoch: 0.01 * (1 + cos(pi * 11/16)) / 2.
    CHECK(run.events.named("epoch")[2].at("learning_rate").at("backbone").get<double>() ==
          doctest::Approx(0.00222215).epsilon(1e-5));
}

// Proves: a phase that patience ended goes on when it is given more epochs, and ends at once when it has
// enough.
TEST_CASE("early stopping and epochs that change") {
    ToyRun run;
    run.pipeline = toy_pipeline(6);
    run.pipeline.train.phases[0].optimizer.learning_rate = 1e-30;  // nothing ever gets better
    run.pipeline.train.phases[0].early_stop.patience = 2;
    run.go();
    REQUIRE(run.events.named("epoch").size() == 3);
    const std::string last = run.folder.file("checkpoints/last");
    run.go(last);
    CHECK(run.events.named("epoch").size() == 3);
    run.pipeline.train.phases[0].epochs = 7;
    run.go(last);
    CHECK(run.events.named("epoch").size() == 5);
    run.pipeline.train.phases[0].epochs = 9;
    run.stop_at = 5;
    CHECK(run.go(last).interrupted);
    CHECK(run.events.named("epoch").size() == 6);
    run.stop_at = 4 + 1;
    run.pipeline.train.phases[0].epochs = 6;
    CHECK(failure_text([&] { run.go(last); }).find("phase 1 is in or after its epoch 7") == 0);
}

// Proves: a kill between an epoch's `best` and its `last` costs nothing: the further one is taken.
TEST_CASE("a run goes on from the checkpoint that is further on") {
    ToyRun run;
    run.go();
    const fs::path last = run.folder.file("checkpoints/last");
    const fs::path best = run.folder.file("checkpoints/best");
    CHECK(train::checkpoint_to_resume(run.folder.path()) == last);
    REQUIRE(train::read_progress(best).epoch == 2);
    const std::string whole = core::read_file(best);
    fs::remove(last);
    CHECK(train::checkpoint_to_resume(run.folder.path()) == best);
    fs::remove(best);
    CHECK(train::checkpoint_to_resume(run.folder.path()).empty());
    ToyRun half;
    half.pipeline = toy_pipeline(1);
    half.go();
    core::write_atomically(half.folder.file("checkpoints/best"), whole);
    CHECK(train::checkpoint_to_resume(half.folder.path()) == half.folder.file("checkpoints/best"));
    CHECK(train::checkpoint_to_resume(half.folder.file("nowhere")).empty());
}

}  // namespace graft::test
