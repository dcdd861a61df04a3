// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Starts server.py, which misbehaves as the address asks.
#pragma once

#include <csignal>
#include <cstdio>
#include <span>
#include <string>

#include <doctest/doctest.h>

#include "weights/published.hpp"
#include "weights/sha256.hpp"

namespace graft::weights::test {

/// As server.py computes it.
inline std::string content() {
    std::string bytes(200'000, '\0');
    for (std::size_t index = 0; index < bytes.size(); ++index) {
        bytes[index] = static_cast<char>((index * 7 + index / 251) % 256);
    }
    return bytes;
}

inline const std::string& hash() {
    static const std::string bytes = content();
    static const std::string value = sha256(std::as_bytes(std::span(bytes)));
    return value;
}

class Server {
public:
    Server() : pipe_(::popen("exec python3 " GRAFT_TEST_SOURCE "/tests/weights/server.py", "r")) {
        REQUIRE(std::fscanf(pipe_, "%d %d", &port_, &process_) == 2);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server() {
        ::kill(process_, SIGKILL);
        ::pclose(pipe_);
    }
    int port() const { return port_; }
    Published file(const std::string& manner) const {
        return {"weights-" + hash().substr(0, 8) + ".pth",
                "http://127.0.0.1:" + std::to_string(port_) + "/" + manner + "/weights.pth",
                hash().substr(0, 8)};
    }

private:
    std::FILE* pipe_;
    int port_ = 0;
    int process_ = 0;
};

}  // namespace graft::weights::test
