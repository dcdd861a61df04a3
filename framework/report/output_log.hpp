// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <string>

#include "core/event.hpp"

namespace graft::report {

/// Appends what plugins and libraries print (`output` events) to log.txt in a run's folder. What comes before
/// `folder` or `started` tells the folder waits; of very much the end is kept, and how much is missing told.
/// A log that cannot be written stops nothing: the engine finds that out as well. One thread per object.
class OutputLog : public core::EventSink {
public:
    static constexpr std::size_t most_waiting = 1000;  // lines

    void emit(const core::Event& event) override;

private:
    void begin_in_folder(const core::Event& event);
    void append(const std::string& line) const;

    std::filesystem::path file_;
    std::deque<std::string> waiting_;
    std::size_t lost_ = 0;
};

}  // namespace graft::report
