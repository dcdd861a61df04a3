// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/terminal.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/json_text.hpp"
#include "report/classes.hpp"
#include "report/formatting.hpp"

namespace graft::report {
namespace {

using core::Json;

constexpr int bar_width = 20;

std::int64_t whole(const Json& fields, const char* key) {
    const double value = number(fields, key);
    return std::abs(value) < 1e15 ? static_cast<std::int64_t>(value) : 0;  // false for NaN, too
}

std::string bar(const Screen& screen, double part) {
    const int full = static_cast<int>(std::clamp(part, 0.0, 1.0) * bar_width);
    std::string drawn;
    for (int cell = 0; cell < bar_width; ++cell) {
        drawn += cell < full ? (screen.unicode ? "━" : "#") : (screen.unicode ? "╌" : ".");
    }
    return drawn;
}

std::string per_second(double images) {
    return std::isfinite(images) ? fmt::format("{:.0f} images/s", images) : "";
}

void append(std::string& line, const std::string& part) {
    if (!part.empty()) {
        line += (line.empty() ? "" : "  ") + part;
    }
}

}  // namespace

std::vector<std::string> main_scores(const Json& scores) {
    std::vector<std::string> chosen;
    std::map<std::string, std::size_t> depth_of_head;
    std::map<std::string, bool> taken;
    for (const auto& [key, value] : scores.items()) {
        const auto depth = static_cast<std::size_t>(std::count(key.begin(), key.end(), '/'));
        if (depth == 0) {
            chosen.push_back(key);
            continue;
        }
        const std::string head = key.substr(0, key.find('/'));
        const std::size_t usual = depth_of_head.try_emplace(head, depth).first->second;
        const std::string group = usual == 1 ? head : key.substr(0, key.rfind('/'));
        if (depth == usual && !std::exchange(taken[group], true)) {
            chosen.push_back(key);
        }
    }
    return chosen;
}

TerminalReport::TerminalReport(Screen screen, core::Clock clock, bool verbose)
    : screen_(screen), clock_(std::move(clock)), verbose_(verbose), epochs_(screen_) {}

TerminalReport::~TerminalReport() {
    clear();
}

void TerminalReport::emit(const core::Event& event) {
    if (event.name == "progress") {
        progress(event.fields);
    } else if (event.name == "epoch") {
        epoch(event.fields);
    } else if (event.name == "early_stop") {
        early_stop(event.fields);
    } else if (event.name == "started") {
        started(event.fields);
    } else if (event.name == "resumed") {
        resumed(event.fields);
    } else if (event.name == "phase") {
        phase(event.fields);
    } else if (event.name == "solved") {
        solved(event.fields);
    } else if (event.name == "features") {
        features(event.fields);
    } else if (event.name == "decoded") {
        decoded(event.fields);
    } else if (event.name == "fetching") {
        fetching(event.fields);
    } else if (event.name == "doing") {
        doing(event.fields);
    } else if (event.name == "weights") {
        weights(event.fields);
    } else if (event.name == "warning") {
        warning(text(event.fields, "text"));
    } else if (event.name == "shapes") {
        const std::string call = text(event.fields, "call");
        line((call.empty() ? "" : call + "\n") + "    " + text(event.fields, "text"));
    } else if (event.name == "output") {
        output(text(event.fields, "text"));
    } else if (event.name == "stopping") {
        line(stopping_text(event.fields));
    }
}

void TerminalReport::started(const Json& fields) {
    const Json samples = inner(fields, "samples");
    const Json parameters = inner(fields, "parameters");
    std::string counts;
    for (const auto& [key, noun] :
         {std::pair{"train", "training"}, {"val", "validation"}, {"test", "test"}}) {
        if (whole(samples, key) > 0) {
            counts += (counts.empty() ? "" : ", ") + grouped(whole(samples, key)) + " " + noun;
        }
    }
    line(fmt::format("{}: {} samples, {} of {} parameters trainable, {} on {}",
                     paint(screen_, Paint::bold, text(fields, "name")), counts.empty() ? "no" : counts,
                     grouped(whole(parameters, "trainable")), grouped(whole(parameters, "total")),
                     counted(whole(fields, "epochs"), "epoch"), text(fields, "device")));
    std::string classes = classes_text(fields.value("classes", Json::array()));
    if (!classes.empty()) {
        classes.pop_back();  // its last newline
        line(classes);
    }
    line("run folder: " + text(fields, "folder"));
}

void TerminalReport::resumed(const Json& fields) {
    const std::int64_t step = whole(fields, "step");
    line(fmt::format("goes on after {}{}", counted(whole(fields, "epoch"), "epoch"),
                     step > 0 ? " and " + counted(step, "step") : ""));
    if (const auto changes = fields.find("changes"); changes != fields.end() && changes->is_array()) {
        for (const Json& change : *changes) {
            line("  " +
                 (change.is_string() ? printable(change.get<std::string>()) : core::json_text(change)));
        }
    }
}

void TerminalReport::phase(const Json& fields) {
    epochs_.interrupt();
    if (whole(fields, "phases") < 2) {
        return;
    }
    std::string frozen;
    if (const auto stages = fields.find("frozen_prefix"); stages != fields.end() && stages->is_array()) {
        for (const Json& stage : *stages) {
            frozen += (frozen.empty() ? "" : ", ") +
                      (stage.is_string() ? printable(stage.get<std::string>()) : core::json_text(stage));
        }
    }
    std::string told = fmt::format("phase {}/{}: {}", whole(fields, "phase"), whole(fields, "phases"),
                                   counted(whole(fields, "epochs"), "epoch"));
    if (fields.contains("trainable") && fields["trainable"].is_number()) {
        told += fmt::format(", {} parameters trainable", grouped(whole(fields, "trainable")));
    }
    told += frozen.empty() ? "" : ", frozen from the start: " + frozen;
    if (const Json start = inner(fields, "start"); !start.empty()) {
        told += fmt::format(", begins with the {} weights (epoch {})", text(start, "weights"),
                            whole(start, "epoch"));
    }
    const Json rates = inner(fields, "learning_rate");
    for (const auto& [part, rate] : rates.items()) {
        told += fmt::format(", learning rate of {} {:.3g}", printable(part), number(rates, part.c_str()));
    }
    line(told);
}

void TerminalReport::solved(const Json& fields) {
    std::string told = fmt::format("solved: {} of head {} by {}", text(fields, "output"),
                                   text(fields, "head"), text(fields, "method"));
    if (fields.contains("samples")) {
        told += fmt::format(" ({})", whole(fields, "samples"));
    }
    if (fields.contains("strength")) {
        told +=
            fmt::format(", strength {:.3g} (by {}", number(fields, "strength"), text(fields, "chosen_by"));
        told += fields.contains("loss") ? fmt::format(", loss {})", measure(number(fields, "loss"))) : ")";
    }
    line(told);
}

void TerminalReport::features(const Json& fields) {
    const Json stages =
        fields.contains("stages") && fields["stages"].is_array() ? fields["stages"] : Json::array();
    const bool views = fields.value("views", false);
    line(fmt::format("features of the frozen stages ({}) are kept: {} are there in {}", joined(stages),
                     counted(whole(fields, "rows"), views ? "augmented view" : "picture"),
                     text(fields, "folder")));
}

void TerminalReport::decoded(const Json& fields) {
    const auto mebibytes = [&](const char* key) { return grouped(whole(fields, key) >> 20) + " MiB"; };
    const std::int64_t pictures = whole(fields, "pictures");
    if (pictures > 0) {
        line(fmt::format("{} stay in memory ({}), so later epochs read no files",
                         counted(pictures, "decoded picture"), mebibytes("bytes")));
    }
    if (fields.value("fits", Json()) == false) {
        line(
            fmt::format("{}decoded pictures would take more than the {} that they may, so every epoch reads "
                        "the files",
                        pictures > 0 ? "the other " : "", mebibytes("limit")));
    }
}

void TerminalReport::progress(const Json& fields) {
    if (!screen_.live) {
        return;
    }
    const double now = clock_();
    const bool is_last = whole(fields, "step") == whole(fields, "steps");
    if (last_drawn_ >= 0 && now - last_drawn_ < seconds_between_drawings && !is_last) {
        return;
    }
    last_drawn_ = now;
    std::string shown = fmt::format("epoch {}/{}", whole(fields, "epoch"), whole(fields, "epochs"));
    const double part = number(fields, "step") / std::max(1.0, number(fields, "steps"));
    append(shown, bar(screen_, std::isfinite(part) ? part : 0));
    append(shown, fmt::format("step {}/{}", whole(fields, "step"), whole(fields, "steps")));
    append(shown, per_second(number(fields, "images_per_second")));
    append(shown, fields.contains("loss") ? "loss " + measure(number(fields, "loss")) : "");
    append(shown, "ETA " + duration(number(fields, "eta_seconds")));
    draw(shown);
}

/// Over what was drawn before; the next line replaces it.
void TerminalReport::draw(const std::string& shown) {
    screen_.out << "\r\x1b[K" << one_line(shown, screen_.width - 1) << std::flush;
    drawn_ = true;
}

void TerminalReport::fetching(const Json& fields) {
    if (!screen_.live) {
        return;
    }
    constexpr double megabyte = 1e6;
    std::string shown = "fetching";
    const double total = number(fields, "total");
    if (total > 0) {
        append(shown, bar(screen_, number(fields, "bytes") / total));
    }
    append(shown, fmt::format("{:.1f} MB", number(fields, "bytes") / megabyte));
    append(shown, total > 0 ? fmt::format("of {:.1f} MB", total / megabyte) : "");
    draw(shown);
}

void TerminalReport::doing(const Json& fields) {
    if (!screen_.live) {
        return;
    }
    std::string shown = text(fields, "what");
    const double total = number(fields, "total");
    append(shown, total > 0 ? bar(screen_, number(fields, "done") / total) : "");
    append(shown, fmt::format("{} of {}", grouped(whole(fields, "done")), grouped(whole(fields, "total"))));
    draw(shown);
}

/// Prints what was loaded, what was done to names, and what was left out.
void TerminalReport::weights(const Json& fields) {
    std::string told =
        fmt::format("weights: {} from {}", counted(whole(fields, "loaded"), "tensor"), text(fields, "file"));
    for (const auto& [key, label] : {std::pair{"steps", ""},
                                     {"left_out", "left out: "},
                                     {"missing", "not in the file: "},
                                     {"foreign", "objects of Python passed over: "}}) {
        const auto names = fields.find(key);
        if (names == fields.end() || !names->is_array() || names->empty()) {
            continue;
        }
        constexpr std::size_t most_names = 4;
        told += fmt::format("; {}", label);
        for (std::size_t index = 0; index < std::min(names->size(), most_names); ++index) {
            told += (index > 0 ? ", " : "") + printable((*names)[index].get<std::string>());
        }
        told += names->size() > most_names ? fmt::format(" and {} more", names->size() - most_names) : "";
    }
    line(told);
}

void TerminalReport::epoch(const Json& fields) {
    old_warnings_ = warnings_;
    for (const std::string& row : epochs_.lines(fields)) {
        line(row);
    }
}

void TerminalReport::early_stop(const Json& fields) {
    line(fmt::format("phase {} stops early, after epoch {}: {} was not better than {} for {}",
                     whole(fields, "phase"), whole(fields, "epoch"), text(fields, "monitor"),
                     measure(fields.value("best", Json())), counted(whole(fields, "waited"), "epoch")));
}

void TerminalReport::warning(const std::string& message) {
    if (std::find(warnings_.begin(), warnings_.end(), message) != warnings_.end()) {
        return;
    }
    warnings_.push_back(message);
    line(paint(screen_, Paint::yellow, "warning:") + " " + message);
}

void TerminalReport::output(const std::string& printed) {
    if (verbose_) {
        line(paint(screen_, Paint::dim, "| " + printed));
    }
}

void TerminalReport::line(const std::string& shown) {
    clear();
    screen_.out << shown << "\n" << std::flush;
}

void TerminalReport::clear() {
    if (drawn_) {
        screen_.out << "\r\x1b[K" << std::flush;
        drawn_ = false;
    }
}

}  // namespace graft::report
