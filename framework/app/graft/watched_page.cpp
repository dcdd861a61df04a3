// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "watched_page.hpp"

#include <optional>

#include <fmt/format.h>

#include "core/json_text.hpp"
#include "insight/page.hpp"
#include "page_server.hpp"

namespace graft::app {
namespace {

std::optional<Served> page_at(const std::string& folder, const std::string& path) {
    if (path == "/") {
        return Served{"text/html; charset=utf-8",
                      insight::watched_page_of(insight::read_run_left(folder)).page()};
    }
    if (path == "/state.json") {
        const insight::RunLeft run = insight::read_run_left(folder);
        core::Json state = insight::watched_page_of(run).state();
        state["status"] = run.status;
        state["epochs"] = run.epochs.size();
        return Served{"application/json", core::json_text(state)};
    }
    return std::nullopt;
}

}  // namespace

void serve_run(const std::string& folder, std::uint16_t port, const Console& console) {
    PageServer server(port);
    const std::string address = fmt::format("http://127.0.0.1:{}/", server.port());
    if (console.json()) {
        console.print(core::Json{{"address", address}});
    } else {
        console.print(address + " shows the run while it trains; Ctrl-C ends this.\n");
    }
    server.run([&](const std::string& path) { return page_at(folder, path); });
}

}  // namespace graft::app
