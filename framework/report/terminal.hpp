// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/event.hpp"
#include "report/epoch_table.hpp"
#include "report/screen.hpp"

namespace graft::report {

/// Tells a person what a job does: on a terminal one line that is redrawn; of each epoch a row of a
/// table that fits the screen. Results are printed elsewhere (report/results.hpp). One thread per object.
class TerminalReport : public core::EventSink {
public:
    /// The live line is drawn at most ten times a second. `verbose`: also what plugins and libraries print.
    explicit TerminalReport(Screen screen, core::Clock clock = core::steady_seconds, bool verbose = false);
    ~TerminalReport() override;

    void emit(const core::Event& event) override;

    /// Takes the live line away, so that other text can follow.
    void clear();

    /// Warnings that have scrolled away by now: those that an epoch followed.
    const std::vector<std::string>& old_warnings() const { return old_warnings_; }

private:
    void started(const core::Json& fields);
    void resumed(const core::Json& fields);
    void phase(const core::Json& fields);
    void solved(const core::Json& fields);
    void features(const core::Json& fields);
    void decoded(const core::Json& fields);
    void progress(const core::Json& fields);
    void epoch(const core::Json& fields);
    void early_stop(const core::Json& fields);
    void doing(const core::Json& fields);
    void fetching(const core::Json& fields);
    void weights(const core::Json& fields);
    void draw(const std::string& text);
    void warning(const std::string& text);
    void output(const std::string& text);
    void line(const std::string& text);

    Screen screen_;
    core::Clock clock_;
    bool verbose_;
    bool drawn_ = false;
    double last_drawn_ = -1;
    EpochTable epochs_;
    std::vector<std::string> warnings_;
    std::vector<std::string> old_warnings_;
};

/// The scores worth a line: the loss, and of each head the first metric (of each output, where a head
/// has several); what is told per class is left out.
std::vector<std::string> main_scores(const core::Json& scores);

}  // namespace graft::report
