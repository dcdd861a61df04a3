// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/screen.hpp"

#include <array>

#include <sys/ioctl.h>
#include <unistd.h>

#include "core/environment.hpp"

namespace graft::report {
namespace {

/// The locale's character set, as POSIX ranks the variables.
bool locale_is_unicode() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const std::string value = core::environment_variable(name);
        if (!value.empty()) {
            return value.find("UTF-8") != std::string::npos || value.find("utf8") != std::string::npos;
        }
    }
    return false;
}

}  // namespace

Screen screen_of(std::ostream& out, int descriptor) {
    Screen screen{out};
    const std::string kind = core::environment_variable("TERM");
    screen.live = ::isatty(descriptor) == 1 && kind != "dumb";
    screen.colour = screen.live && core::environment_variable("NO_COLOR").empty();
    screen.unicode = locale_is_unicode();
    winsize size{};
    if (screen.live && ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        screen.width = size.ws_col;
    }
    return screen;
}

std::string paint(const Screen& screen, Paint how, const std::string& text) {
    static constexpr std::array<const char*, 5> codes = {"1", "2", "31", "32", "33"};
    if (!screen.colour || text.empty()) {
        return text;
    }
    return "\x1b[" + std::string(codes[static_cast<std::size_t>(how)]) + "m" + text + "\x1b[0m";
}

}  // namespace graft::report
