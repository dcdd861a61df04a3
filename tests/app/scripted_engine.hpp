// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// For tests of the commands against an engine that is a script.
#pragma once

#include <string>

#include "app/command_line.hpp"

namespace graft::tests {

/// What the script of an engine says of a training that ends well.
inline const std::string training = R"(
    echo '{"event":"started","data":{"name":"minimal","folder":"runs/x","device":"cpu","parameters":{"total":10,"trainable":2},"samples":{"train":8,"val":2},"epochs":1}}'
    echo '{"event":"epoch","data":{"epoch":1,"epochs":1,"train":{"loss":0.5},"val":{"loss":0.25},"seconds":1.0}}'
    echo '{"event":"result","data":{"status":"finished","name":"minimal","folder":"runs/x","best":{"epoch":1,"metrics":{"loss":0.25}}}}')";

/// As a request of `run` has them.
inline Json resources(const std::string& device, int threads) {
    return {{"device", device}, {"threads", threads}, {"memory_share", 1.0}, {"rank", 0}, {"ranks", 1}};
}

}  // namespace graft::tests
