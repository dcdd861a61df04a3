// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cstddef>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "command.hpp"
#include "composition.hpp"
#include "core/names.hpp"
#include "loaders.hpp"
#include "missing_data.hpp"
#include "model/describe.hpp"
#include "notes.hpp"
#include "pipeline/expansion.hpp"
#include "report/classes.hpp"
#include "train/course.hpp"

namespace graft::engine {
namespace {

using core::Json;

std::string shape_text(const core::Json& shape) {
    std::string text;
    for (const auto& side : shape) {
        text += (text.empty() ? "" : " x ") + std::to_string(side.get<std::int64_t>());
    }
    return text;
}

/// 11242305 -> "11,242,305".
std::string grouped(std::int64_t number) {
    std::string text = std::to_string(number);
    for (auto offset = static_cast<std::ptrdiff_t>(text.size()) - 3; offset > 0; offset -= 3) {
        text.insert(static_cast<std::size_t>(offset), 1, ',');
    }
    return text;
}

std::string table_text(const core::Json& report) {
    std::string text = fmt::format("{:<28} {:<16} {:>14}  {}\n", report["name"].get<std::string>(), "output",
                                   "parameters", "");
    for (const auto& stage : report["stages"]) {
        text += fmt::format("  {:<26} {:<16} {:>14}  {}\n", stage["name"].get<std::string>(),
                            shape_text(stage["output"]), grouped(stage["parameters"].get<std::int64_t>()),
                            stage["frozen"].get<bool>() ? "frozen" : "");
    }
    for (const auto& head : report["heads"]) {
        const std::string name =
            fmt::format("{} ({})", head["name"].get<std::string>(), head["use"].get<std::string>());
        bool first = true;
        for (const auto& output : head["outputs"]) {
            const std::string shown = first ? name : "";
            text += fmt::format("  {:<26} {:<16} {:>14}  {}\n", shown,
                                output["name"].get<std::string>() + " " + shape_text(output["shape"]),
                                first ? grouped(head["parameters"].get<std::int64_t>()) : "",
                                first && head["frozen"].get<bool>() ? "frozen" : "");
            first = false;
        }
    }
    std::string trainable;
    const auto& phases = report["parameters"]["phases"];
    for (const auto& phase : phases) {
        trainable += trainable.empty() ? "" : ", ";
        trainable += phases.size() > 1 ? fmt::format("phase {}: ", phase["phase"].get<int>()) : "";
        trainable += grouped(phase["trainable"].get<std::int64_t>());
    }
    return text + fmt::format("{} trainable of {} parameters\n", trainable,
                              grouped(report["parameters"]["total"].get<std::int64_t>()));
}

std::string phase_text(const pipeline::Phase& phase, std::size_t number) {
    std::string text = fmt::format("phase {}: ", number);
    if (phase.solve) {
        text += fmt::format(
            "solved, {}{}", phase.solve->use,
            phase.solve->strength ? fmt::format(" of strength {:g}", *phase.solve->strength) : "");
    } else {
        text += fmt::format("{} epoch{}, {} at {:g}, {}", phase.epochs, phase.epochs == 1 ? "" : "s",
                            phase.optimizer.use, phase.optimizer.learning_rate, phase.schedule.use);
    }
    if (number > 1) {
        text += fmt::format(", from the {} weights of phase {}", phase.start, number - 1);
    }
    return text + (phase.freeze.empty() ? "" : "; frozen: " + core::listed(phase.freeze)) + "\n";
}

/// Of a training that is more than one phase of steps.
std::string phases_text(const std::vector<pipeline::Phase>& phases) {
    std::string text;
    for (std::size_t index = 0; index < phases.size(); ++index) {
        text += phases.size() > 1 || phases[index].solve ? phase_text(phases[index], index + 1) : "";
    }
    return text;
}

/// The samples a class; nothing where the data are not there, which a check does not need.
core::Json classes_of_data(const CommandContext& context, const Composition& made) {
    if (!made.without_data.empty() || lacks_root(made.dataset_options)) {
        return core::Json::array();
    }
    try {
        const auto counts =
            counted_classes(open_splits(made.pipeline, made.dataset, made.dataset_options, made.model), made);
        for (const std::string& note : data::notes_of_classes(counts, made.schema)) {
            context.warn(note);
        }
        return classes_to_json(counts, made.schema);
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::data) {
            throw;
        }
        context.warn(fmt::format("a run would stop, since the data cannot be used: {}", failure.what()));
        return core::Json::array();
    }
}

/// The report of a pipeline and its text.
Json looked_at(CommandContext& context, const pipeline::Node& document, const std::string& file) {
    const Composition made = compose(context, document, file, NeedsData::no);
    for (const auto& notes : {notes_on_absent(made), notes_of(made)}) {
        for (const std::string& note : notes) {
            context.warn(note);
        }
    }
    Json report = model::describe(made.model, made.freezing, made.pipeline.name);
    report["phases"] = train::course_of(made.pipeline).at("phases");
    report["classes"] = classes_of_data(context, made);
    const std::string text = table_text(report) + phases_text(made.pipeline.train.phases) +
                             report::classes_text(report["classes"]);
    return {{"report", std::move(report)}, {"text", text}};
}

/// One of several; what is wrong with it does not keep the others from being looked at.
Json looked_at_one(CommandContext& context, const pipeline::Expansion& pipelines, std::size_t number,
                   const std::string& file) {
    try {
        return looked_at(context, pipelines.document(number), file);
    } catch (const core::Failure& failure) {
        return {{"category", static_cast<int>(failure.category())}, {"error", failure.what()}};
    }
}

}  // namespace

int check(CommandContext& context) {
    const pipeline::LoadRequest asked = asked_pipeline(context.request);
    const std::string file = asked.file.string();
    const pipeline::Expansion pipelines(asked);
    if (!pipelines.has_matrix()) {
        context.events.emit({"result", looked_at(context, pipelines.document(0), file)});
        return 0;
    }
    for (std::size_t number = 0; number < pipelines.size() && !context.stop; ++number) {
        context.events.emit({"checking", {{"pipeline", number}}});
        Json checked = looked_at_one(context, pipelines, number, file);
        checked["pipeline"] = number;
        context.events.emit({"checked", checked});
    }
    if (context.stop) {
        return core::exit_interrupted;
    }
    context.events.emit({"result", Json::object()});
    return 0;
}

}  // namespace graft::engine
