// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "jobs/resources.hpp"

namespace graft::engine {

/// What every command gets: the parent's request, where events go, and the wish to stop.
struct CommandContext {
    core::Json request;
    jobs::Resources resources;
    core::EventSink& events;
    const std::atomic<bool>& stop;

    std::string text(const std::string& key) const { return request.value(key, std::string()); }
    std::vector<std::string> texts(const std::string& key) const {
        return request.value(key, std::vector<std::string>());
    }
    bool flag(const std::string& key) const { return request.value(key, false); }
    void warn(const std::string& message) const { events.emit({"warning", {{"text", message}}}); }
};

/// Each returns the exit code, or throws core::Failure.
int check(CommandContext& context);
int run(CommandContext& context);
int validate(CommandContext& context);
int evaluate(CommandContext& context);
int embed(CommandContext& context);
int audit_data(CommandContext& context);
int predict(CommandContext& context);
int report(CommandContext& context);
int show(CommandContext& context);
int export_run(CommandContext& context);
int plugins(CommandContext& context);
int weights(CommandContext& context);
int verify(CommandContext& context);

}  // namespace graft::engine
