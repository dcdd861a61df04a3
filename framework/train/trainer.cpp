// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/trainer.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "core/profile.hpp"
#include "jobs/run_files.hpp"
#include "model/save.hpp"
#include "model/weights.hpp"
#include "train/course.hpp"
#include "train/epoch_events.hpp"
#include "train/evaluation.hpp"
#include "train/learning_rate.hpp"
#include "train/monitor.hpp"
#include "train/reporter.hpp"
#include "train/resuming.hpp"
#include "train/solved_epoch.hpp"
#include "train/solved_phase.hpp"
#include "train/step_runner.hpp"
#include "train/store.hpp"
#include "train/train_scores.hpp"

namespace graft::train {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;
using core::Json;

NamedScore train_score(double loss) {
    return {{"", "", "loss"}, loss, "", Direction::lower_is_better};
}

class Trainer {
public:
    explicit Trainer(const TrainRequest& request)
        : request_(request),
          pipeline_(request.pipeline),
          model_(request.model),
          reporter_(request.events),
          folder_(fs::path(request.run_folder) / jobs::run_files::checkpoints),
          checkpoints_(folder_) {}

    TrainResult run() {
        begin();
        while (!progress_.phase_over || progress_.phase + 1 < phases().size()) {
            if (progress_.phase_over) {
                progress_.next_phase(begin_with());
            }
            if (!run_phase()) {
                return interrupted();
            }
        }
        return finished();
    }

private:
    const std::vector<pipeline::Phase>& phases() const { return pipeline_.train.phases; }
    const pipeline::Phase& phase() const { return phases()[progress_.phase]; }
    std::int64_t epochs() const;
    std::int64_t steps() const;

    void begin();
    void check_phases();
    void choose_monitor();
    std::int64_t begin_with();
    bool run_phase();
    void begin_phase();
    void tell_phase();
    bool run_epoch();
    bool train_epoch(LossTotals& totals);
    bool solve_epoch(LossTotals& totals);
    void end_epoch(const LossTotals& totals, const std::optional<Evaluation>& val);
    double watched_value(const Evaluation& val) const;
    void prove_frozen() const;
    void end_phase();
    bool goes_on_from_best() const;
    void save(BestOf best_of, std::optional<Evaluation> best = {});
    Json learning_rates(std::int64_t step) const {
        return rates_by_part(phase(), freezing_.trainable, step, steps());
    }
    void warn(const std::string& text) { request_.events.emit({"warning", {{"text", text}}}); }
    void take_best();
    TrainResult interrupted();
    TrainResult finished();

    const TrainRequest& request_;
    const pipeline::Pipeline& pipeline_;
    model::Model& model_;
    Reporter reporter_;
    fs::path folder_;
    Checkpoints checkpoints_;
    Monitor monitor_;
    Progress progress_;
    Optimizer optimizer_;
    PartialEvaluation evaluation_;        ///< of the running epoch
    std::optional<TrainScores> scores_;   ///< of its training; none: it has not begun
    std::vector<MetricState> training_;   ///< what a run that goes on knows of them
    std::optional<SampleTable> samples_;  ///< what its evaluation says of each sample
    model::Freezing freezing_;
    Stopwatch training_time_;              ///< of the running epoch
    std::optional<Evaluation> best_here_;  ///< of the model as it is, where that is the best so far
};

std::int64_t Trainer::epochs() const {
    std::int64_t sum = 0;
    for (const pipeline::Phase& each : phases()) {
        sum += each.epochs;
    }
    return sum;
}

std::int64_t Trainer::steps() const {
    return steps_per_epoch(request_.train.size(), pipeline_.train.batch, pipeline_.train.accumulate);
}

void Trainer::begin() {
    check_phases();
    choose_monitor();
    progress_.course = course_of(pipeline_);
    progress_.train_samples = request_.train.size();
    progress_.val_samples = request_.val != nullptr ? request_.val->size() : 0;
    if (!request_.resume_from.empty()) {
        Resumed resumed = resume_run(request_, progress_, steps(), optimizer_, checkpoints_);
        progress_ = std::move(resumed.progress);
        evaluation_ = std::move(resumed.evaluation);
        training_ = std::move(resumed.training);
    }
    core::make_folder(folder_);
}

void Trainer::check_phases() {
    core::Problems problems;
    const bool keeps = std::any_of(model_.heads().begin(), model_.heads().end(),
                                   [](const model::HeadPart& part) { return part.head.keeps_samples(); });
    for (std::size_t index = 0; index < phases().size(); ++index) {
        const auto freezing = model::plan_freeze(model_, phases()[index], problems);
        if (freezing.trainable_parameters == 0 && !phases()[index].solve) {
            problems.push_back({phases()[index].place, fmt::format("phase {} freezes everything", index + 1),
                                keeps ? "leave a parameter to train; a head that keeps samples learns in a "
                                        "phase with `solve`"
                                      : "leave at least one parameter to train"});
        }
    }
    check_solve(model_, pipeline_.train, problems);
    for (const pipeline::Phase& each : phases()) {
        if (each.solve && each.solve->choose == "val" && chooses_by_val(*each.solve) &&
            request_.val == nullptr) {
            problems.push_back({each.solve->place,
                                "choose is val, but there is no validation split to choose the strength by",
                                "write choose: folds, or give a strength"});
        }
    }
    core::throw_if_any(Category::pipeline, problems);
}

/// Takes the weights that the next phase begins with, and gives their epoch.
std::int64_t Trainer::begin_with() {
    const std::int64_t best_epoch = goes_on_from_best() ? progress_.phase_best_epoch : 0;
    if (best_epoch == 0 || best_epoch == progress_.epoch) {
        return progress_.epoch;
    }
    const std::string file = checkpoints_.best_of_phase(best_epoch).string();
    const SavedRun best = read_run(file);
    best_here_.reset();
    model::load_tensors(model_, best.model, file);
    optimizer_.begin(phase().optimizer, all_parameters(model_), update_kernel(request_.device));
    optimizer_.load_state(best.optimizer, file);
    return best_epoch;
}

void Trainer::choose_monitor() {
    monitor_ = find_monitor(model_, pipeline_.train);
    if (request_.val == nullptr && !monitor_.on_training) {
        warn(fmt::format("there is no validation set, so train/loss is watched instead of {}",
                         monitor_.text()));
        monitor_ = {true, {"", "", "loss"}, Direction::lower_is_better};
    }
}

void Trainer::begin_phase() {
    core::Problems problems;
    freezing_ = model::plan_freeze(model_, phase(), problems);
    core::throw_if_any(Category::pipeline, problems);
    model::apply_freeze(model_, freezing_);
    optimizer_.begin(phase().optimizer,
                     phase().solve ? NamedTensors() : trainable_parameters(model_, freezing_),
                     update_kernel(request_.device));
    optimizer_.clear_gradients();
    if (progress_.frozen_before.empty()) {
        progress_.frozen_before = model::frozen_hash(model_, freezing_);
    }
    progress_.frozen_file = checkpoints_.keep_frozen(model_, freezing_);
    if (request_.phase_begins) {
        model::set_mode(model_, {}, false);
        request_.phase_begins(freezing_);
    }
    tell_phase();
}

void Trainer::tell_phase() {
    Json prefix = Json::array();
    for (std::size_t index = 0; index < freezing_.frozen_stages; ++index) {
        prefix.push_back(model_.backbone().stages()[index].name);
    }
    Json fields = {{"phase", progress_.phase + 1},
                   {"phases", phases().size()},
                   {"epochs", phase().epochs},
                   {"trainable", freezing_.trainable_parameters},
                   {"frozen_prefix", prefix},
                   {"learning_rate", learning_rates(progress_.phase_epoch * steps() + progress_.step)}};
    const bool begins = progress_.phase_epoch == 0 && progress_.step == 0 && progress_.phase > 0;
    if (begins) {
        fields["start"] = {{"weights", phase().start}, {"epoch", progress_.start_epoch}};
    }
    request_.events.emit({"phase", fields});
}

/// False when it was interrupted.
bool Trainer::run_phase() {
    begin_phase();
    if (progress_.phase_epoch >= phase().epochs) {  // it was given fewer when it went on
        end_phase();
        save({});
    }
    while (!progress_.phase_over) {
        if (!run_epoch()) {
            return false;
        }
    }
    return true;
}

bool Trainer::run_epoch() {
    LossTotals totals(model_, request_.device);
    scores_.emplace(model_, request_.device);
    if (!progress_.sums.empty()) {
        totals.restore(progress_.sums);
        scores_->restore(std::exchange(training_, {}));
    }
    training_time_ = Stopwatch(progress_.seconds);
    if (!(phase().solve ? solve_epoch(totals) : train_epoch(totals))) {
        return false;
    }
    std::optional<Evaluation> val;
    if (request_.val != nullptr) {
        const core::Timed evaluation(core::Work::evaluation);
        const Stopwatch evaluation_time;
        samples_.emplace(model_);
        val = evaluate_until(model_, *request_.val, request_.device, request_.stop, evaluation_,
                             freezing_.frozen_stages, &*samples_, request_.predicted);
        if (!val) {
            return false;
        }
        reporter_.evaluated(evaluation_time.seconds());
        request_.val->check_bad_images(pipeline_.data.bad_images);
    }
    request_.train.check_bad_images(pipeline_.data.bad_images);
    end_epoch(totals, val);
    return true;
}

bool Trainer::solve_epoch(LossTotals& totals) {
    const SolvedEpoch epoch{
        request_, phase(), freezing_, epochs(), training_time_, reporter_, [this](const std::string& text) {
            warn(text);
        }};
    return run_solved_epoch(epoch, progress_, totals);
}

/// Trains what is left of the epoch; false when it was interrupted.
bool Trainer::train_epoch(LossTotals& totals) {
    const std::int64_t epoch = progress_.epoch + 1;
    FiniteWatch watch(model_, request_.device);
    model::set_mode(model_, freezing_, true);
    request_.train.start(epoch, progress_.batches);
    StepReader reader(batches_of(request_.train), pipeline_.train.accumulate, pipeline_.train.batch > 1,
                      {progress_.step, steps()});
    const StepContext context{model_,          optimizer_,     freezing_.frozen_stages,
                              request_.device, pipeline_.seed, pipeline_.features.augment,
                              scores_->heads()};
    bool stopped = false;
    while (!(stopped = request_.stop)) {
        const std::optional<StepBatches> batches = reader.next();
        if (!batches) {
            progress_.batches = request_.train.batches();
            break;
        }
        const double rate = learning_rate(phase(), progress_.phase_epoch * steps() + progress_.step, steps());
        ++progress_.step;
        if (batches->parts.empty()) {
            continue;  // nothing of it could be read, or it joined another step
        }
        progress_.batches = batches->position;
        StepOutcome outcome = take_step(context, *batches, epoch, progress_.step, rate);
        progress_.samples += batches->samples();
        for (const auto& part : outcome.parts) {
            totals.add(part);
        }
        scores_->add(std::exchange(outcome.outputs, {}), *batches);
        watch.add(std::move(outcome));
        const RunPosition position{epoch,   epochs(),          progress_.step,
                                   steps(), progress_.samples, training_time_.seconds()};
        reporter_.stepped(position, [&] { return totals.mean(); });
    }
    watch.check();
    progress_.sums = totals.sums();
    progress_.seconds = training_time_.seconds();
    return !stopped;
}

double Trainer::watched_value(const Evaluation& val) const {
    const NamedScore* score = val.find(monitor_.score);
    if (score == nullptr) {
        throw Failure(
            Category::plugin,
            fmt::format("the metrics give no '{}' any more, which train.monitor watches", monitor_.text()),
            "a metric must give the same scores however much it has seen; tell its author");
    }
    return score->value;
}

void Trainer::end_epoch(const LossTotals& totals, const std::optional<Evaluation>& val) {
    const double train_loss = totals.mean();
    std::vector<NamedScore> train_scores = scores_->scores();
    train_scores.insert(train_scores.begin(), train_score(train_loss));
    const double value = monitor_.on_training ? train_loss : watched_value(*val);
    const bool best = monitor_.improves(value, progress_.best_value);
    const bool best_of_phase = monitor_.improves(value, progress_.phase_best_value);
    const std::int64_t epoch = progress_.epoch + 1;
    progress_.final_epoch = {epoch, val ? val->scores : std::vector<NamedScore>{train_score(train_loss)}};
    if (best) {
        progress_.best = progress_.final_epoch;
        progress_.best_value = value;
    }
    if (best_of_phase) {
        progress_.phase_best_epoch = epoch;
        progress_.phase_best_value = value;
    }
    const core::Event event{
        "epoch",
        {{"epoch", epoch},
         {"epochs", epochs()},
         {"phase", progress_.phase + 1},
         {"train", scores_to_json(train_scores)},
         {"val", val ? scores_to_json(val->scores) : Json::object()},
         {"learning_rate", learning_rates((progress_.phase_epoch + 1) * steps() - 1)},
         {"seconds", training_time_.seconds()},
         {"images_per_second", static_cast<double>(progress_.samples) / std::max(progress_.seconds, 1e-9)},
         {"best", best}}};
    const bool patience_lost = progress_.patience.exhausted(monitor_, phase().early_stop, value);
    const core::Event early_stop = early_stop_event(progress_, phase(), monitor_);
    const bool stops_early = patience_lost && progress_.phase_epoch + 1 < phase().epochs;
    progress_.end_epoch();
    evaluation_ = {};
    scores_.reset();
    if (patience_lost || progress_.phase_epoch >= phase().epochs) {
        end_phase();
    } else {
        prove_frozen();
    }
    request_.events.emit(event);
    if (stops_early) {
        request_.events.emit(early_stop);
    }
    best_here_ = best ? val : std::nullopt;
    if (best && val) {  // before the checkpoint: who goes on from an earlier one writes it again
        const core::Timed writing(core::Work::writing);
        core::write_atomically(jobs::run_file(request_.run_folder, jobs::run_files::predictions),
                               samples_->csv());
    }
    save({best, best_of_phase && goes_on_from_best()}, val);
}

/// Whether the next phase begins with the best weights of this one.
bool Trainer::goes_on_from_best() const {
    return progress_.phase + 1 < phases().size() && phases()[progress_.phase + 1].start == "best";
}

void Trainer::end_phase() {
    prove_frozen();
    progress_.freeze_proof.push_back(
        {progress_.phase + 1, freezing_.frozen.size(), progress_.frozen_before, progress_.frozen_before});
    progress_.phase_over = true;
}

/// Compares the frozen tensors with what they were when the phase began.
void Trainer::prove_frozen() const {
    const std::string after = model::frozen_hash(model_, freezing_);
    if (after != progress_.frozen_before) {
        throw Failure(
            Category::training,
            fmt::format("frozen tensors changed during phase {}: their hash was {} and is {}",
                        progress_.phase + 1, progress_.frozen_before, after),
            "a plugin writes to its own parameters or buffers outside training; report it to its author. "
            "The checkpoints are as they were");
    }
}

void Trainer::save(BestOf best_of, std::optional<Evaluation> best) {
    const core::Timed writing(core::Work::writing);
    constexpr auto everything = std::numeric_limits<std::int64_t>::max();
    const RunKnowledge known{
        request_.train.statistics(progress_.epoch + 1, progress_.batches),
        request_.val != nullptr ? request_.val->statistics(1, everything) : "",
        evaluation_,
        std::move(best),
        scores_ ? scores_->state() : std::vector<MetricState>(),
    };
    checkpoints_.save(progress_, model_, freezing_, optimizer_, known, best_of);
    for (const auto& [kind, path] : {std::pair{"best", checkpoints_.best()}, {"last", checkpoints_.last()}}) {
        if (best_of.run || path == checkpoints_.last()) {
            request_.events.emit(
                {"checkpoint", {{"path", path.string()}, {"kind", kind}, {"epoch", progress_.epoch}}});
        }
    }
}

TrainResult Trainer::interrupted() {
    prove_frozen();
    save({});
    TrainResult result;
    result.interrupted = true;
    result.best = progress_.best;
    result.final_epoch = progress_.final_epoch;
    result.freeze_proof = progress_.freeze_proof;
    result.best_value = progress_.best_value;
    result.solved = progress_.solved;
    return result;
}

/// Takes the best weights and their evaluation: to evaluate them again would count samples twice.
void Trainer::take_best() {
    SavedRun best = read_run(checkpoints_.best());
    model::load_tensors(model_, best.model, checkpoints_.best().string());
    model::set_mode(model_, {}, false);
    best_here_ = std::move(best.known.best);
    if (!best_here_ && request_.val != nullptr) {  // format 1 kept none
        if (request_.phase_begins) {
            request_.phase_begins({});  // the prefix is another
        }
        best_here_ = evaluate(model_, *request_.val, request_.device, freezing_.frozen_stages);
    }
}

TrainResult Trainer::finished() {
    const core::Timed writing(core::Work::writing);
    if (!best_here_) {
        take_best();
    }
    model::set_mode(model_, {}, false);
    model::save_model(model_, jobs::run_file(request_.run_folder, jobs::run_files::model));
    checkpoints_.leave_frozen_to_model();
    return {false,
            progress_.best,
            progress_.final_epoch,
            progress_.freeze_proof,
            std::move(best_here_),
            progress_.best_value,
            progress_.solved};
}

}  // namespace

TrainResult train(const TrainRequest& request) {
    return Trainer(request).run();
}

}  // namespace graft::train
