// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/events.hpp"

#include <algorithm>

#include "core/problem.hpp"

namespace graft::core {
namespace {

constexpr bool optional = true;

/// What happens before and around the work.
std::vector<EventKind> surroundings() {
    return {
        {"engine", "the process that does the job is there; sent by `graft` itself", {{"pid", "its number"}}},
        {"loading",
         "a plugin's file is about to be loaded",
         {{"path", "the file; without a `loaded` after it, a crash happened in there"}}},
        {"loaded", "the loading is over, whether or not the file can be used", {{"path", "as in `loading`"}}},
        {"fetching",
         "published weights are on their way",
         {{"bytes", "that have come"}, {"total", "that will come; 0: unknown"}}},
        {"doing",
         "a command comes on with something that takes long: reading samples, a map; a few a second at most",
         {{"what", "in words"}, {"done", "how many"}, {"total", "of how many"}}},
        {"shapes",
         "an operator ran in a plugin, with `--trace-shapes`",
         {{"call", "component, method and stage; empty: as before"},
          {"text", "the operator, and the shapes it was given and gave"}}},
        {"warning", "something to know that stops nothing", {{"text", "in one or several lines"}}},
        {"output",
         "a line that a plugin or a library printed; sent by `graft` itself, which reads it from the "
         "engine's "
         "standard error",
         {{"text", "printable, of bounded length"}}},
        {"stopping",
         "a signal asked for an end; sent by `graft` itself",
         {{"signal", "its name and meaning"}}},
    };
}

/// What a run tells.
std::vector<EventKind> training() {
    return {
        {"started",
         "a run begins or goes on; its folder is there",
         {{"name", "the pipeline's"},
          {"folder", "of the run"},
          {"device", "`cpu`, `cuda:0`"},
          {"parameters", "`total`, `trainable` in the first phase, and `phases`: `trainable` of each"},
          {"samples", "`train` and `val`: how many"},
          {"epochs", "of all phases"},
          {"classes", "of each target that has some: `target`, and `classes` with `name`, `train`, `val`",
           optional}}},
        {"folder",
         "a run's folder is there; whatever ends the run from now on is told in its run.json",
         {{"folder", "of the run"}}},
        {"resumed",
         "a run goes on from a checkpoint",
         {{"epoch", "how many have ended"},
          {"step", "steps taken in the running epoch"},
          {"changes", "what of the training is other than before, a line each"}}},
        {"weights",
         "a weight file was read into the backbone",
         {{"file", "its path"},
          {"container", "its format"},
          {"steps", "what was done to names, in words"},
          {"loaded", "how many tensors"},
          {"missing", "tensors of the model that the file lacks"},
          {"left_out", "tensors of the file that the model lacks"},
          {"foreign", "Python's classes and functions that it names; none was made or called"}}},
    };
}

/// What each of its phases tells.
std::vector<EventKind> phases() {
    return {
        {"phase",
         "a phase begins",
         {{"phase", "which one, from 1"},
          {"phases", "how many"},
          {"epochs", "of this one"},
          {"trainable", "how many parameters"},
          {"frozen_prefix", "names of the stages that run without gradients"},
          {"learning_rate", "of its first step, by the part that is trained; empty where it is solved"},
          {"start",
           "after another phase: `weights` (`last` or `best` of that one) and the `epoch` they are of",
           optional}}},
        {"solved",
         "an output of a head was found instead of trained",
         {{"phase", "which one, from 1"},
          {"head", "its name"},
          {"output", "of the head"},
          {"method", "`logistic regression`, `ridge regression`, `kept samples`, ..."},
          {"samples", "that a head was given which only keeps them", optional},
          {"strength", "of the loss against the penalty (scikit-learn's C)", optional},
          {"chosen_by", "`validation`, `folds`, or `the pipeline`, which gave it", optional},
          {"loss", "mean loss of what it was chosen by", optional}}},
        {"features",
         "what the frozen stages give is kept, and taken from there where it is",
         {{"stages", "names of the frozen stages"},
          {"folder", "of the table"},
          {"views", "whether they are of pictures as data.augment changes them"},
          {"rows", "pictures that are there already"},
          {"row_bytes", "bytes a picture"}}},
        {"decoded",
         "after the first epoch: decoded pictures stay in memory, or do not fit",
         {{"pictures", "that stay"},
          {"bytes", "that they take"},
          {"limit", "bytes that they may take"},
          {"fits", "false: those of training or validation do not all fit, so none of them is kept"}}},
        {"progress",
         "a step was taken; a few a second at most",
         {{"epoch", "from 1"},
          {"epochs", "of the run"},
          {"step", "of the epoch, from 1"},
          {"steps", "an epoch"},
          {"images_per_second", "in this epoch"},
          {"loss", "mean of this epoch so far; not while a phase is solved", optional},
          {"eta_seconds", "to the end of the run"}}},
        {"working",
         "some work has ended: a batch, a step of a solver; told every ten seconds at most, by the thread "
         "that "
         "did it, so that silence means that it hangs",
         {}},
        {"epoch",
         "an epoch ended",
         {{"epoch", "from 1"},
          {"epochs", "of the run"},
          {"phase", "from 1"},
          {"train",
           "scores: `loss`, and of the batches that were trained on `HEAD/METRIC`, where that costs nothing"},
          {"val", "scores: `loss`, `HEAD/METRIC`, `HEAD/TARGET/METRIC`; empty without a validation set"},
          {"learning_rate",
           "of the epoch's last step, by the part that is trained: `backbone`, `heads.NAME`"},
          {"seconds", "spent training"},
          {"images_per_second", "in training"},
          {"best", "whether it is the best so far"}}},
        {"early_stop",
         "a phase ends before its last epoch; it comes behind that `epoch`",
         {{"phase", "from 1"},
          {"epoch", "the last one"},
          {"epochs", "that the phase could have had"},
          {"monitor", "what was watched: `val/loss`"},
          {"best", "its best value in this phase; null: it was never a number"},
          {"waited", "epochs without a better one"}}},
        {"checkpoint",
         "a checkpoint was written",
         {{"path", "the file"}, {"kind", "`last` or `best`"}, {"epoch", "how many have ended"}}},
    };
}

/// How it ends.
std::vector<EventKind> ends() {
    return {
        {"prediction",
         "what the model says of one image; `graft predict --json` prints this",
         {{"image", "the file"},
          {"heads", "HEAD: its value, or `{NAME: value}` where it predicts several things", optional},
          {"several", "names of heads that predict several things; not printed", optional},
          {"error", "instead of `heads`: why the image cannot be read", optional}}},
        {"checking", "`check` of several pipelines comes to the next", {{"pipeline", "its number, from 0"}}},
        {"checked",
         "what `check` of several pipelines gives of one",
         {{"pipeline", "its number, from 0"},
          {"report", "as in the result of a single one", optional},
          {"text", "as in the result of a single one", optional},
          {"category", "instead of these: the exit code that it would have", optional},
          {"error", "and why", optional}}},
        {"trying",
         "`plugins --verify` comes to the next case",
         {{"case", "its name"}, {"number", "from 1"}, {"cases", "how many"}}},
        {"tried",
         "what became of a case of `plugins --verify`",
         {{"case", "its name"},
          {"verdict", "`passed`, `failed`, `skipped`, or `waived`: it failed, and that was expected"},
          {"text", "what is wrong, or why it was skipped"},
          {"remedy", "what the plugin's author does about it; may be empty"},
          {"printed", "the last lines that it printed, where its process died"},
          {"seconds", "that it took"},
          {"waiver", "the reason for which its failure does not count", optional},
          {"measured",
           "rows with `what`, `samples`, `median_ms`, `fastest_ms`, `slowest_ms`, `repeats`, "
           "`samples_per_second`",
           optional}}},
        {"result", "the command's result, once: see below", {}, /*is_open=*/true},
        {"failed",
         "the command failed; the last event",
         {{"category", "the exit code"},
          {"text", "what is wrong, and what to do"},
          {"lacked_memory", "true: more memory than the job may have would help", optional}}},
        {"crashed",
         "a signal ends the engine; the last event but `frame`, on a line of its own (a line begun before it "
         "is "
         "broken off)",
         {{"signal", "its number"},
          {"kind", "of the component being called: `head`; empty: none was"},
          {"id", "of the component; may be empty"},
          {"name", "in the pipeline; may be empty"},
          {"method", "being called; may be empty"},
          {"detail", "stage, sample or file being worked on; may be empty"}}},
        {"frame",
         "after `crashed`, the innermost first: a call that was being made",
         {{"file", "the program or library with its code"}, {"offset", "of the code in there, in bytes"}}},
    };
}

const EventKind& kind_of(const Event& event) {
    const auto& kinds = event_kinds();
    const auto found = std::find_if(kinds.begin(), kinds.end(),
                                    [&](const EventKind& kind) { return kind.name == event.name; });
    if (found == kinds.end()) {
        throw Failure(Category::internal, "there is no event '" + event.name + "' (core/events.cpp)");
    }
    return *found;
}

}  // namespace

const std::vector<EventKind>& event_kinds() {
    static const std::vector<EventKind> kinds = [] {
        std::vector<EventKind> all = surroundings();
        for (const auto& more : {training(), phases(), ends()}) {
            all.insert(all.end(), more.begin(), more.end());
        }
        return all;
    }();
    return kinds;
}

void require_known(const Event& event) {
    const EventKind& kind = kind_of(event);
    for (const auto& field_of_event : event.fields.items()) {
        const std::string& name = field_of_event.key();
        const bool known = std::any_of(kind.fields.begin(), kind.fields.end(),
                                       [&](const EventField& field) { return field.name == name; });
        if (!known && !kind.is_open) {
            throw Failure(Category::internal,
                          "the event '" + event.name + "' has no field '" + name + "' (core/events.cpp)");
        }
    }
}

void require_complete(const Event& event) {
    require_known(event);
    for (const EventField& field : kind_of(event).fields) {
        if (!field.optional && !event.fields.contains(field.name)) {
            throw Failure(Category::internal, "the event '" + event.name + "' lacks its field '" +
                                                  field.name + "' (core/events.cpp)");
        }
    }
}

}  // namespace graft::core
