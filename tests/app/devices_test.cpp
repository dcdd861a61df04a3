// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <string>

#include "app/command_line.hpp"

namespace {

using graft::tests::CommandLine;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;

const std::string two_gpus = R"({"cores": 16, "memory": 137438953472, "free_memory": 103079215104, "gpus": [
    {"id": "GPU-aa", "name": "A100", "memory": 85899345920, "used": 42949672960, "busy": 97,
     "processes": [{"pid": 7, "memory": 42949672960}]},
    {"id": "MIG-bb", "name": "A100 MIG 1g", "memory": 10737418240, "is_slice": true}]})";

// Proves: a person sees every device under the name that --device takes, a program everything that is known.
TEST_CASE("graft devices") {
    CommandLine line;
    line.folder.write("machine.json", two_gpus);
    const Printed printed = line.shell("GRAFT_MACHINE=machine.json \"$graft\" devices");
    CHECK(printed.exit_code == 0);
    CHECK(printed.err == "");
    CHECK(printed.out ==
          "device  name            memory      free  busy  processes  id\n"
          "cpu     16 cores     128.0 GiB  96.0 GiB     -          -  -\n"
          "cuda:0  A100          80.0 GiB  40.0 GiB  97 %          1  GPU-aa\n"
          "cuda:1  A100 MIG 1g   10.0 GiB  10.0 GiB     -          0  MIG-bb\n");
    const Json json = parse_json(
        line.shell("GRAFT_MACHINE=machine.json CUDA_VISIBLE_DEVICES=1 \"$graft\" devices --json").out);
    CHECK(json["cores"] == 16);
    REQUIRE(json["gpus"].size() == 1);
    CHECK(json["gpus"][0]["id"] == "MIG-bb");
}

#ifndef __SANITIZE_ADDRESS__  // whose own maps are larger than any limit
// Proves: what a limit of this process' data leaves is all that is free (KiB in ulimit's words).
TEST_CASE("graft devices below a limit") {
    const CommandLine line;
    const Json free = parse_json(line.shell("\"$graft\" devices --json").out);
    const Json json = parse_json(line.shell("ulimit -d 102400; \"$graft\" devices --json").out);
    CHECK(json["free_memory"] <= 102400 * 1024);
    CHECK(json["free_memory"] > 0);
    CHECK(json["memory"] == free["memory"]);
}
#endif

// Proves: a driver that is there and does not work is told, and the CPU is still shown.
TEST_CASE("graft devices beside a broken driver") {
    CommandLine line;
    line.folder.write("broken.so", "no library");
    const Printed printed = line.shell("GRAFT_NVML=$PWD/broken.so \"$graft\" devices");
    CHECK(printed.exit_code == 0);
    CHECK(printed.err == "warning: " + line.folder.file("broken.so") + ": file too short\n");
    CHECK(printed.out.find("\ncpu ") != std::string::npos);
    CHECK(line.shell("GRAFT_MACHINE=broken.so \"$graft\" devices").err == "error: broken.so is no JSON\n");
}

}  // namespace
