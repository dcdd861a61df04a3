// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What runs in the handler calls nothing that could allocate or lock: fixed memory and write(2) alone.
#include "crash.hpp"

#include <csignal>
#include <cstdlib>
#include <string>

#include <unistd.h>

#include "plugin/call.hpp"

namespace graft::engine {
namespace {

int events_descriptor = -1;  // the handler has no other way to it

/// A line of JSON in fixed memory; what does not fit is cut off between two characters.
class Line {
public:
    void add(const char* text) {
        while (*text != '\0') {
            put(*text++);
        }
    }

    void add_number(long long number) {
        char digits[24];
        std::size_t count = 0;
        const bool negative = number < 0;
        do {
            const long long digit = number % 10;
            digits[count++] = static_cast<char>('0' + (digit < 0 ? -digit : digit));
            number /= 10;
        } while (number != 0);
        if (negative) {
            put('-');
        }
        while (count > 0) {
            put(digits[--count]);
        }
    }

    /// As the inside of a JSON string; what is not printable ASCII becomes a question mark.
    void add_quoted(const char* text) {
        for (; *text != '\0' && length_ < sizeof(bytes_) - room; ++text) {
            if (*text == '"' || *text == '\\') {
                put('\\');
                put(*text);
            } else {
                put(*text >= ' ' && *text <= '~' ? *text : '?');
            }
        }
    }

    void write_to(int descriptor) const {
        [[maybe_unused]] const ssize_t written = ::write(descriptor, bytes_, length_);
    }

private:
    static constexpr std::size_t room = 256;  ///< for what follows the quoted texts

    void put(char letter) {
        if (length_ < sizeof(bytes_)) {
            bytes_[length_++] = letter;
        }
    }

    char bytes_[2048];  // no longer than a pipe takes in one piece
    std::size_t length_ = 0;
};

void add_field(Line& line, const char* key, const char* value) {
    line.add(",\"");
    line.add(key);
    line.add("\":\"");
    line.add_quoted(value);
    line.add("\"");
}

void add_detail(Line& line, const plugin::Detail& detail) {
    line.add(",\"detail\":\"");
    if (*detail.what != '\0') {
        line.add_quoted(detail.what);
        line.add(" ");
        if (detail.text != nullptr) {
            line.add_quoted(detail.text->c_str());
        } else {
            line.add_number(detail.number);
        }
    }
    line.add("\"");
}

void write_crash(int signal) {
    static Line line;
    line.add("\n");  // another thread may have begun a line
    line.add(R"({"event":"crashed","data":{"signal":)");
    line.add_number(signal);
    const plugin::Running* running = plugin::running();
    static const plugin::Detail nothing;
    add_field(line, "kind", running != nullptr ? running->caller->kind.c_str() : "");
    add_field(line, "id", running != nullptr ? running->caller->id.c_str() : "");
    add_field(line, "name", running != nullptr ? running->caller->name.c_str() : "");
    add_field(line, "method", running != nullptr ? running->method : "");
    add_detail(line, running != nullptr ? *running->detail : nothing);
    line.add("}}\n");
    line.write_to(events_descriptor);
}

void tell(int signal) {
    write_crash(signal);
    ::raise(signal);  // SA_RESETHAND: this time it ends the process
}

/// A plugin that calls exit() ends the process, too.
void tell_exit() {
    if (plugin::running() != nullptr) {
        write_crash(SIGABRT);
        ::signal(SIGABRT, SIG_DFL);
        ::raise(SIGABRT);
    }
}

}  // namespace

void tell_crashes(int descriptor) {
    events_descriptor = descriptor;
    static const plugin::SignalStack stack;  // of the host thread
    std::atexit(tell_exit);
    struct sigaction action {};
    action.sa_handler = tell;
    action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND);
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
        ::sigaction(signal, &action, nullptr);
    }
}

}  // namespace graft::engine
