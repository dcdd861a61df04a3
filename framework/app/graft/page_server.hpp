// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A page for a browser on this machine.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace graft::app {

/// What a path holds.
struct Served {
    std::string type;  ///< "text/html; charset=utf-8"
    std::string body;
};

/// HTTP on 127.0.0.1 alone, in the calling thread. It answers GET and HEAD of the paths that `answer` knows,
/// and of requests that name this very address as their host: a page from elsewhere whose name is made to
/// mean 127.0.0.1 gets nothing. It reads no file.
class PageServer {
public:
    /// Takes a port; 0: any that is free. Throws Failure(system) where it is taken.
    explicit PageServer(std::uint16_t port);
    ~PageServer();

    std::uint16_t port() const;

    /// Until SIGINT or SIGTERM. What `answer` throws becomes status 503 with its text.
    void run(const std::function<std::optional<Served>(const std::string& path)>& answer);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace graft::app
