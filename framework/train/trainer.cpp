// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/trainer.hpp"

#include <filesystem>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "model/save.hpp"
#include "model/weights.hpp"
#include "schedule/run_files.hpp"
#include "train/evaluation.hpp"
#include "train/learning_rate.hpp"
#include "train/monitor.hpp"
#include "train/reporter.hpp"
#include "train/step_runner.hpp"
#include "train/store.hpp"

namespace graft::train {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;
using core::Json;

std::string sampler_text(const pipeline::SamplerRule& sampler) {
    std::string text = sampler.use;
    if (sampler.use == "classes") {
        text += fmt::format(" {} x {}", sampler.classes, sampler.samples);
    }
    return sampler.target.empty() ? text : text + " of " + sampler.target;
}

NamedScore train_score(double loss) {
    return {{"", "", "loss"}, loss, "", Direction::lower_is_better};
}

NamedTensors all_parameters(const model::Model& model) {
    NamedTensors parameters;
    for (const model::NamedTensor& tensor : model.tensors()) {
        if (!tensor.is_buffer) {
            parameters.emplace_back(tensor.path, tensor.tensor);
        }
    }
    return parameters;
}

class Trainer {
public:
    explicit Trainer(const TrainRequest& request)
        : request_(request),
          pipeline_(request.pipeline),
          model_(request.model),
          reporter_(request.events),
          folder_(fs::path(request.run_folder) / schedule::run_files::checkpoints) {}

    TrainResult run() {
        begin();
        while (progress_.phase < phases().size()) {
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
    const pipeline::Phase& phase_of_optimizer() const;
    void resume();
    bool run_phase();
    void begin_phase();
    bool run_epoch();
    bool train_epoch(LossTotals& totals);
    void end_epoch(const LossTotals& totals, const std::optional<Evaluation>& val);
    double watched_value(const Evaluation& val) const;
    void prove_frozen(bool phase_ends);
    void save(bool best);
    void write(const char* kind, const std::string& bytes);
    void warn(const std::string& text) { request_.events.emit({"warning", {{"text", text}}}); }
    TrainResult interrupted();
    TrainResult finished();

    const TrainRequest& request_;
    const pipeline::Pipeline& pipeline_;
    model::Model& model_;
    Reporter reporter_;
    fs::path folder_;
    Monitor monitor_;
    Progress progress_;
    Optimizer optimizer_;
    PartialEvaluation evaluation_;  ///< of the running epoch
    model::Freezing freezing_;
    Stopwatch training_time_;  ///< of the running epoch
    std::optional<Evaluation> best_evaluation_;
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
    progress_.identity = {pipeline_.seed,
                          request_.train.size(),
                          pipeline_.train.batch,
                          pipeline_.train.accumulate,
                          static_cast<std::int64_t>(phases().size()),
                          sampler_text(pipeline_.train.sampler)};
    if (!request_.resume_from.empty()) {
        resume();
    }
    core::make_folder(folder_);
}

void Trainer::check_phases() {
    core::Problems problems;
    for (std::size_t index = 0; index < phases().size(); ++index) {
        if (model::plan_freeze(model_, phases()[index], problems).trainable_parameters == 0) {
            problems.push_back({phases()[index].place, fmt::format("phase {} freezes everything", index + 1),
                                "leave at least one parameter to train"});
        }
    }
    core::throw_if_any(Category::pipeline, problems);
}

void Trainer::choose_monitor() {
    monitor_ = find_monitor(model_, pipeline_.train);
    if (request_.val == nullptr && !monitor_.on_training) {
        warn(fmt::format("there is no validation set, so train/loss is watched instead of {}",
                         monitor_.text()));
        monitor_ = {true, {"", "", "loss"}, Direction::lower_is_better};
    }
}

/// Between two phases the optimiser is still the ended phase's.
const pipeline::Phase& Trainer::phase_of_optimizer() const {
    const bool between = progress_.phase > 0 && progress_.phase_epoch == 0 && progress_.step == 0;
    return phases()[std::min(between ? progress_.phase - 1 : progress_.phase, phases().size() - 1)];
}

void Trainer::resume() {
    SavedRun saved = read_run_to_resume(request_.resume_from);
    require_same_run(saved.progress.identity, progress_.identity, request_.resume_from);
    progress_ = std::move(saved.progress);
    evaluation_ = std::move(saved.evaluation);
    model::load_tensors(model_, saved.model, request_.resume_from);
    // Every parameter is offered; the phase that goes on keeps what it trains.
    optimizer_.begin(phase_of_optimizer().optimizer, all_parameters(model_), update_kernel(request_.device));
    optimizer_.load_state(saved.optimizer, request_.resume_from);
}

void Trainer::begin_phase() {
    core::Problems problems;
    freezing_ = model::plan_freeze(model_, phase(), problems);
    core::throw_if_any(Category::pipeline, problems);
    model::apply_freeze(model_, freezing_);
    optimizer_.begin(phase().optimizer, trainable_parameters(model_, freezing_),
                     update_kernel(request_.device));
    optimizer_.clear_gradients();
    if (progress_.frozen_before.empty()) {
        progress_.frozen_before = model::frozen_hash(model_, freezing_);
    }
    Json prefix = Json::array();
    for (std::size_t index = 0; index < freezing_.frozen_stages; ++index) {
        prefix.push_back(model_.backbone().stages()[index].name);
    }
    request_.events.emit({"phase",
                          {{"phase", progress_.phase + 1},
                           {"phases", phases().size()},
                           {"epochs", phase().epochs},
                           {"trainable", freezing_.trainable_parameters},
                           {"frozen_prefix", prefix}}});
}

/// False when it was interrupted.
bool Trainer::run_phase() {
    begin_phase();
    const std::size_t running = progress_.phase;
    while (progress_.phase == running) {
        if (!run_epoch()) {
            return false;
        }
    }
    return true;
}

bool Trainer::run_epoch() {
    LossTotals totals(model_, request_.device);
    if (!progress_.sums.empty()) {
        totals.restore(progress_.sums);
    }
    training_time_ = Stopwatch(progress_.seconds);
    if (!train_epoch(totals)) {
        return false;
    }
    std::optional<Evaluation> val;
    if (request_.val != nullptr) {
        const Stopwatch evaluation_time;
        val = evaluate_until(model_, *request_.val, request_.device, request_.stop, evaluation_);
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

/// Trains what is left of the epoch; false when it was interrupted.
bool Trainer::train_epoch(LossTotals& totals) {
    const std::int64_t epoch = progress_.epoch + 1;
    FiniteWatch watch(model_, request_.device);
    model::set_mode(model_, freezing_, true);
    request_.train.start(epoch, progress_.batches);
    StepReader reader(batches_of(request_.train), pipeline_.train.accumulate, pipeline_.train.batch > 1,
                      {progress_.step, steps()});
    const StepContext context{model_, optimizer_, freezing_.frozen_stages, request_.device, pipeline_.seed};
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
    const double value = monitor_.on_training ? train_loss : watched_value(*val);
    const bool best = monitor_.improves(value, progress_.best_value);
    const std::int64_t epoch = progress_.epoch + 1;
    progress_.final_epoch = {epoch, val ? val->scores : std::vector<NamedScore>{train_score(train_loss)}};
    if (best) {
        progress_.best = progress_.final_epoch;
        progress_.best_value = value;
        best_evaluation_ = val;
    }
    const core::Event event{
        "epoch",
        {{"epoch", epoch},
         {"epochs", epochs()},
         {"phase", progress_.phase + 1},
         {"train", {{"loss", train_loss}}},
         {"val", val ? scores_to_json(val->scores) : Json::object()},
         {"seconds", training_time_.seconds()},
         {"images_per_second", static_cast<double>(progress_.samples) / std::max(progress_.seconds, 1e-9)},
         {"best", best}}};
    const bool patience_lost = progress_.patience.exhausted(monitor_, phase().early_stop, value);
    progress_.end_epoch();
    evaluation_ = {};
    const bool ends = patience_lost || progress_.phase_epoch >= phase().epochs;
    prove_frozen(ends);
    request_.events.emit(event);
    if (ends) {
        progress_.end_phase();
    }
    save(best);
}

/// Compares the frozen tensors with what they were when the phase began; records the proof at its end.
void Trainer::prove_frozen(bool phase_ends) {
    const std::string after = model::frozen_hash(model_, freezing_);
    if (after != progress_.frozen_before) {
        throw Failure(
            Category::training,
            fmt::format("frozen tensors changed during phase {}: their hash was {} and is {}",
                        progress_.phase + 1, progress_.frozen_before, after),
            "a plugin writes to its own parameters or buffers outside training; report it to its author. "
            "The checkpoints are as they were");
    }
    if (phase_ends) {
        progress_.freeze_proof.push_back(
            {progress_.phase + 1, freezing_.frozen.size(), progress_.frozen_before, after});
    }
}

void Trainer::write(const char* kind, const std::string& bytes) {
    const fs::path path = folder_ / kind;
    core::write_atomically(path, bytes);
    request_.events.emit(
        {"checkpoint", {{"path", path.string()}, {"kind", kind}, {"epoch", progress_.epoch}}});
}

/// `best` is written first, so that `last` never refers to a best that was not written.
void Trainer::save(bool best) {
    const std::string bytes = pack_run(progress_, model_, optimizer_, evaluation_);
    if (best) {
        write("best", bytes);
    }
    write("last", bytes);
}

TrainResult Trainer::interrupted() {
    prove_frozen(false);
    save(false);
    TrainResult result;
    result.interrupted = true;
    result.best = progress_.best;
    result.final_epoch = progress_.final_epoch;
    result.freeze_proof = progress_.freeze_proof;
    return result;
}

TrainResult Trainer::finished() {
    const fs::path best = folder_ / "best";
    model::load_tensors(model_, read_run(best).model, best.string());
    if (!best_evaluation_ && request_.val != nullptr) {
        best_evaluation_ =
            evaluate(model_, *request_.val, request_.device);  // an earlier part of the run had it
    }
    model::set_mode(model_, {}, false);
    model::save_model(model_, schedule::run_file(request_.run_folder, schedule::run_files::model));
    return {false, progress_.best, progress_.final_epoch, progress_.freeze_proof,
            std::move(best_evaluation_)};
}

}  // namespace

TrainResult train(const TrainRequest& request) {
    return Trainer(request).run();
}

}  // namespace graft::train
