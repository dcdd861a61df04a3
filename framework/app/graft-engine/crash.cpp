// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What runs in the handler calls nothing that could allocate or lock: fixed memory and write(2) alone.
#include "crash.hpp"

#include <csignal>
#include <cstdint>
#include <cstdlib>

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
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

void write_frame(void* address) {
    dl_find_object found{};
    if (::_dl_find_object(address, &found) != 0) {  // the one look-up that takes no lock
        return;
    }
    const link_map* file = found.dlfo_link_map;
    Line line;
    line.add(R"({"event":"frame","data":{"file":")");
    line.add_quoted(file->l_name);
    line.add("\",\"offset\":");
    line.add_number(static_cast<long long>(reinterpret_cast<std::uintptr_t>(address) - file->l_addr));
    line.add("}}\n");
    line.write_to(events_descriptor);
}

/// Last of all: what unwinds a stack that is broken may crash by itself. Not inlined: it counts the calls
/// above.
[[gnu::noinline]] void write_stack() {
    constexpr int most = 64;
    static void* addresses[most];
    constexpr int own = 3;  // this function, the handler, the kernel's way back from it
    const int count = ::backtrace(addresses, most);
    for (int index = own; index < count; ++index) {
        // A return address lies behind its call, and may be of the next line.
        const bool is_innermost = index == own;
        write_frame(static_cast<char*>(addresses[index]) - (is_innermost ? 0 : 1));
    }
}

void tell(int signal) {
    write_crash(signal);
    write_stack();
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
    void* address = nullptr;
    ::backtrace(&address, 1);  // the first call loads a library, which a handler may not
    std::atexit(tell_exit);
    struct sigaction action {};
    action.sa_handler = tell;
    action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND);
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
        ::sigaction(signal, &action, nullptr);
    }
}

}  // namespace graft::engine
