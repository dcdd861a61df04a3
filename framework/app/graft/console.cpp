// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "console.hpp"

#include <iostream>

#include <unistd.h>

#include "core/json_text.hpp"
#include "core/text.hpp"

namespace graft::app {

Console::Console(bool json, bool verbose)
    : json_(json),
      verbose_(verbose),
      out_(report::screen_of(std::cout, STDOUT_FILENO)),
      err_(report::screen_of(std::cerr, STDERR_FILENO)) {}

void Console::print(const std::string& text) const {
    out_.out << text << std::flush;
}

void Console::print(const core::Json& result) const {
    out_.out << core::json_text(result) << "\n" << std::flush;
}

int Console::fail(int category, const std::string& text, const std::string& about) const {
    const std::string whole = about.empty() ? text : about + ": " + text;
    err_.out << report::paint(err_, report::Paint::red, "error:") << " " << core::legible(whole) << "\n"
             << std::flush;
    if (json_) {
        core::Json line = core::Json::object();
        if (!about.empty()) {
            line["job"] = about;
        }
        line["error"] = {{"category", category}, {"text", text}};
        print(line);
    }
    return category;
}

}  // namespace graft::app
