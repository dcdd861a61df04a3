// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "plugin/call.hpp"

#include <cstdio>
#include <sstream>
#include <string_view>
#include <utility>

#include <csignal>

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "core/text.hpp"
#include "graft/error.hpp"
#include "plugin/out_of_memory.hpp"
#include "plugin/torch_message.hpp"

namespace graft::plugin {
namespace {

using core::Category;
using core::Failure;

constexpr std::size_t longest_line = 2000;

std::string tell_author(const Caller& caller) {
    return caller.file.empty()
               ? "this is a fault of the plugin; tell its author"
               : fmt::format("this is a fault of the plugin {}; tell its author",
                             core::printable_line(core::name_to_text(caller.file), longest_line));
}

/// Constant-initialised, so that a signal handler may read it.
thread_local constinit const Running* innermost = nullptr;

/// What a data set says names files and classes as they are.
std::string words_of(const Caller& caller, const char* words) {
    if (std::string_view(caller.kind) != "dataset") {
        return words;
    }
    std::string text;
    std::istringstream lines(words);
    for (std::string line; std::getline(lines, line);) {
        text += (text.empty() ? "" : "\n") + core::name_to_text(line);
    }
    return text;
}

/// A plugin's message may hold any bytes; only printable lines are shown.
Failure failure(const Caller& caller, Category category, const std::string& message,
                const std::string& remedy) {
    std::string shown;
    std::istringstream lines(message);
    for (std::string line; std::getline(lines, line);) {
        shown += (shown.empty() ? "" : "\n") + core::printable_line(line, longest_line);
    }
    return Failure(category, core::Problems{{caller.place, std::move(shown), remedy}});
}

std::string words_of(const std::exception& error) {
    const char* words = error.what();
    return words != nullptr ? words : "(an exception without a text)";
}

/// The sentence that says what is wrong; the whole goes to the log, as everything that is printed.
std::string logged_sentence_of(const c10::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return sentence_of(error.what_without_backtrace());
}

/// A trace that meets a trainable tensor that is not registered prints all of its numbers.
std::string short_words_of(const std::exception& error) {
    const std::string words = words_of(error);
    const std::size_t tensor = words.find("\nTensor:\n");
    if (tensor == std::string::npos) {
        return words;
    }
    std::fprintf(stderr, "%s\n", words.c_str());
    return words.substr(0, tensor);
}

/// "head 'x' (species): forward, sample 3". What creates a component is told by its name alone.
std::string what_was_called(const Caller& caller, const char* method, const Detail& detail) {
    std::string text = caller.text();
    if (std::string_view(method) != "create") {
        text += fmt::format(": {}", method);
    }
    const std::string more = detail.to_text();
    return more.empty() ? text : text + ", " + more;
}

/// A sample that these cannot give is skipped, and named by whoever skips it.
bool is_skipped(std::string_view method) {
    return method == "targets" || method == "image";
}

}  // namespace

std::string Caller::text() const {
    return name.empty() || name == id ? fmt::format("{} '{}'", kind, id)
                                      : fmt::format("{} '{}' ({})", kind, id, name);
}

std::string Detail::to_text() const {
    if (*what == '\0') {
        return "";
    }
    return text != nullptr ? fmt::format("{} {}", what, *text) : fmt::format("{} {}", what, number);
}

const Running* running() {
    return innermost;
}

Mark::Mark(const Caller& caller, const char* method, const Detail& detail)
    : running_{&caller, method, &detail, innermost} {
    innermost = &running_;
}

Mark::~Mark() {
    innermost = running_.outer;
}

SignalStack::SignalStack() : memory_(size) {
    stack_t alternative{};
    alternative.ss_sp = memory_.data();
    alternative.ss_size = memory_.size();
    ::sigaltstack(&alternative, nullptr);
}

SignalStack::~SignalStack() {
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
}

Failure fault(const Caller& caller, const char* method, const Detail& detail, const std::string& what) {
    return failure(caller, Category::plugin,
                   fmt::format("{}: {}", what_was_called(caller, method, detail), what), tell_author(caller));
}

Failure translate_current_exception(const Caller& caller, const char* method, const Detail& detail) {
    const std::string who = what_was_called(caller, method, detail);
    try {
        throw;
    } catch (const Failure& failure) {
        return failure;
    } catch (const Error& error) {
        const std::string words = words_of(caller, error.what());
        switch (error.kind()) {
            case ErrorKind::options:
                return failure(caller, Category::pipeline, fmt::format("{}: {}", who, words), "");
            case ErrorKind::data:  // a sample is named by whoever skips it
                return failure(caller, Category::data,
                               is_skipped(method) ? words : fmt::format("{}: {}", who, words), "");
            case ErrorKind::training:
                return failure(caller, Category::training, fmt::format("{}: {}", who, words), "");
            case ErrorKind::internal:
                break;
        }
        return failure(caller, Category::plugin, fmt::format("{} failed: {}", who, words),
                       tell_author(caller));
    } catch (const c10::Error& error) {
        if (is_out_of_memory(error)) {
            return failure(caller, Category::training,
                           fmt::format("{}: out of memory: {}", who, logged_sentence_of(error)),
                           "a smaller train.batch or image size needs less");
        }
        if (std::string_view(error.what_without_backtrace()).find("does not have a deterministic") !=
            std::string_view::npos) {
            return failure(caller, Category::training, fmt::format("{}: {}", who, logged_sentence_of(error)),
                           "set train.deterministic to false, or choose another layer");
        }
        return failure(caller, Category::plugin, fmt::format("{} threw: {}", who, logged_sentence_of(error)),
                       tell_author(caller));
    } catch (const std::exception& error) {
        return failure(caller, Category::plugin, fmt::format("{} threw: {}", who, short_words_of(error)),
                       tell_author(caller));
    } catch (...) {
        return failure(caller, Category::plugin,
                       fmt::format("{} threw something that is no std::exception", who), tell_author(caller));
    }
}

}  // namespace graft::plugin
