// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "schedule/worker.hpp"

#include <array>
#include <csignal>
#include <cstdlib>

#include <poll.h>
#include <sys/wait.h>

#include <fmt/format.h>

#include "core/files.hpp"
#include "schedule/line_reader.hpp"
#include "schedule/process.hpp"
#include "schedule/signals.hpp"

namespace graft::schedule {
namespace {

using core::Category;
using core::Event;

/// One job's conversation with its engine.
class Conversation {
public:
    Conversation(const std::filesystem::path& engine, const Job& job, core::EventSink& events)
        : events_(events),
          process_(engine),
          request_(job.request.dump(-1, ' ', false, core::Json::error_handler_t::replace) + "\n") {}

    Outcome hold() {
        process_.feed(request_);
        while (!process_.ended() && killed_by_ == 0) {
            wait();
            read_signals();
            read_output();
        }
        if (killed_by_ == 0) {
            drain();
        }
        return conclude();
    }

private:
    void wait() {
        // poll skips negative descriptors: those closed already.
        std::array<pollfd, 4> channels = {{{signals_.descriptor(), POLLIN, 0},
                                           {process_.output(), POLLIN, 0},
                                           {process_.errors(), POLLIN, 0},
                                           {process_.input(), POLLOUT, 0}}};
        ::poll(channels.data(), channels.size(), -1);
        if (channels[3].revents != 0) {
            process_.feed(request_);
        }
    }

    void read_signals() {
        for (int signal = signals_.next(); signal != 0; signal = signals_.next()) {
            if (signal == SIGCHLD) {
                continue;
            }
            if (first_signal_ != 0) {
                process_.signal(SIGKILL);
                killed_by_ = signal;
                return;
            }
            first_signal_ = signal;
            process_.signal(SIGTERM);
            events_.emit({"stopping", {{"signal", signal_text(signal)}}});
        }
    }

    void read_output() {
        if (process_.output() >= 0 && !output_.drain(process_.output())) {
            process_.close_output();
        }
        if (process_.errors() >= 0 && !error_lines_.drain(process_.errors())) {
            process_.close_errors();
        }
    }

    /// What the engine wrote before it ended. Something it started may hold the channel open for ever,
    /// so this takes what is there and waits for nothing.
    void drain() {
        read_output();
        std::array<pollfd, 2> channels;
        do {
            channels = {{{process_.output(), POLLIN, 0}, {process_.errors(), POLLIN, 0}}};
            if (::poll(channels.data(), channels.size(), 0) <= 0) {
                break;
            }
            read_output();
        } while (process_.output() >= 0 || process_.errors() >= 0);
        output_.finish();
        error_lines_.finish();
    }

    void take_line(const std::string& line) {
        Event event;
        try {
            event = core::from_line(line);
        } catch (const core::Failure&) {
            tail_.add(line);  // something wrote past the engine's own channel; no reason to fail
            return;
        }
        if (event.name == "loading") {
            loading_ = event.fields.value("path", std::string());
        } else if (event.name != "log" && event.name != "warning") {
            loading_.clear();
        }
        if (event.name == "failed") {
            failed_ = true;
            failed_text_ = event.fields.value("text", std::string("the engine failed without saying why"));
            return;
        }
        if (event.name == "result") {
            outcome_.result = event.fields;
        }
        events_.emit(event);
    }

    Outcome conclude() {
        outcome_.stop_wanted = first_signal_ != 0;
        if (killed_by_ != 0) {
            outcome_.exit_code = 128 + killed_by_;
            outcome_.error = fmt::format("stopped at once by {}: what came after the last checkpoint is lost",
                                         signal_text(killed_by_));
        } else if (WIFSIGNALED(process_.status())) {
            conclude_signal(WTERMSIG(process_.status()));
        } else {
            conclude_exit(WEXITSTATUS(process_.status()));
        }
        return outcome_;
    }

    void conclude_signal(int signal) {
        outcome_.signal = signal;
        if (first_signal_ != 0 && signal == SIGTERM) {
            outcome_.exit_code = 128 + first_signal_;
            outcome_.error =
                fmt::format("stopped by {} before there was anything to save", signal_text(first_signal_));
            return;
        }
        std::string text = failed_ ? failed_text_ + "\n" : std::string();
        text += fmt::format("graft-engine was ended by {}", signal_text(signal));
        if (signal == SIGKILL) {
            loading_.clear();  // no program does that to itself
            conclude_death(
                text, Category::system,
                "the system kills what uses too much memory: try a smaller train.batch or image size");
        } else {
            conclude_death(text, Category::internal, "");
        }
    }

    void conclude_exit(int code) {
        const bool known = (code >= 0 && code <= 6) || code == core::exit_interrupted;
        outcome_.exit_code = code;
        if (failed_) {
            outcome_.error = failed_text_;
            if (code == 0 || !known) {
                outcome_.exit_code = static_cast<int>(Category::internal);
            }
        } else if (code == 127 && outcome_.result.is_null()) {
            conclude_death("graft-engine could not start", Category::system, "build or install graft again");
        } else if (!known || outcome_.result.is_null()) {
            conclude_death(fmt::format("graft-engine ended with exit code {} and without a result", code),
                           Category::internal, "");
        }
    }

    /// It died without a word of its own. When nothing was heard since it began to load a plugin, that is
    /// most likely the plugin's doing.
    void conclude_death(std::string text, Category category, const std::string& remedy) {
        if (!loading_.empty()) {
            outcome_.loading = loading_;
            category = Category::plugin;
            text = fmt::format("{}: {} while it loaded or first used this plugin", loading_, text);
        }
        if (!tail_.lines().empty()) {
            text += "\n  its last words:";
            for (const std::string& line : tail_.lines()) {
                text += "\n    " + line;
            }
        }
        const std::string what_to_do =
            loading_.empty() ? remedy : "build that plugin again, or remove the file";
        outcome_.error = text + (what_to_do.empty() ? "" : "\n  " + what_to_do);
        outcome_.exit_code = static_cast<int>(category);
    }

    SignalQueue signals_;  // before the process starts, so that its end cannot be missed
    core::EventSink& events_;
    Process process_;
    std::string request_;
    LineReader output_{[this](const std::string& line) { take_line(line); }};
    LineReader error_lines_{[this](const std::string& line) { tail_.add(line); }};
    Tail tail_;
    Outcome outcome_;
    std::string loading_;
    std::string failed_text_;
    bool failed_ = false;
    int first_signal_ = 0;
    int killed_by_ = 0;
};

}  // namespace

std::filesystem::path engine_path() {
    const char* given = std::getenv("GRAFT_ENGINE");
    return given != nullptr && *given != '\0' ? std::filesystem::path(given)
                                              : core::executable_folder() / "graft-engine";
}

Outcome Worker::run(const Job& job, core::EventSink& events) const {
    return Conversation(engine_, job, events).hold();
}

}  // namespace graft::schedule
