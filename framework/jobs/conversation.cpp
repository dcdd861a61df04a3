// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/conversation.hpp"

#include <csignal>
#include <optional>
#include <utility>

#include <sys/wait.h>

#include <fmt/format.h>

#include "core/duration.hpp"
#include "core/environment.hpp"
#include "core/events.hpp"
#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/text.hpp"
#include "jobs/libtorch.hpp"
#include "jobs/signals.hpp"
#include "jobs/tasks.hpp"

namespace graft::jobs {
namespace {

using core::Category;
using core::Event;

constexpr std::size_t output_width = 4096;  // bytes; a longer line of output comes in pieces

/// OpenMP's threads spin while they wait for work, for so long that two runs on one machine take four times
/// as long as one after the other. A short spin costs a lone run nothing and lets others have their turn
/// (docs/benchmarks.md). Whoever asks for something else gets it. libgomp reads this when it is loaded, so it
/// must be there before the engine is.
std::vector<std::string> engine_environment(const Job& job) {
    std::vector<std::string> environment = job.environment;
    if (core::environment_variable("OMP_WAIT_POLICY").empty() &&
        core::environment_variable("GOMP_SPINCOUNT").empty()) {
        environment.emplace_back("GOMP_SPINCOUNT=3000");
    }
    if (const std::optional<LibTorch> libtorch = find_libtorch(); libtorch && !libtorch->is_linked) {
        const std::string others = core::environment_variable("LD_LIBRARY_PATH");
        environment.push_back("LD_LIBRARY_PATH=" + (libtorch->folder / "lib").string() +
                              (others.empty() ? "" : ":" + others));
    }
    return environment;
}

/// Several tasks are started by graft itself, which speaks as an engine does (app/graft/run_tasks.cpp).
bool has_several(const Job& job) {
    return tasks_of(job) > 1 && !is_task(job);
}

std::filesystem::path program_of(const std::filesystem::path& engine, const Job& job) {
    return has_several(job) ? core::executable_folder() / "graft" : engine;
}

std::vector<std::string> arguments_of(const std::filesystem::path& engine, const Job& job) {
    return has_several(job) ? std::vector<std::string>{"tasks", engine.string()} : std::vector<std::string>();
}

}  // namespace

Conversation::Conversation(const std::filesystem::path& engine, const Job& job, core::EventSink& events,
                           core::Clock clock)
    : events_(events),
      clock_(std::move(clock)),
      time_limit_(job.time_limit),
      stall_limit_(job.stall_limit),
      watch_(job.time_limit, job.stall_limit, clock_()),
      process_(program_of(engine, job), engine_environment(job), arguments_of(engine, job)),
      request_(core::json_text(core::with_texts(job.request, core::name_to_text)) + "\n"),
      output_([this](const std::string& line) { take_line(line); }),
      error_lines_([this](const std::string& line) { take_output(line); }, output_width) {
    events_.emit({"engine", {{"pid", process_.pid()}}});
    process_.feed(request_);
}

void Conversation::watch(std::vector<pollfd>& channels) const {
    channels.push_back({process_.output(), POLLIN, 0});
    channels.push_back({process_.errors(), POLLIN, 0});
    channels.push_back({process_.input(), POLLOUT, 0});
}

bool Conversation::go_on() {
    if (killed_by_ != 0) {
        return false;
    }
    const double now = clock_();  // whatever was told before this is read below
    if (process_.input() >= 0) {
        process_.feed(request_);
    }
    read_output();
    if (process_.ended()) {
        drain();
        return false;
    }
    enforce_limits(now);
    return true;
}

void Conversation::enforce_limits(double now) {
    switch (watch_.due(now)) {
        case Watch::Due::nothing:
            return;
        case Watch::Due::warning:
            events_.emit({"warning",
                          {{"text", fmt::format("it has told nothing for {}: it may hang (stall_limit is {})",
                                                core::duration_text(watch_.silence(now)),
                                                core::duration_text(stall_limit_))}}});
            return;
        case Watch::Due::end:
            process_.signal(SIGTERM);
            return;
        case Watch::Due::kill:
            process_.signal(SIGKILL);
            return;
    }
}

void Conversation::stop(int signal) {
    if (first_signal_ != 0) {
        process_.signal(SIGKILL);
        killed_by_ = signal;
        return;
    }
    first_signal_ = signal;
    process_.signal(SIGTERM);
    events_.emit({"stopping", {{"signal", signal_text(signal)}}});
}

void Conversation::read_output() {
    if (process_.output() >= 0 && !output_.drain(process_.output())) {
        process_.close_output();
    }
    if (process_.errors() >= 0 && !error_lines_.drain(process_.errors())) {
        process_.close_errors();
    }
}

/// What the engine wrote before it ended. Something it started may hold the channel open for ever, and write
/// to it, so this waits for nothing and reads no more.
void Conversation::drain() {
    read_output();
    output_.finish();
    error_lines_.finish();
}

/// A line of the engine's own channel. Text that is no JSON was written past the engine, so it is
/// output like any other.
void Conversation::take_line(const std::string& line) {
    if (line.front() != '{') {
        take_output(line);
        return;
    }
    try {
        const Event event = core::from_line(line);
        core::require_known(event);
        take_event(event);
    } catch (const core::Failure& failure) {
        tail_.add(core::printable_line(line, output_width));
        if (protocol_error_.empty()) {
            protocol_error_ = failure.what();
        }
    }
}

void Conversation::take_output(const std::string& line) {
    const std::string text = core::printable_line(line, output_width);
    tail_.add(text);
    watch_.heard(clock_());
    events_.emit({"output", {{"text", text}}});
}

void Conversation::take_event(const Event& event) {
    watch_.heard(clock_());
    const auto text = [&](const char* key) {
        const auto found = event.fields.find(key);
        return found != event.fields.end() && found->is_string() ? found->get<std::string>() : "";
    };
    if (event.name == "loading") {
        outcome_.loading = text("path");
    } else if (event.name == "loaded") {
        outcome_.loading.clear();
        outcome_.loaded = text("path");
    } else if (event.name == "crashed") {
        outcome_.crash = {text("kind"), text("id"), text("name"), text("method"), text("detail")};
        return;
    } else if (event.name == "frame") {
        stack_.push_back({text("file"), event.fields.value("offset", std::uint64_t{0})});
        return;
    } else if (event.name == "failed") {
        failed_ = true;
        outcome_.lacked_memory = event.fields.value("lacked_memory", false);
        failed_text_ = text("text").empty() ? "the engine failed without saying why" : text("text");
        return;
    } else if (event.name == "result") {
        outcome_.result = event.fields;
    } else if (event.name == "folder") {
        folder_ = text("folder");
    } else if (event.name == "started") {
        watch_.work_begins();
    }
    events_.emit(event);
}

Outcome Conversation::conclude() {
    outcome_.stop_wanted = first_signal_ != 0;
    if (killed_by_ != 0) {
        outcome_.exit_code = 128 + killed_by_;
        outcome_.error = fmt::format("stopped at once by {}: what came after the last checkpoint is lost",
                                     signal_text(killed_by_));
    } else if (ended_by_limit()) {
        conclude_limit();
    } else if (WIFSIGNALED(process_.status())) {
        conclude_signal(WTERMSIG(process_.status()));
    } else {
        conclude_exit(WEXITSTATUS(process_.status()));
    }
    return outcome_;
}

/// An engine that has finished all the same, or failed on the way, tells that itself.
bool Conversation::ended_by_limit() const {
    const int status = process_.status();
    const bool is_signalled =
        WIFSIGNALED(status) && (WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGKILL);
    const bool is_interrupted = WIFEXITED(status) && WEXITSTATUS(status) == core::exit_interrupted;
    return watch_.cause() != Watch::Cause::none && !failed_ && (is_signalled || is_interrupted);
}

void Conversation::conclude_limit() {
    const bool has_saved = WIFEXITED(process_.status()) && !outcome_.result.is_null();
    const bool is_killed = WIFSIGNALED(process_.status()) && WTERMSIG(process_.status()) == SIGKILL;
    const std::string how =
        has_saved ? "saved and ended"
        : is_killed
            ? fmt::format(
                  "killed, since it did not end in {} more: what came after the last checkpoint is lost",
                  core::duration_text(Watch::grace))
            : "ended before there was anything to save";
    const std::string go_on = folder_.empty() ? "" : "graft run --resume " + core::shell_word(folder_);
    outcome_.loading.clear();
    if (watch_.cause() == Watch::Cause::time) {
        outcome_.exit_code = core::exit_interrupted;
        outcome_.error =
            fmt::format("the time limit of {} is over: {}", core::duration_text(time_limit_), how);
        outcome_.error += go_on.empty()
                              ? "\n  give it more with --time-limit"
                              : "\n  to go on, for as long again or what --time-limit says: " + go_on;
        return;
    }
    outcome_.exit_code = static_cast<int>(Category::system);
    outcome_.can_pass = true;
    outcome_.error = fmt::format("it told nothing for {}, so that it seems to hang: {}",
                                 core::duration_text(stall_limit_), how);
    outcome_.error += "\n  where a step takes so long, give the pipeline a longer stall_limit";
    outcome_.error += go_on.empty() ? "" : "\n  to go on: " + go_on;
}

void Conversation::conclude_stop(int signal) {
    outcome_.exit_code = 128 + signal;
    outcome_.error = fmt::format("stopped by {} before there was anything to save", signal_text(signal));
}

void Conversation::conclude_signal(int signal) {
    outcome_.signal = signal;
    // An engine that has begun handles SIGTERM; one that is being loaded ends by it, whoever sent it: this
    // process, `graft jobs cancel`, or a machine that is shut down.
    if (signal == SIGTERM) {
        conclude_stop(first_signal_ != 0 ? first_signal_ : signal);
        return;
    }
    const std::string before = failed_ ? failed_text_ + "\n" : std::string();
    const std::string ended = fmt::format("ended by {}", signal_text(signal));
    if (signal == SIGKILL) {
        // SIGKILL comes from outside, whatever was being called; mostly from a kernel that is short of
        // memory.
        outcome_.lacked_memory = true;
        outcome_.can_pass = true;
        outcome_.loading.clear();
        conclude_death(before + "graft-engine was " + ended, Category::system,
                       "the system kills what uses too much memory: try a smaller train.batch or image size");
    } else if (!outcome_.loading.empty()) {
        conclude_death(before + "graft-engine was " + ended, Category::internal, "");
    } else {
        conclude_crash(before, ended);
    }
}

/// The engine's own last event tells what it was calling; nothing else does.
void Conversation::conclude_crash(const std::string& before, const std::string& ended) {
    const Crash& crash = outcome_.crash;
    std::string text = before;
    if (crash.kind.empty()) {
        text += "graft-engine was " + ended;
        text += crash.method.empty() ? "" : " in " + crash.method;
        text += crash.detail.empty() ? "" : "\n  " + crash.detail;
        conclude_death(text, Category::internal, "it is not known which part of it did that");
        return;
    }
    text += crash.name.empty() ? fmt::format("{} '{}'", crash.kind, crash.id)
                               : fmt::format("{} '{}' ({})", crash.kind, crash.id, crash.name);
    text += crash.method.empty() ? "" : ": " + crash.method;
    text += ": " + ended + (crash.detail.empty() ? "" : "\n  " + crash.detail);
    text += stack_text(stack_);
    conclude_death(text, Category::plugin, "");
}

void Conversation::conclude_exit(int code) {
    const bool known = (code >= 0 && code <= 6) || code == core::exit_interrupted;
    const bool is_told = failed_ || !protocol_error_.empty() || (known && !outcome_.result.is_null());
    outcome_.exit_code = code;
    if (is_told) {
        outcome_.loading.clear();
    }
    if (failed_) {
        outcome_.error = failed_text_;
        if (code == 0 || !known) {
            outcome_.exit_code = static_cast<int>(Category::internal);
        }
    } else if (!protocol_error_.empty()) {
        outcome_.error = fmt::format(
            "graft-engine said what graft does not understand: {}\n"
            "  build or install both again, they belong together",
            core::printable_line(protocol_error_, output_width));
        outcome_.exit_code = static_cast<int>(Category::internal);
    } else if (code == core::exit_interrupted && outcome_.result.is_null() && first_signal_ != 0) {
        conclude_stop(first_signal_);
    } else if (code == core::exit_interrupted && outcome_.result.is_null()) {
        outcome_.error = "stopped from outside before there was anything to save";
    } else if (code == 127 && outcome_.result.is_null()) {
        conclude_death("graft-engine could not start", Category::system, "build or install graft again");
    } else if (!known || outcome_.result.is_null()) {
        conclude_death(fmt::format("graft-engine ended with exit code {} and without a result", code),
                       Category::internal, "");
    }
}

/// The engine ended without `result` or `failed`. Without a `loaded` after a `loading` it ended in
/// that file.
void Conversation::conclude_death(std::string text, Category category, const std::string& remedy) {
    outcome_.died = outcome_.result.is_null() && !failed_;
    if (!outcome_.loading.empty()) {
        category = Category::plugin;
        text = fmt::format("{}: {} while it loaded this plugin", outcome_.loading, text);
    }
    if (!tail_.lines().empty()) {
        text += "\n  its last output:";
        for (const std::string& line : tail_.lines()) {
            text += "\n    " + line;
        }
    }
    const std::string what_to_do =
        outcome_.loading.empty() ? remedy : "build that plugin again, or remove the file";
    outcome_.error = text + (what_to_do.empty() ? "" : "\n  " + what_to_do);
    outcome_.exit_code = static_cast<int>(category);
}

}  // namespace graft::jobs
