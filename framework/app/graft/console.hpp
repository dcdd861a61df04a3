// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "core/event.hpp"
#include "report/screen.hpp"

namespace graft::app {

/// Results go to standard output, progress, warnings and errors to standard error. With `json` standard
/// output carries JSON lines only; with `verbose` what plugins and libraries print is shown, too.
class Console {
public:
    explicit Console(bool json, bool verbose = false);

    bool json() const { return json_; }
    bool verbose() const { return verbose_; }
    const report::Screen& out() const { return out_; }
    const report::Screen& err() const { return err_; }

    void print(const std::string& text) const;
    void print(const core::Json& result) const;

    /// "error: text", and with `json` {"error":{"category":..,"text":..}} too. `about` names the job when
    /// there are several. Returns the exit code, which is `category`.
    int fail(int category, const std::string& text, const std::string& about = "") const;

private:
    bool json_;
    bool verbose_;
    report::Screen out_;
    report::Screen err_;
};

}  // namespace graft::app
